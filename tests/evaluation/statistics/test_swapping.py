from __future__ import annotations

import numpy as np
import pytest

from evaluation.statistics.rates import Pairs, mcnemar
from evaluation.statistics.swapping import swapped

YES, NO = (1.0, 1.0), (0.0, 1.0)


def test_with_one_answer_a_call_it_is_mcnemars_test() -> None:
    before, after = [YES] * 11 + [NO], [YES] * 4 + [NO] * 7 + [YES]
    # twelve calls: all 4096 swaps are tried
    assert swapped("ratio", before, after) == pytest.approx(mcnemar(Pairs(4, 7, 1, 0)))


def test_turns_of_a_call_stay_together() -> None:
    """Three calls got worse by five turns each: chance swaps three calls, not fifteen turns."""
    before = [(5.0, 5.0)] * 10
    after = [(0.0, 5.0)] * 3 + [(5.0, 5.0)] * 7
    assert swapped("ratio", before, after) == pytest.approx(2 / 2**3)


def test_equal_runs_differ_by_nothing_and_numbers_must_match() -> None:
    assert swapped("p50", [(1.0, 2.0)], [(1.0, 2.0)]) == 1
    with pytest.raises(ValueError, match="no pairs"):
        swapped("mean", [(1.0,)], [])


@pytest.mark.slow
def test_equal_systems_are_told_apart_as_rarely_as_they_should_be() -> None:
    random = np.random.default_rng(5)
    shown = 0
    for _ in range(120):
        usual = random.beta(8.5, 1.5, 40)
        before, after = (
            [(float(random.binomial(4, share)), 4.0) for share in usual] for _ in range(2)
        )
        shown += swapped("ratio", before, after) <= 0.05
    assert shown <= 12  # 6 are expected, 13 or more would be 1 of 150
