"""What is left out and refused under load."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.agent_parts import until
from voicebot.server.admission import LOOK, THRESHOLDS, Admission, Gauges, Level, Pressure

CALM = Pressure(0.0, 0.0, 0.1)


def levels(*steps: tuple[float, Pressure]) -> list[Level]:
    """The levels at (now, pressure)."""
    admission = Admission()
    return [admission.feed(pressure, now) for now, pressure in steps]


def test_without_pressure_nothing_is_left_out():
    assert levels((0, CALM), (10, CALM)) == [Level.NORMAL] * 2


@pytest.mark.parametrize(
    "pressure", [Pressure(wait=0.1), Pressure(lag=0.06), Pressure(cpu=0.9)], ids=str
)
def test_partials_go_first_and_at_once(pressure):
    assert levels((0, pressure)) == [Level.NO_PARTIALS]


def test_then_speculation_and_only_when_it_lasts():
    hard = Pressure(wait=0.4)
    assert levels((0, hard), (0.4, hard), (0.6, hard)) == [
        Level.NO_PARTIALS,
        Level.NO_PARTIALS,
        Level.NO_SPECULATION,
    ]


def test_calls_are_refused_when_callers_would_wait():
    overload = Pressure(wait=1.0)
    assert levels((0, overload), (1.4, overload), (1.6, overload))[-1] is Level.FULL
    assert levels((0, overload), (1.0, CALM), (1.1, overload), (2.0, overload))[-1] < Level.FULL


def test_a_busy_machine_alone_turns_nobody_away():
    busy = Pressure(cpu=1.0)
    assert levels(*((t, busy) for t in range(20)))[-1] is Level.NO_SPECULATION


def test_down_goes_a_step_at_a_time_after_a_calm_while():
    overload = Pressure(lag=1.0)
    times = [(0, overload), (2, overload), *((3 + t, CALM) for t in range(12))]
    after = levels(*times)
    assert after[1] is Level.FULL
    assert after[2:5] == [Level.FULL] * 3  # calm, but not for long enough
    assert after[5:8] == [Level.NO_SPECULATION] * 3
    assert after[8:11] == [Level.NO_PARTIALS] * 3
    assert after[11:] == [Level.NORMAL] * 3


def test_just_below_the_threshold_it_stays():
    full = THRESHOLDS[Level.FULL]
    below = Pressure(wait=full.wait * 0.9)
    high = Pressure(wait=full.wait * 1.1)
    times = [(0, high), (2, high), *((3 + t, below) for t in range(20))]
    assert set(levels(*times)[1:]) == {Level.FULL}


PRESSURES = st.builds(Pressure, st.floats(0, 2), st.floats(0, 1), st.floats(0, 1))


@given(st.lists(st.tuples(st.floats(0, 2), PRESSURES), max_size=40))
def test_it_always_calms_down(steps):
    admission, now = Admission(), 0.0
    for seconds, pressure in steps:
        now += seconds
        before = admission.level
        after = admission.feed(pressure, now)
        assert after >= before - 1
    for _ in range(14):
        now += 1.0
        admission.feed(CALM, now)
    assert admission.level is Level.NORMAL


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_gauges_take_the_worst_of_what_they_see():
    clock = Clock()
    gauges = Gauges(lambda: 0.5, clock=clock, cpu=lambda: 0.5)
    for late in (0.0, 0.02, 0.0, -0.01, 0.0):
        clock.now += LOOK / 4
        gauges.tick(late)
    assert gauges.pressure.wait == 0.5
    assert gauges.pressure.lag == 0.02
    assert 0.0 < gauges.pressure.cpu < 0.5
    assert not gauges.may_show_partials
    assert gauges.may_prepare
    assert not gauges.full


def test_gauges_refuse_under_lasting_pressure_and_recover():
    clock, wait = Clock(), [2.0]
    gauges = Gauges(lambda: wait[0], clock=clock, cpu=lambda: 0.0)

    def pass_time(seconds):
        for _ in range(round(seconds / LOOK)):
            clock.now += LOOK
            gauges.tick(0.0)

    pass_time(3)
    assert gauges.full
    assert not gauges.may_prepare
    wait[0] = 0.0
    pass_time(20)
    assert gauges.level is Level.NORMAL


async def test_gauges_measure_the_loop():
    gauges = Gauges(lambda: 0.0)
    task = asyncio.create_task(gauges.run())
    await until(lambda: gauges.pressure != Pressure())
    task.cancel()
    assert gauges.pressure.lag >= 0.0
