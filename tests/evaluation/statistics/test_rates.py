from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.statistics.rates import Pairs, difference, mcnemar, paired

counts = st.integers(0, 60)
some_pairs = st.builds(Pairs, counts, counts, counts, counts).filter(lambda pairs: pairs.total > 0)


def test_pairs_are_counted() -> None:
    before = [True, True, False, False, True]
    after = [True, False, True, False, False]
    assert paired(before, after) == Pairs(both=1, before=2, after=1, neither=1)
    with pytest.raises(ValueError, match=r"shorter|longer"):
        paired([True], [])


def test_mcnemar_is_the_sign_test_of_what_changed() -> None:
    assert mcnemar(Pairs(50, 8, 0, 3)) == pytest.approx(2 / 2**8)
    assert mcnemar(Pairs(1, 7, 1, 12)) == pytest.approx(2 * (1 + 8) / 2**8)
    assert mcnemar(Pairs(50, 0, 0, 3)) == 1
    assert mcnemar(Pairs(0, 5, 5, 0)) == 1


def test_the_interval_is_newcombes() -> None:
    """Airway hyper-responsiveness before and after (Bentur et al. 2009), as Fagerland, Lydersen and
    Laake have it ("Statistical analysis of contingency tables", 2017, chapter 8): -0.286, 95 %
    interval -0.507 to -0.026 for after minus before with the signs turned."""
    found = difference(Pairs(both=1, before=1, after=7, neither=12))
    assert found.value == pytest.approx(0.286, abs=5e-4)
    assert found.low == pytest.approx(0.026, abs=5e-4)
    assert found.high == pytest.approx(0.507, abs=5e-4)


@given(some_pairs)
def test_the_difference_lies_in_its_interval_and_turns_round(pairs: Pairs) -> None:
    found = difference(pairs)
    assert -1 - 1e-9 <= found.low <= found.value <= found.high <= 1 + 1e-9
    other = difference(Pairs(pairs.both, pairs.after, pairs.before, pairs.neither))
    assert other.value == pytest.approx(-found.value)
    assert other.low == pytest.approx(-found.high)
    assert mcnemar(pairs) == pytest.approx(
        mcnemar(Pairs(pairs.both, pairs.after, pairs.before, pairs.neither))
    )


def test_no_call_has_no_difference() -> None:
    with pytest.raises(ValueError, match="no call"):
        difference(Pairs(0, 0, 0, 0))
