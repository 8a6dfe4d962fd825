"""One metric of two runs: the right test for what it is, its difference and interval.

- A yes or no by call: McNemar's test, exact; Newcombe's interval for pairs.
- Word errors with alignments: matched-pairs sentence segments and the bootstrap by call, the larger
  p of both.
- Any other ratio, or a mean: swapping of whole calls, which is McNemar's test for turns that belong
  together.
- A percentile, a macro F1, a calibration error: bootstrap of the difference.

Where nothing else is said the interval is that of the bootstrap by call.

Word errors are judged by both tests because each errs where the other does not: segments of one
call are not independent, and few calls are resampled too seldom in the ways that matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.bench.intervals import Figure
from evaluation.statistics import bootstrap, rates
from evaluation.statistics.bootstrap import Kind, Sample, statistic_of, yes_or_no
from evaluation.statistics.segments import Segment, matched_pairs
from evaluation.statistics.swapping import swapped


@dataclass(frozen=True, slots=True)
class Tested:
    """A difference, after minus before, and whether it may be chance (`p`, two-sided)."""

    before: float
    after: float
    difference: Figure
    p: float
    test: str


def difference_of(
    kind: Kind,
    before: Sequence[Sample],
    after: Sequence[Sample],
    segments: Sequence[Segment] | None = None,
) -> Tested:
    """Compare what the same calls, at least one, add to a metric before and after.

    `segments` are those of the calls' words, where the metric counts word errors. Raises ValueError
    where the samples are no pairs, or add nothing.
    """
    if kind == "ratio" and yes_or_no(before) and yes_or_no(after):
        return _by_call(before, after)
    one, other = statistic_of(kind, before), statistic_of(kind, after)
    calls = len(before)
    swapping = segments is None and kind in ("ratio", "mean")
    rounds = bootstrap.ROUNDS if swapping else bootstrap.MANY
    resampled = bootstrap.resample(bootstrap.difference(one, other), calls, kind, rounds=rounds)
    if segments is not None:
        p = max(resampled.p, matched_pairs(segments).p)
        test = "matched-pairs sentence segments, bootstrap by call"
    elif swapping:
        p = swapped(kind, before, after)
        test = "McNemar's test by call" if kind == "ratio" else "swapping by call"
    else:
        what = "percentiles" if kind in bootstrap.QUANTILES else "the difference"
        p, test = resampled.p, f"bootstrap of {what} by call"
    values = [bootstrap.value(each, calls) for each in (one, other)]
    value = values[1] - values[0]
    interval = Figure(value, min(value, resampled.low), max(value, resampled.high))
    return Tested(values[0], values[1], interval, p, test)


def _by_call(before: Sequence[Sample], after: Sequence[Sample]) -> Tested:
    pairs = rates.paired([bool(each[0]) for each in before], [bool(each[0]) for each in after])
    return Tested(
        before=(pairs.both + pairs.before) / pairs.total,
        after=(pairs.both + pairs.after) / pairs.total,
        difference=rates.difference(pairs),
        p=rates.mcnemar(pairs),
        test="McNemar's test",
    )
