"""Messages on their way to a peer: kept short, given up when the peer does not read."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from voicebot.telephony.base import WireMessage

log = structlog.get_logger(__name__)

MOST_WAITING = 500
"""Messages that may wait: ten seconds of audio."""


class WireClosed(ConnectionError):
    """The peer is gone."""


class Wire(Protocol):
    """One open websocket, as the call sees it."""

    async def send(self, message: WireMessage) -> None:
        """Send; waits while the peer is slow. Raises WireClosed."""

    async def close(self, code: int, reason: str) -> None:
        """Close with a websocket code."""


class Outbox:
    """Sends in order from one task. `put` never blocks; audio can be taken back by `drop_audio`."""

    def __init__(self, wire: Wire, patience: float, on_stuck: Callable[[str], None]) -> None:
        self._wire = wire
        self._patience = patience
        self._on_stuck = on_stuck
        self._waiting: deque[tuple[WireMessage, bool]] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._dead = False
        self._task = asyncio.create_task(self._run(), name="outbox")

    def put(self, messages: Iterable[WireMessage], *, audio: bool = False) -> None:
        """Queue messages; `audio` ones may be dropped by a clear."""
        if self._dead:
            return
        self._waiting.extend((message, audio) for message in messages)
        if len(self._waiting) > MOST_WAITING:
            self._give_up("the peer stopped reading")
            return
        if self._waiting:
            self._idle.clear()
            self._wake.set()

    def drop_audio(self) -> None:
        """Take back audio that has not been sent."""
        self._waiting = deque(entry for entry in self._waiting if not entry[1])

    async def drained(self, timeout: float) -> None:
        """Wait until everything is sent, at most `timeout` seconds."""
        try:
            await asyncio.wait_for(self._idle.wait(), timeout)
        except TimeoutError:
            return

    async def close(self) -> None:
        """Stop sending."""
        self._dead = True
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            while self._waiting:
                message, _ = self._waiting.popleft()
                try:
                    async with asyncio.timeout(self._patience):
                        await self._wire.send(message)
                except TimeoutError:
                    self._give_up("the peer stopped reading")
                    return
                except WireClosed:
                    self._give_up("")
                    return
                except Exception as error:  # the task's boundary: a call that can't be heard ends
                    log.exception("sending broke")
                    self._give_up(f"sending failed: {type(error).__name__}")
                    return
            self._idle.set()
            self._wake.clear()

    def _give_up(self, reason: str) -> None:
        self._dead = True
        self._waiting.clear()
        self._idle.set()
        if reason:
            self._on_stuck(reason)
