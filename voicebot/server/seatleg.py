"""The expert's side of a bridged call."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from voicebot.server.listener import Listener
from voicebot.server.outbox import Outbox, Wire
from voicebot.telephony.base import Dialect, ShowsTranscript


class SeatLine:
    """What the expert hears and says; lives as long as the seat's media socket."""

    def __init__(self, name: str, dialect: Dialect, outbox: Outbox, listener: Listener) -> None:
        self.name = name
        self.listener = listener
        self._dialect = dialect
        self._outbox = outbox
        self._reader: asyncio.Task[None] | None = None

    def started(self) -> None:
        """Tell the seat's page that it is let in."""
        if isinstance(self._dialect, ShowsTranscript):
            self._outbox.put(self._dialect.started())

    def send_audio(self, pcm: bytes) -> None:
        """The caller's voice."""
        self._outbox.put(self._dialect.audio(pcm), audio=True)

    async def carry(self, reading: Coroutine[Any, Any, None]) -> None:
        """Read the expert's side until it ends or `end` is called. Raises what `reading` raises."""
        reader = self._reader = asyncio.create_task(reading, name="seat reader")
        try:
            await asyncio.wait({reader})
        finally:
            reader.cancel()
        if not reader.cancelled():
            reader.result()

    def end(self) -> None:
        """The conversation is over: tell the page and stop listening to it."""
        if self._reader is None or not self._reader.cancel():
            return
        if isinstance(self._dialect, ShowsTranscript):
            self._outbox.put(self._dialect.ended("the call is over"))

    async def close(self, wire: Wire, code: int, reason: str) -> None:
        """Give back the socket."""
        await self._outbox.drained(1.0)
        await self._outbox.close()
        await wire.close(code, reason)
