"""The timeline follows the wall clock whatever the network does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.audio.arrival import APART, LATEST, MARGIN, STEADY, ArrivalClock, SteadyClock

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


def spoken(clock: SteadyClock, frames: int, *, late: float = 0.0, ppm: float = 0.0) -> list[float]:
    """Frames come from 0 on while nobody speaks; how far the timeline stands off at each (s)."""
    apart = []
    for number in range(1, frames + 1):
        now = number * 0.02 / (1 + ppm * 1e-6) + late
        if not clock.surplus(160, now):
            clock.arrived(160, now, idle=True)
        apart.append(clock.reaches - now)
    return apart


def test_what_came_after_a_stall_is_caught_up_with() -> None:
    """A second of silence was filled in, and then the audio of that second came after all."""
    clock = SteadyClock(RATE)
    for tenth in range(1, 11):
        clock.tick(tenth / 10)
    for _ in range(50):
        clock.arrived(160, 1.0)  # somebody speaks: nothing is left out
    assert clock.reaches > 1.8
    left_out = [clock.surplus(160, 1.02 + n * 0.02) for n in range(4)]
    assert left_out == [True, False, True, False]
    for number in range(200):
        now = 1.1 + number * 0.02
        if not clock.surplus(160, now):
            clock.arrived(160, now, idle=True)
    assert abs(clock.reaches - now) <= APART + 0.02


def test_clocks_that_drift_apart_stay_together() -> None:
    for ppm in (200.0, -200.0):
        apart = spoken(SteadyClock(RATE), 30_000, ppm=ppm)
        assert max(map(abs, apart)) <= APART + 0.01


def test_a_steady_lag_is_filled_and_jitter_is_not() -> None:
    clock = SteadyClock(RATE)
    apart = spoken(clock, 200, late=0.15)
    assert apart[10] == pytest.approx(-0.15)
    assert apart[-1] == pytest.approx(0.0)
    clock = SteadyClock(RATE)
    delays = [0.0, 0.1, 0.08, 0.09, 0.05, 0.1, 0.1, 0.07]
    filled = sum(
        clock.arrived(160, (n + 1) * 0.02 + delays[n % len(delays)], idle=True)
        for n in range(round(3 * STEADY / 0.02))
    )
    assert filled == 0


def test_while_somebody_speaks_nothing_is_filled_short_of_a_gap() -> None:
    clock = SteadyClock(RATE)
    assert sum(clock.arrived(160, n * 0.02 + 0.2) for n in range(1, 500)) == 0


@given(st.lists(st.tuples(st.floats(0, 0.5), st.integers(1, 800), st.booleans()), max_size=60))
def test_a_steady_clock_counts_every_sample_and_never_lags(
    steps: list[tuple[float, int, bool]],
) -> None:
    clock, now, total = SteadyClock(RATE), 0.0, 0
    for gap, samples, idle in steps:
        now += gap
        if idle and clock.surplus(samples, now):
            assert clock.reaches + samples / RATE > now  # it would have been ahead
            continue
        total += clock.arrived(samples, now, idle=idle) + samples
        assert now - clock.reaches <= LATEST + 1e-9
    assert clock.reaches == total / RATE
