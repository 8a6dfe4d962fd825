"""A session on a line: gaps are told, never filled; the end of either side ends both."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.errors import CancelledError
from gateway.fax.result import FaxResult
from gateway.fax.session import conduct
from gateway.fax.spandsp import FaxTerminal
from tests.gateway.fax.lines import SILENCE, TerminalLine
from tests.gateway.fax.papers import page, pixels, receive, send, tiff
from voicebot.server.faxline import FRAME, LineClosed

OVER = FaxResult(0, "OK")


class Session:
    """Takes `frames` frames; remembers what it heard and missed."""

    def __init__(self, frames: int) -> None:
        self.left = frames
        self.result: FaxResult | None = None
        self.heard = 0
        self.missed = 0
        self.hung_up = False

    def exchange(self, heard: bytes, samples: int) -> bytes:
        self.heard += len(heard) // 2
        self.left -= 1
        if not self.left:
            self.result = OVER
        return bytes(2 * samples)

    def miss(self, samples: int) -> None:
        self.missed += samples

    def hang_up(self) -> FaxResult:
        self.hung_up = True
        self.result = FaxResult(-1, "dropped")
        return self.result


class Line:
    """Gives what the pattern says, frame by frame; closes at its end."""

    def __init__(self, pattern: list[int]) -> None:
        self.pattern = pattern
        self.sent = 0

    def exchange(self, frame: bytes) -> bytes:
        if not self.pattern:
            raise LineClosed("gone")
        self.sent += len(frame) // 2
        return SILENCE * self.pattern.pop(0)


def test_a_steady_line_has_no_gaps():
    session = Session(100)
    assert conduct(session, Line([1] * 200), 60.0) is OVER
    assert session.missed == 0
    assert session.heard == 100 * FRAME


def test_jitter_is_no_gap():
    session = Session(400)
    conduct(session, Line([0, 0, 3, 0, 2, 1, 0, 2] * 60), 60.0)
    assert session.missed == 0


def test_a_gap_is_told_in_whole_frames_and_time_goes_on():
    session = Session(300)
    conduct(session, Line([1] * 50 + [0] * 100 + [1] * 200), 60.0)
    assert session.missed % FRAME == 0
    assert session.missed == pytest.approx(100 * FRAME, abs=0.25 * 8000)


def test_when_the_line_closes_the_session_says_how_far_it_got():
    session = Session(300)
    assert not conduct(session, Line([1] * 50), 60.0).complete
    assert session.hung_up


def test_a_session_that_never_ends_is_ended():
    session = Session(10_000)
    assert conduct(session, Line([1] * 2000), 5.0).text == "dropped"
    assert session.heard <= 5.1 * 8000


def test_the_last_signal_is_followed_by_silence():
    line = Line([1] * 200)
    conduct(Session(10), line, 60.0)
    assert line.sent == (10 + 10) * FRAME


def test_who_does_not_want_it_any_more_can_stop_it():
    def unwanted(_):
        raise CancelledError("not wanted")

    with pytest.raises(CancelledError):
        conduct(Session(100), Line([1] * 200), 60.0, unwanted)


def test_a_fax_on_a_line(tmp_path):
    sender = FaxTerminal(send(tiff(tmp_path / "sent.tif", 1, 150)))
    receiver = FaxTerminal(receive(tmp_path / "got.tif"))
    line = TerminalLine(sender)
    assert conduct(receiver, line, 300.0).complete
    receiver.close()
    for _ in range(100):  # it heard the last message, and takes its time to hang up
        line.exchange(SILENCE)
    assert sender.result.complete
    assert np.array_equal(pixels(tmp_path / "got.tif")[0], np.array(page(1, 150)))
