"""The timeline follows the wall clock whatever the network does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicebot.audio.arrival import LATEST, MARGIN, ArrivalClock

RATE = 8000


def test_a_steady_stream_is_left_alone() -> None:
    clock = ArrivalClock(RATE)
    assert sum(clock.arrived(160, (i + 1) * 0.02) for i in range(500)) == 0


def test_a_gap_is_filled_and_late_frames_run_ahead() -> None:
    clock = ArrivalClock(RATE)
    clock.arrived(160, 0.02)
    assert clock.tick(0.2) == 0
    assert clock.tick(0.5) == round((0.5 - 0.02 - MARGIN) * RATE)
    assert clock.arrived(3200, 0.52) == 0
    assert clock.reaches > 0.52
    assert clock.tick(0.9) == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.one_of(st.none(), st.integers(1, 800)))))
def test_the_timeline_never_lags_and_counts_every_sample(
    steps: list[tuple[float, int | None]],
) -> None:
    clock, now, total = ArrivalClock(RATE), 0.0, 0
    for gap, samples in steps:
        now += gap
        if samples is None:
            total += clock.tick(now)
            assert now - clock.reaches <= LATEST + 1e-9
        else:
            total += clock.arrived(samples, now) + samples
            assert now - clock.reaches <= LATEST + 1e-9
    assert clock.reaches == total / RATE
