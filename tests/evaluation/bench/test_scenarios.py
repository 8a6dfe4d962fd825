from __future__ import annotations

from collections.abc import Callable

from evaluation.bench.calls import Moment, Scenario
from evaluation.bench.clips import Clip
from evaluation.bench.scenarios import Conversation, Floor, Interruption, Silent, frames
from tests.evaluation.bench.tracks import spoken

FIRST = spoken((0.2, 0.6), total=1.0, id="first")
SECOND = spoken((0.2, 0.6), total=1.0, id="second")


def perform(
    scenario: Scenario, audible: Callable[[float], bool], seconds: float
) -> list[tuple[float, str]]:
    """What the scenario does when; the bot is audible as `audible` says. Clips take a second."""
    done: list[tuple[float, str]] = []
    busy_until = -1
    for frame in range(frames(seconds)):
        if frame < busy_until:
            continue
        heard = audible(frame * 0.02)
        act = scenario.step(Moment(frame, heard, not heard))
        if isinstance(act, Clip):
            done.append((round(frame * 0.02, 2), act.id))
            busy_until = frame + len(act.frames)
        elif act == "hang up":
            done.append((round(frame * 0.02, 2), act))
            break
    return done


def within(*stretches: tuple[float, float]) -> Callable[[float], bool]:
    return lambda at: any(start <= at < end for start, end in stretches)


def test_a_caller_hears_the_bot_out_and_hangs_up_into_the_last_answer() -> None:
    scenario = Conversation([FIRST, SECOND], Floor())
    done = perform(scenario, within((0.5, 3.0), (5.0, 6.0), (8.5, 12.0)), 20)
    (first, a), (second, b), (end, c) = done
    assert (a, b, c) == ("first", "second", "hang up")
    assert 3.6 <= first <= 3.8
    assert 6.6 <= second <= 6.8
    assert 8.7 <= end <= 8.9


def test_only_one_caller_has_the_floor_until_the_answer_was_heard() -> None:
    floor = Floor()
    talking, waiting = Conversation([FIRST], floor), Conversation([SECOND], floor)
    greeting = [Moment(n, n < 50, n >= 50) for n in range(120)]
    said = []
    for moment in greeting:
        said.append(talking.step(moment))
        if said[-1] is not None:
            break
    assert said[-1] is FIRST
    assert all(waiting.step(moment) is None for moment in greeting)
    answer = [Moment(n, True, False) for n in range(120, 120 + frames(0.4))]
    assert "hang up" in [talking.step(moment) for moment in answer]
    assert waiting.step(Moment(200, False, True)) is SECOND


def test_a_call_that_breaks_gives_the_floor_back() -> None:
    floor = Floor()
    broken, other = object(), object()
    assert floor.take(broken)
    assert floor.take(broken)
    assert not floor.take(other)
    floor.leave(broken)
    floor.leave(broken)
    assert floor.take(other)


def test_several_seats_let_callers_overlap() -> None:
    floor = Floor(2)
    callers = [object(), object(), object()]
    assert [floor.take(caller) for caller in callers] == [True, True, False]


def test_who_waits_longest_speaks_next_and_who_hangs_up_does_not_wait() -> None:
    floor = Floor()
    talking, first, second, third = object(), object(), object(), object()
    assert floor.take(talking)
    assert not any(floor.take(caller) for caller in (first, second, third))
    floor.leave(second)
    floor.leave(talking)
    assert not floor.take(third)
    assert floor.take(first)
    floor.leave(first)
    assert floor.take(third)


def test_a_caller_without_an_answer_loses_patience() -> None:
    done = perform(Conversation([FIRST], Floor()), within((0.5, 2.0)), 60)
    assert [what for _, what in done] == ["first", "hang up"]


def test_an_interruption_comes_so_long_after_the_bot_began() -> None:
    done = perform(Interruption(FIRST, 0.6, 1.5), within((0.5, 4.0)), 20)
    assert [what for _, what in done] == ["first", "hang up"]
    assert abs(done[0][0] - 1.1) <= 0.04
    assert abs(done[1][0] - (done[0][0] + 0.02 * len(FIRST.frames) + 1.5)) <= 0.04


def test_nobody_is_interrupted_who_never_speaks() -> None:
    done = perform(Interruption(FIRST, 0.6, 1.5), within(), 20)
    assert [what for _, what in done] == ["hang up"]


def test_a_silent_caller_hangs_up_in_time() -> None:
    assert perform(Silent(2.0), within(), 5) == [(2.0, "hang up")]
