from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.bench.intervals import percentile, rate


def test_percentiles_of_known_values_and_intervals_around_them() -> None:
    values = [float(n) for n in range(101)]
    median = percentile(values, 50)
    assert median is not None
    assert median.value == 50
    assert median.low < 50 < median.high
    assert median.high - median.low < 25


def test_the_same_values_give_the_same_interval() -> None:
    values = [1.0, 5.0, 2.0, 8.0]
    assert percentile(values, 95) == percentile(values, 95)


def test_nothing_has_no_percentile_and_no_rate() -> None:
    assert percentile([], 50) is None
    assert rate(0, 0) is None


def test_no_failure_in_hundred_does_not_mean_never() -> None:
    found = rate(0, 100)
    assert found is not None
    assert found.value == 0
    assert found.low == 0
    assert found.high == pytest.approx(0.037, abs=0.001)  # Wilson, by hand


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_rate_lies_in_its_interval(pair: tuple[int, int]) -> None:
    found = rate(*pair)
    assert found is not None
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0, 100))
def test_an_interval_lies_within_the_values(values: list[float], q: float) -> None:
    found = percentile(values, q)
    assert found is not None
    assert min(values) - 1e-6 <= found.low <= found.high <= max(values) + 1e-6
