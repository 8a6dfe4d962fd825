"""The line of a fax receiver: in real time, ahead by a little, and nothing is ever filled in."""

from __future__ import annotations

import pytest

from voicebot.server import faxline
from voicebot.server.faxline import LEAD, LineClosed, QueueLine

FRAME = b"\1\2" * 160


class Clock:
    """Virtual time: waiting passes it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_frames_leave_in_real_time_with_a_small_lead(clock: Clock) -> None:
    sent: list[float] = []
    line = QueueLine(lambda _: sent.append(clock.now), clock, clock.wait)
    line.exchange(b"")
    for _ in range(100):
        line.exchange(FRAME)
    assert sent[0] == pytest.approx(100.0)
    assert sent[-1] == pytest.approx(100.0 + 99 * 0.02 - LEAD, abs=0.021)


def test_after_being_held_up_there_is_no_burst(clock: Clock) -> None:
    sent: list[float] = []
    line = QueueLine(lambda _: sent.append(clock.now), clock, clock.wait)
    line.exchange(FRAME)
    clock.now += 3.0
    for _ in range(50):
        line.exchange(FRAME)
    assert sent[-1] - sent[1] == pytest.approx(49 * 0.02 - LEAD, abs=0.021)


def test_what_arrived_is_given_once_and_as_it_is(clock: Clock) -> None:
    line = QueueLine(lambda _: None, clock, clock.wait)
    line.put(FRAME)
    line.put(b"\3\4")
    assert line.exchange(FRAME) == FRAME + b"\3\4"
    assert line.exchange(FRAME) == b""


def test_what_came_before_the_end_is_still_heard(clock: Clock) -> None:
    line = QueueLine(lambda _: None, clock, clock.wait)
    line.put(FRAME)
    line.close("the caller hung up")
    line.close("something else")
    assert line.exchange(FRAME) == FRAME
    with pytest.raises(LineClosed, match="the caller hung up"):
        line.exchange(FRAME)


def test_a_closed_line_is_not_waited_for() -> None:
    line = QueueLine(lambda _: None)
    line.close("gone")
    with pytest.raises(LineClosed):
        line.exchange(b"")


def test_a_flood_closes_it(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faxline, "MOST_WAITING", 1000)
    line = QueueLine(lambda _: None, clock, clock.wait)
    for _ in range(5):
        line.put(FRAME)
    assert len(line.exchange(FRAME)) == 960
    with pytest.raises(LineClosed, match="does not keep up"):
        line.exchange(FRAME)
