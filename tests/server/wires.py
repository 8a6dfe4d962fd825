"""Wires for tests: what was sent, and peers that misbehave."""

from __future__ import annotations

import asyncio

from voicebot.server.outbox import WireClosed
from voicebot.telephony.base import WireMessage


class TestWire:
    """Remembers what was sent. `stall` makes it stop reading, `gone` makes it closed."""

    __test__ = False

    def __init__(self) -> None:
        self.sent: list[WireMessage] = []
        self.closed: tuple[int, str] | None = None
        self.stall = asyncio.Event()
        self.stall.set()
        self.gone = False

    async def send(self, message: WireMessage) -> None:
        await self.stall.wait()
        if self.gone:
            raise WireClosed("gone")
        self.sent.append(message)

    async def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)
