"""The interval of a high percentile, where resampling finds too little: 95 of 100 calls are below.

The share of values below the percentile has an interval as any share; what stands at its ends in
the sorted values are the ends of the percentile's. Values of a call belong together: the share's
spread is that between calls.

Source: R. S. Woodruff, "Confidence intervals for medians and other position measures", JASA 47
(1952).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evaluation.bench.intervals import Figure


def high_percentile(samples: Sequence[Sequence[float]], q: float, level: float = 0.95) -> Figure:
    """The `q` quantile of the values of all calls, none of them empty, with its interval.

    An end that lies beyond all values is the outermost of them: nothing is known of more. Raises
    ValueError where there is no call.
    """
    if not samples:
        raise ValueError("a percentile of no calls")
    values = np.concatenate([np.asarray(sample, np.float64) for sample in samples])
    value = float(np.quantile(values, q))
    sizes = np.array([len(sample) for sample in samples], np.float64)
    below = np.array([np.sum(np.asarray(sample) <= value) for sample in samples], np.float64)
    half = float(stats.norm.ppf((1 + level) / 2)) * _deviation(below, sizes)
    ends = np.clip([q - half, q + half], 0.0, 1.0)
    low, high = np.quantile(values, ends)
    return Figure(value, float(low), float(high))


def _deviation(below: NDArray[np.float64], sizes: NDArray[np.float64]) -> float:
    """The standard deviation of the share of values below, as it varies from call to call."""
    calls = len(sizes)
    if calls < 2:
        return 1.0
    share = below.sum() / sizes.sum()
    residual = below - share * sizes
    return float(np.sqrt(calls / (calls - 1) * np.sum(residual**2)) / sizes.sum())
