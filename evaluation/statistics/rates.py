"""Rates of the same calls in two runs: is there a difference, and in which interval does it lie?

Wilson's interval of one rate is `evaluation.bench.intervals.rate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from evaluation.bench.intervals import Figure, rate


@dataclass(frozen=True, slots=True)
class Pairs:
    """How often something was so in both runs, before only, after only, and in neither."""

    both: int
    before: int
    after: int
    neither: int

    @property
    def total(self) -> int:
        return self.both + self.before + self.after + self.neither


def paired(before: Sequence[bool], after: Sequence[bool]) -> Pairs:
    """The counts of the same cases in two runs. Raises ValueError where they are not as many."""
    together = list(zip(before, after, strict=True))
    return Pairs(
        both=sum(one and other for one, other in together),
        before=sum(one and not other for one, other in together),
        after=sum(other and not one for one, other in together),
        neither=sum(not one and not other for one, other in together),
    )


def mcnemar(pairs: Pairs) -> float:
    """The two-sided p value of McNemar's test, exact (a sign test of what has changed).

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions
    or percentages", Psychometrika 12 (1947).
    """
    changed = pairs.before + pairs.after
    if not changed:
        return 1.0
    return float(stats.binomtest(pairs.before, changed).pvalue)


def difference(pairs: Pairs) -> Figure:
    """How much more often it is so after than before, with the 95 % interval of two Wilson
    intervals squared and added, with the correlation of the pairs.

    Raises ValueError where there is no pair. Source: R. G. Newcombe, "Improved confidence intervals
    for the difference between binomial proportions based on paired data", Statistics in Medicine 17
    (1998), method 10.
    """
    before = rate(pairs.both + pairs.before, pairs.total)
    after = rate(pairs.both + pairs.after, pairs.total)
    if before is None or after is None:
        raise ValueError("no call is in both runs")
    correlation = _correlation(pairs)
    value = after.value - before.value
    return Figure(
        value,
        value - _added(after.value - after.low, before.high - before.value, correlation),
        value + _added(after.high - after.value, before.value - before.low, correlation),
    )


def _added(one: float, other: float, correlation: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * correlation * one * other + other * other))


def _correlation(pairs: Pairs) -> float:
    """Phi of the four counts, with Newcombe's correction for continuity where it is positive."""
    margins = (
        (pairs.both + pairs.before)
        * (pairs.after + pairs.neither)
        * (pairs.both + pairs.after)
        * (pairs.before + pairs.neither)
    )
    if not margins:
        return 0.0
    top: float = pairs.both * pairs.neither - pairs.before * pairs.after
    if top > 0:
        top = max(top - pairs.total / 2, 0.0)
    return top / math.sqrt(margins)
