"""A fax session over a telephone line, from the first tone to the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.fax.process import FaxSession
from gateway.fax.result import FaxResult
from voicebot.audio.arrival import ArrivalClock
from voicebot.server.faxline import FRAME, FaxLine, LineClosed
from voicebot.telephony.base import LINE_RATE

_TOLD: Final = 25  # frames between two calls of `going_on`
_TAIL: Final = 10
"""Frames of silence after the last signal, so that no network cuts into it."""


def conduct(
    session: FaxSession,
    line: FaxLine,
    longest: float,
    going_on: Callable[[float], None] = lambda _: None,
) -> FaxResult:
    """Carry audio between the two until the session is over, at most `longest` seconds of it.

    `going_on` is called now and then with the seconds that have passed; what it raises ends it.

    Audio that does not come is told to the session as missed, in whole frames: 20 ms hold a whole
    number of symbols and of carrier cycles of every fax modem (2400 or 1600 baud; 1700 or 1800 Hz),
    so that the modem stays in step when the signal goes on.

    Raises:
        UnavailableError: the session's process failed.
    """
    clock = ArrivalClock(LINE_RATE)
    frame, spoken = b"", 0
    while session.result is None:
        try:
            heard = line.exchange(frame)
        except LineClosed:
            return session.hang_up()
        if spoken > longest * LINE_RATE:
            return session.hang_up()
        _tell_gap(session, clock, len(heard) // 2, spoken / LINE_RATE)
        frame = session.exchange(heard, FRAME)
        if spoken % (_TOLD * FRAME) == 0:
            going_on(spoken / LINE_RATE)
        spoken += FRAME
    _end(line, frame)
    return session.result


def _tell_gap(session: FaxSession, clock: ArrivalClock, heard: int, now: float) -> None:
    missing = clock.arrived(heard, now) if heard else clock.tick(now)
    if frames := missing // FRAME:
        session.miss(frames * FRAME)


def _end(line: FaxLine, frame: bytes) -> None:
    try:
        for last in (frame, *[bytes(2 * FRAME)] * _TAIL):
            line.exchange(last)
    except LineClosed:
        return  # the other side was quicker
