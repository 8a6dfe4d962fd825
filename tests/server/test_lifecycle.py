"""When a child is started again, in virtual time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicebot.server.lifecycle import Lifecycle, Policy, State


def test_the_pause_doubles_up_to_half_a_minute() -> None:
    life = Lifecycle("rasa")
    pauses = []
    for now in range(8):
        life.started(now, 100)
        pauses.append(life.down(now, "ended with status 1"))
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_minute_of_health_is_forgiveness() -> None:
    life = Lifecycle("rasa")
    life.started(0, 100)
    life.check_passed(10)
    assert life.down(20, "died") == 1
    life.started(21, 101)
    life.check_passed(30)
    assert life.down(89, "died after 59 s") == 2
    life.started(91, 102)
    life.check_passed(100)
    life.check_passed(130)
    assert life.down(160, "died after 60 s") == 1
    assert life.restarts == 3


def test_states_and_since_when() -> None:
    life = Lifecycle("rasa")
    assert life.status.state is State.STOPPED
    life.started(1, 100)
    assert (life.state, life.since, life.pid) == (State.STARTING, 1, 100)
    life.check_failed("not yet")
    assert (life.state, life.last_error) == (State.STARTING, "")
    life.check_passed(5)
    life.check_passed(9)
    assert (life.state, life.since) == (State.READY, 5)
    life.down(20, "ended")
    life.started(21, 101)
    assert (life.state, life.since, life.last_error) == (State.RESTARTING, 20, "ended")
    life.check_passed(30)
    life.stopped(40)
    assert (life.state, life.pid, life.restarts) == (State.STOPPED, None, 1)


def test_a_hang_is_three_bad_checks_in_a_row() -> None:
    life = Lifecycle("rasa")
    life.started(0, 100)
    life.check_passed(1)
    assert [life.check_failed("x"), life.check_failed("x")] == [False, False]
    life.check_passed(3)
    assert [life.check_failed("x") for _ in range(3)] == [False, False, True]
    life.down(9, "hangs")
    life.started(10, 101)
    life.check_passed(11)
    assert not life.check_failed("x")


def test_a_child_that_never_comes_up_again_is_shown_as_failed() -> None:
    life = Lifecycle("rasa")
    life.started(0, 100)
    life.check_passed(1)
    states = []
    for now in range(2, 8):
        life.down(now, "died")
        states.append(life.state)
        life.started(now, 100)
    assert states == [State.RESTARTING] * 4 + [State.FAILED] * 2
    life.check_passed(9)
    assert life.state is State.READY


def test_a_failure_stays_visible_after_the_stop() -> None:
    life = Lifecycle("rasa")
    life.started(0, 1)
    life.failed(3, "ended with status 1")
    life.stopped(4)
    assert (life.state, life.last_error) == (State.FAILED, "ended with status 1")


steps = st.lists(
    st.tuples(st.sampled_from(["up", "well", "bad", "down"]), st.floats(0, 100)), max_size=60
)


@given(steps)
def test_whatever_happens_the_pause_stays_within_bounds(steps: list[tuple[str, float]]) -> None:
    policy = Policy()
    life = Lifecycle("x", policy)
    now = 0.0
    downs = 0
    for what, seconds in steps:
        now += seconds
        if what == "up":
            life.started(now, 1)
        elif what == "well" and life.pid:
            life.check_passed(now)
        elif what == "bad":
            life.check_failed("bad")
        elif what == "down":
            downs += 1
            assert policy.first_pause <= life.down(now, "d") <= policy.longest_pause
        assert life.since <= now
    assert life.restarts == downs


def test_very_many_deaths_do_not_overflow() -> None:
    life = Lifecycle("x")
    pauses = [life.down(float(now), "d") for now in range(5000)]
    assert pauses[-1] == 30
