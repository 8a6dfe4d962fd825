"""Telephone lines for tests: at the other end is a fax terminal in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.errors import UnavailableError
from gateway.fax.process import FaxSession
from tests.gateway.fax.papers import over_ulaw
from voicebot.server.faxline import FRAME, LineClosed

SILENCE = bytes(2 * FRAME)


class TerminalLine:
    """A line to `far`, in virtual time; it drops after `most` frames, or as soon as `drops`."""

    def __init__(self, far: FaxSession, most: int = 50 * 600) -> None:
        self.far = far
        self.left = most
        self.drop = False
        self._heard = SILENCE

    def exchange(self, frame: bytes) -> bytes:
        if self.drop or not self.left:
            raise LineClosed("the other side hung up")
        self.left -= 1
        self._heard = over_ulaw(self.far.exchange(over_ulaw(frame or SILENCE), FRAME))
        return self._heard


class Exchange:
    """A telephone network where fax machines answer in turn; None is busy."""

    def __init__(self, *machines: TerminalLine | None) -> None:
        self.machines = list(machines)
        self.called: list[tuple[str, str]] = []
        self.hung_up = 0

    @contextmanager
    def call(self, number: str, key: str) -> Iterator[TerminalLine]:
        self.called.append((number, key))
        line = self.machines.pop(0)
        if line is None:
            raise UnavailableError(f"{number} is busy")
        try:
            yield line
        finally:
            self.hung_up += 1
