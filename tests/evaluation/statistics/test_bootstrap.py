from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.bench.intervals import rate
from evaluation.statistics.bootstrap import (
    Kind,
    difference,
    figure,
    resample,
    statistic_of,
    value,
)

groups = st.lists(
    st.lists(st.floats(0, 1e4), min_size=1, max_size=5).map(tuple), min_size=2, max_size=12
)


@given(groups)
@settings(max_examples=50, deadline=None)
def test_statistics_of_all_calls_are_those_of_all_values(samples: list[tuple[float, ...]]) -> None:
    every = np.concatenate(samples)
    for kind, wanted in (
        ("p50", np.percentile(every, 50)),
        ("p95", np.percentile(every, 95)),
        ("mean", every.mean()),
    ):
        found = value(statistic_of(kind, samples), len(samples))
        assert found == pytest.approx(float(wanted))


def test_a_draw_is_the_statistic_of_the_calls_drawn_as_often_as_they_were() -> None:
    samples = [(1.0, 9.0), (4.0,), (2.0, 2.0, 8.0)]
    drawn = np.array([[0, 0, 2], [1, 1, 1]])
    median = statistic_of("p50", samples)(drawn)
    assert median.tolist() == [np.median([1, 9, 1, 9, 2, 2, 8]), 4.0]
    ratio = statistic_of("ratio", [(1, 4), (0, 2), (3, 3)])(drawn)
    assert ratio.tolist() == [5 / 11, 0]


@pytest.mark.parametrize("kind", ["ratio", "mean", "p50", "p95"])
def test_a_figure_lies_in_its_interval_and_is_the_same_twice(kind: Kind) -> None:
    random = np.random.default_rng(1)
    samples = [(float(random.random()), float(random.uniform(1, 9))) for _ in range(30)]
    found = figure(kind, samples)
    assert found is not None
    assert found.low < found.value < found.high
    assert found == figure(kind, samples)


def test_macro_f1_is_that_of_the_classes_expected_in_the_draw() -> None:
    # expected, found, right for each of three classes; nobody ever expects the last one
    samples = [
        (1, 1, 1, 0, 0, 0, 0, 0, 0),
        (0, 1, 0, 1, 0, 0, 0, 0, 0),
        (1, 0, 0, 0, 0, 0, 0, 1, 0),
    ]
    found = statistic_of("macro_f1", samples)(np.array([[0, 0, 1], [0, 2, 2]]))
    # class by class: 2 right of 2 expected and 3 found, 0 of 1; 1 right of 3 expected and 1 found
    assert found.tolist() == pytest.approx([(4 / 5 + 0) / 2, 2 / 4])


def test_calibration_error_is_that_of_the_turns_drawn() -> None:
    samples = [(2, 1.8, 1, 0, 0, 0), (0, 0, 0, 1, 0.3, 1)]  # turns, confidence, right by bin
    found = statistic_of("calibration", samples)(np.array([[0, 1], [1, 1]]))
    assert found.tolist() == pytest.approx([(0.8 + 0.7) / 3, 0.7])


def test_sums_in_threes_are_the_same_for_every_call() -> None:
    for samples in ([(1.0, 1.0)], [(1.0, 1.0, 1.0), (1.0,) * 6]):
        with pytest.raises(ValueError, match="in threes"):
            statistic_of("macro_f1", samples)


def test_calls_that_say_the_same_in_many_turns_count_once() -> None:
    """Twenty answers of one call are not twenty calls: the interval must stay wide."""
    once = figure("ratio", [(1.0, 1.0)] * 15 + [(0.0, 1.0)] * 5)
    often = figure("ratio", [(20.0, 20.0)] * 15 + [(0.0, 20.0)] * 5)
    assert once is not None
    assert often is not None
    assert often.high - often.low == pytest.approx(once.high - once.low, rel=0.15)


def test_yes_or_no_by_call_is_wilsons_and_never_is_not_impossible() -> None:
    assert figure("ratio", [(1.0, 1.0)] * 9 + [(0.0, 1.0)]) == rate(9, 10)
    assert figure("ratio", [(0.0, 12.0)] * 20) == rate(0, 20)
    assert figure("ratio", [(7.0, 7.0)] * 20) == rate(20, 20)


def test_one_call_alone_and_no_call() -> None:
    assert figure("mean", []) is None
    assert figure("ratio", [(0.0, 0.0)]) is None
    alone = figure("p50", [(1.0, 2.0, 3.0, 9.0)])
    assert alone is not None
    assert alone.value == 2.5
    assert math.isfinite(alone.low)
    assert math.isfinite(alone.high)
    single = figure("mean", [(4.0,)])
    assert single is not None
    assert (single.low, single.value, single.high) == (4, 4, 4)
    word = figure("ratio", [(1.0, 4.0)])
    assert word is not None
    assert word.low < 0.25 < word.high


def test_a_difference_is_paired_by_call() -> None:
    random = np.random.default_rng(2)
    before = [(float(random.integers(0, 30)), 30.0) for _ in range(40)]
    after = [(errors + random.integers(0, 2), words) for errors, words in before]
    both = difference(statistic_of("ratio", before), statistic_of("ratio", after))
    found = resample(both, 40, "ratio")
    alone = figure("ratio", before)
    assert alone is not None
    assert 0 < found.low < found.high
    # calls differ widely from each other, and hardly from themselves
    assert found.high - found.low < (alone.high - alone.low) / 5
    assert found.p <= 2 * 2 / 2001


def test_what_adds_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="denominator"):
        statistic_of("ratio", [(1.0, 0.0)])
    with pytest.raises(ValueError, match="without values"):
        statistic_of("p50", [()])


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), min_size=1, max_size=5),
    st.sampled_from(["ratio", "mean", "p50", "p95"]),
)
@settings(max_examples=40, deadline=None)
def test_few_calls_have_an_interval_with_ends(samples: list[tuple[int, int]], kind: Kind) -> None:
    found = figure(kind, samples)
    assert found is not None
    assert math.isfinite(found.low)
    assert math.isfinite(found.high)
    assert found.low <= found.high
