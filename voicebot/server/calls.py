"""The calls that are going on in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from voicebot.server.runner import CallRunner

TICK = 0.1
"""Seconds between looks at calls that send no audio."""

BUSY = "All our lines are busy. Please call again in a few minutes. Goodbye."


class LiveCalls:
    """Knows every call of the process; refuses one too many, or one that could not be served well.

    `full` says whether the process is already pressed too hard for the calls that it has.
    """

    def __init__(self, limit: int, full: Callable[[], bool] = lambda: False) -> None:
        self._limit = limit
        self._full = full
        self._calls: dict[str, CallRunner] = {}
        self._closing = ""

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[CallRunner]:
        return iter(list(self._calls.values()))

    def get(self, call_id: str) -> CallRunner | None:
        """The call of that id, if it is going on here."""
        return self._calls.get(call_id)

    def busy(self) -> str:
        """The sentence for a caller who can't be served, '' when there is room."""
        refused = self._closing or len(self._calls) >= self._limit or self._full()
        return BUSY if refused else ""

    def add(self, call: CallRunner) -> None:
        """A call begins."""
        self._calls[call.call_id] = call

    def remove(self, call: CallRunner) -> None:
        """A call is over."""
        self._calls.pop(call.call_id, None)

    async def tick(self) -> None:
        """Runs as long as the process: lets calls notice that no audio comes."""
        while True:
            await asyncio.sleep(TICK)
            for call in self:
                call.tick()

    async def shut_down(self, reason: str, timeout: float) -> None:
        """Take no more calls, end those there are, and wait until they are stored."""
        self._closing = reason
        for call in self:
            call.shut_down(reason)
        for _ in range(int(timeout / TICK)):
            if not self._calls:
                return
            await asyncio.sleep(TICK)
