"""A call's audio for somebody who works in a thread of its own: a fax machine, a modem.

Frames are exchanged in real time against absolute deadlines. Nothing is ever filled in: a frame of
silence in the middle of a modem's signal ends the call, a missing one costs a few bits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from voicebot.telephony.base import LINE_RATE

FRAME = LINE_RATE // 50
"""Samples in a frame: 20 ms."""
LEAD = 0.1
"""Seconds that what is sent runs ahead, so that a late wake-up makes no gap in it."""
MOST_WAITING = 30 * LINE_RATE * 2
"""Bytes that may wait to be heard: 30 s of audio."""


class LineClosed(ConnectionError):
    """The call is over; the message says how."""


class FaxLine(Protocol):
    """Both directions of one call's audio, 8 kHz 16-bit linear."""

    def exchange(self, frame: bytes) -> bytes:
        """Send 20 ms of audio (none at first) and wait for the next frame's time.

        Returns what has arrived since the last time: one frame as a rule, perhaps none or several.
        Raises LineClosed.
        """


@dataclass(frozen=True, slots=True)
class FaxCall:
    """Whose call it is that turned out to be a fax; numbers are E.164 or ''."""

    call_id: str
    caller: str = ""
    callee: str = ""


@dataclass(frozen=True, slots=True)
class FaxReport:
    """What came of it: `pages` were received; `reason` says in words how it ended."""

    pages: int
    complete: bool
    reason: str


class FaxService(Protocol):
    """Whoever takes faxes."""

    async def receive(self, call: FaxCall, line: FaxLine) -> FaxReport:
        """Take a fax over the line; what has come of it is safe when this returns.

        It ends soon after the line closes. Raises nothing that belongs to the fax or its sender.
        """


class QueueLine:
    """A `FaxLine` between the event loop, which brings and sends, and a thread that exchanges.

    `send` is called in the thread. `clock` and `wait` are for tests: `wait(seconds)` returns after
    them, or earlier when the line closes.
    """

    def __init__(
        self,
        send: Callable[[bytes], None],
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._send = send
        self._clock = clock
        self._closing = threading.Event()
        self._wait = wait or self._closing.wait
        self._lock = threading.Lock()
        self._heard = bytearray()
        self._reason = ""
        self._next: float | None = None  # when the next frame is due to sound

    def put(self, pcm: bytes) -> None:
        """Audio has arrived."""
        with self._lock:
            if len(self._heard) + len(pcm) <= MOST_WAITING:
                self._heard += pcm
                return
        self.close("the fax machine here does not keep up")

    def close(self, reason: str) -> None:
        """The call is over; harmless when it was before."""
        with self._lock:
            self._reason = self._reason or reason
        self._closing.set()

    def exchange(self, frame: bytes) -> bytes:
        """Send 20 ms of audio and wait for the next frame's time. Raises LineClosed."""
        now = self._clock()
        due = now if self._next is None else self._next
        if now > due + LEAD:  # this thread was held up: no burst to make up for it
            due = now
        if frame:
            self._send(frame)
            due += FRAME / LINE_RATE
        self._next = due
        ahead = due - LEAD - now
        if ahead > 0:
            self._wait(ahead)
        with self._lock:
            if self._closing.is_set() and not self._heard:
                raise LineClosed(self._reason)
            heard, self._heard = bytes(self._heard), bytearray()
        return heard
