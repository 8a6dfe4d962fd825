"""Percentiles and rates with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

ROUNDS: Final = 2000
"""Resamples of a bootstrap."""
SEED: Final = 20_261_124
_Z: Final = 1.959964
"""The normal distribution's 97.5 % quantile."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and the 95 % interval that it lies in."""

    value: float
    low: float
    high: float


def percentile(values: Sequence[float], q: float) -> Figure | None:
    """The `q`-th percentile with its bootstrap interval (Efron's percentile method, seeded).

    None where there are no values.
    """
    if not values:
        return None
    array = np.asarray(values, np.float64)
    random = np.random.default_rng(SEED)
    drawn = array[random.integers(0, len(array), (ROUNDS, len(array)))]
    found = np.percentile(drawn, q, axis=1)
    low, high = np.percentile(found, [2.5, 97.5])
    return Figure(float(np.percentile(array, q)), float(low), float(high))


def rate(count: int, total: int) -> Figure | None:
    """A share with its Wilson interval, which is honest at none and at all; None of nothing.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927).
    """
    if not total:
        return None
    share, z2 = count / total, _Z * _Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    spread = share * (1 - share) / total + z2 / (4 * total * total)
    half = _Z * math.sqrt(spread) / (1 + z2 / total)
    # at none and at all an end is known exactly; computed, it would be beside it by rounding
    low = 0.0 if count == 0 else middle - half
    high = 1.0 if count == total else middle + half
    return Figure(share, low, high)
