"""The paired test by swapping: were the runs alike, it would not matter which of a call's two
outcomes belongs to which run.

Whole calls are swapped, so that turns of a call stay together. With one yes or no by call it is
McNemar's test; it holds for any statistic and any number of calls, because it assumes nothing of
their distribution.

Source: E. W. Noreen, "Computer-intensive methods for testing hypotheses" (1989), approximate
randomization.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import stats

from evaluation.statistics.bootstrap import (
    SEED,
    Calls,
    Floats,
    Kind,
    Sample,
    batch_of,
    statistic_of,
)

ROUNDS: Final = 9_999
"""Swaps at random, where not all of them can be tried; no p value is below twice one by this."""


def swapped(kind: Kind, before: Sequence[Sample], after: Sequence[Sample]) -> float:
    """The two-sided p value of a difference between the two runs of the same calls.

    Raises ValueError where the runs have not the same number of calls, or a call adds nothing.
    """
    calls = len(before)
    if calls != len(after):
        raise ValueError(f"{calls} calls before and {len(after)} after are no pairs")
    if all(tuple(one) == tuple(other) for one, other in zip(before, after, strict=True)):
        return 1.0
    statistic = statistic_of(kind, [*before, *after])

    def more(one: Calls, other: Calls, axis: int = -1) -> Floats:
        before, after = (statistic(np.moveaxis(each, axis, -1)) for each in (one, other))
        return np.asarray(after - before)

    result = stats.permutation_test(
        (np.arange(calls), np.arange(calls, 2 * calls)),
        more,
        permutation_type="samples",
        vectorized=True,
        n_resamples=ROUNDS,
        batch=batch_of(2 * calls),
        rng=np.random.default_rng(SEED),
    )
    return float(result.pvalue)
