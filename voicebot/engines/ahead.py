"""Speech rendered before anybody has asked for it, in memory and for some seconds only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from voicebot.engines.base import EngineError, Int16

KEPT_SECONDS: Final = 10.0
MOST_KEPT: Final = 64


class Rendering:
    """Audio that is being made; whoever takes it gets what is there at once, and then the rest."""

    def __init__(self, audio: AsyncGenerator[Int16]) -> None:
        self._ready: list[Int16] = []
        self._changed = asyncio.Event()
        self._failure: EngineError | None = None
        self._task = asyncio.create_task(self._fetch(audio), name="render ahead")
        # Also where the task is cancelled before it has begun.
        self._task.add_done_callback(lambda _: self._changed.set())

    async def chunks(self) -> AsyncGenerator[Int16]:
        """All of it, in order; ended early, the work on it ends too. Raises EngineError."""
        at = 0
        try:
            while True:
                while at < len(self._ready):
                    yield self._ready[at]
                    at += 1
                if self._task.done():
                    break
                self._changed.clear()
                await self._changed.wait()
        finally:
            self.cancel()
        if self._failure is not None:
            raise self._failure
        if self._task.cancelled():
            raise EngineError("what was rendered ahead was given up")

    def cancel(self) -> None:
        """Nobody wants it."""
        self._task.cancel()

    async def _fetch(self, audio: AsyncGenerator[Int16]) -> None:
        try:
            async with aclosing(audio):
                async for chunk in audio:
                    self._ready.append(chunk)
                    self._changed.set()
        except EngineError as error:  # told to whoever takes it
            self._failure = error


@dataclass(frozen=True, slots=True)
class _Kept:
    rendering: Rendering
    expiry: asyncio.TimerHandle


class RenderedAhead:
    """Renderings by key; one not taken within `seconds`, or the oldest of too many, is dropped."""

    def __init__(self, seconds: float = KEPT_SECONDS, most: int = MOST_KEPT) -> None:
        self._seconds = seconds
        self._most = most
        self._kept: dict[str, _Kept] = {}

    def begin(self, key: str, audio: Callable[[], AsyncGenerator[Int16]]) -> None:
        """Begin to make `audio`, unless it is being made or lies ready under this key."""
        if key in self._kept:
            return
        while len(self._kept) >= self._most:
            self._drop(next(iter(self._kept)))
        expiry = asyncio.get_running_loop().call_later(self._seconds, self._drop, key)
        self._kept[key] = _Kept(Rendering(audio()), expiry)

    def take(self, key: str) -> Rendering | None:
        """What there is under a key; it is the taker's then."""
        kept = self._kept.pop(key, None)
        if kept is None:
            return None
        kept.expiry.cancel()
        return kept.rendering

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key)
        kept.expiry.cancel()
        kept.rendering.cancel()
