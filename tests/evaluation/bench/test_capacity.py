from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.bench.capacity import STEPS, Step, carried, goes_on, threshold, turns_for
from evaluation.bench.measures import Speech
from evaluation.bench.turns import Turn


def turn(response: float | None, *, cut_off: bool = False, over_bot: bool = False) -> Turn:
    return Turn("c", "set", Speech(1.0, 2.0), response, cut_off, over_bot)


def step(callers: int, *found: float | None, failures: tuple[str, ...] = ()) -> Step:
    return Step(callers, [turn(response) for response in found], list(failures))


@given(st.sampled_from(STEPS), st.integers(1, 100))
def test_every_caller_says_as_much_as_the_others(callers: int, least: int) -> None:
    count = turns_for(callers, least)
    assert count >= least
    assert count % (2 * callers) == 0
    assert count < least + 2 * callers


def test_shares_leave_out_turns_that_began_over_the_bot() -> None:
    found = Step(1, [turn(0.5), turn(None), turn(0.5, cut_off=True), turn(None, over_bot=True)])
    assert found.unanswered == pytest.approx(1 / 3)
    assert found.cut_off == pytest.approx(1 / 3)
    assert found.at(50) == pytest.approx(0.5)
    assert Step(1).at(95) is None
    assert Step(1).unanswered == 0.0


def test_cpu_time_is_a_share_of_all_the_time_that_was_measured() -> None:
    found = Step(2, wall=20.0, cpu=5.0, children_cpu=1.0)
    assert (found.cores, found.children_cores) == (0.25, 0.05)
    assert (Step(2).cores, Step(2).children_cores) == (0.0, 0.0)


def test_systems_are_compared_where_the_quicker_variant_still_carries_a_caller() -> None:
    assert threshold([step(1, 2.0), step(1, 1.5)]) == pytest.approx(1.65)
    assert threshold([step(1, 0.4), step(1, 0.6)]) == 1.0
    assert threshold([step(1, None)]) == 1.0


def test_what_is_carried_is_the_most_that_went_well() -> None:
    steps = [step(1, 0.5), step(2, 1.4), step(3, 0.9), step(5, 1.2)]
    assert carried(steps, 1.0) == 3
    assert carried(steps, 0.1) == 0
    assert carried([], 1.0) == 0


def test_a_lost_call_or_lost_turns_are_not_service() -> None:
    alone = step(1, *[0.5] * 9, None)
    assert carried([alone, step(2, 0.5, failures=("refused",))], 1.0) == 1
    assert carried([alone, step(2, 0.5, 0.5, None)], 1.0) == 1
    assert carried([alone, step(2, *[0.5] * 9, None)], 1.0) == 2


def test_two_steps_in_a_row_that_were_too_many_are_the_end() -> None:
    steps = [step(1, 0.5)]
    assert goes_on(steps, 1.0)
    steps.append(step(2, 1.5))
    assert goes_on(steps, 1.0)
    steps.append(step(3, 1.5))
    assert not goes_on(steps, 1.0)
