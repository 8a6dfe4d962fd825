"""Intervals of ratios, means and percentiles by resampling whole calls.

What happens within a call belongs together: a caller who is understood badly once is understood
badly again. Words, turns and waits are therefore never resampled by themselves, only the calls that
they come from. A sample is what one call adds: (numerator, denominator) for a ratio, counts by
class or by bin for a macro F1 or a calibration error, any number of values otherwise.

Sources: B. Efron, "Better bootstrap confidence intervals", JASA 82 (1987); M. Bisani and H. Ney,
"Bootstrap estimates for confidence intervals in ASR performance evaluation", ICASSP 2004.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evaluation.bench.intervals import Figure, rate
from evaluation.statistics.tails import high_percentile

Kind = Literal["ratio", "mean", "p50", "p95", "macro_f1", "calibration"]
Sample: TypeAlias = Sequence[float]
Floats: TypeAlias = NDArray[np.float64]
Calls: TypeAlias = NDArray[np.int64]
Statistic: TypeAlias = Callable[[Calls], Floats]
"""From numbers of calls, shaped (..., n), to the statistic of each such draw, shaped (...)."""

ROUNDS: Final = 2000
"""Resamples of an interval."""
MANY: Final = 9_999
"""Resamples where a small p value is wanted: none is below twice one by this."""
SEED: Final = 20_261_124
QUANTILES: Final = {"p50": 0.5, "p95": 0.95}
COUNTED: Final = ("macro_f1", "calibration")
"""Kinds whose samples are sums in threes, as many for every call."""


@dataclass(frozen=True, slots=True)
class Resampled:
    """What resampling says of a statistic: its interval and, for a difference, how rare nothing is.

    `p` is two-sided: how often resamples lie on the other side of zero than the value itself does.
    """

    low: float
    high: float
    p: float


def statistic_of(kind: Kind, samples: Sequence[Sample]) -> Statistic:
    """The statistic of that kind over `samples`, one a call, none of them empty.

    A ratio is the sum of numerators by the sum of denominators, a mean is that of all values. A
    macro F1 is the mean F1 of the classes that are expected, from three counts a class: expected,
    found, right. A calibration error is how far confidence is from accuracy, weighed by turns, from
    three sums a bin: turns, their confidence, how many were right.
    Raises ValueError where a call adds nothing, or a sample has not the size that it must have.
    """
    if kind == "ratio":
        if any(len(sample) != 2 or sample[1] <= 0 for sample in samples):
            raise ValueError("a ratio's sample is a numerator and a denominator above 0")
        return _ratio([sample[0] for sample in samples], [sample[1] for sample in samples])
    if kind in COUNTED:
        if len({len(sample) for sample in samples}) != 1 or len(samples[0]) % 3:
            raise ValueError("every call's sample has the same sums, in threes")
        return _of_sums(samples, _macro_f1 if kind == "macro_f1" else _calibration_error)
    if any(not len(sample) for sample in samples):
        raise ValueError(
            "a call without values has no part in a mean or a percentile: leave it out"
        )
    if kind == "mean":
        return _ratio([sum(sample) for sample in samples], [len(sample) for sample in samples])
    return _quantile(samples, QUANTILES[kind])


def difference(before: Statistic, after: Statistic) -> Statistic:
    """How much more the statistic is `after` than `before`, by the same calls."""
    return lambda calls: after(calls) - before(calls)


def value(statistic: Statistic, calls: int) -> float:
    """The statistic of all calls, each once."""
    return float(statistic(np.arange(calls)))


def resample(
    statistic: Statistic,
    calls: int,
    kind: Kind,
    *,
    level: float = 0.95,
    rounds: int = ROUNDS,
    seed: int = SEED,
) -> Resampled:
    """The interval of `statistic` over `calls` calls that holds the truth with the chance `level`.

    Ratios and means by the bias-corrected and accelerated method, which follows a skewed
    distribution; percentiles by the percentile method, because a jackknife, from which the
    acceleration comes, says nothing of them. Both are widened by what a sample of n calls spreads
    less than the calls that it comes from, as Student's t is wider than the normal distribution
    (T. Hesterberg, "What teachers should know about the bootstrap", 2015, section 5.3).
    Too few calls for a bias to be known have the percentile method's, too. A statistic that no
    resample changes has an interval without length; see `figure` for what is said of rates then.
    """
    if calls < 2:
        return Resampled(-np.inf, np.inf, 1.0)
    if not _changes(statistic, calls):
        found = value(statistic, calls)
        return Resampled(found, found, 1.0 if found == 0 else 2 / (rounds + 1))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # looked for below
        result = stats.bootstrap(
            (np.arange(calls),),
            lambda drawn, axis=-1: statistic(drawn),
            n_resamples=rounds,
            vectorized=True,
            batch=batch_of(calls),
            confidence_level=_expanded(level, calls),
            method="BCa" if kind in ("ratio", "mean") else "percentile",
            rng=np.random.default_rng(seed),
        )
    drawn = np.asarray(result.bootstrap_distribution)
    ends = np.array([result.confidence_interval.low, result.confidence_interval.high])
    if not np.isfinite(ends).all():
        ends = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Resampled(float(ends[0]), float(ends[1]), _two_sided(drawn))


def figure(kind: Kind, samples: Sequence[Sample], *, level: float = 0.95) -> Figure | None:
    """The statistic of a run with its interval; None where no call adds anything.

    A rate of which every call says at most one thing has Wilson's interval, which is as good as
    any; so has one that is 0 or 1 everywhere, where resampling finds no spread: counted by calls,
    not by what they say, because that may be the same thing again and again. High percentiles have
    Woodruff's. One call alone is taken apart into what it says: there is nothing else to go by.
    """
    kept = [sample for sample in samples if adds(kind, sample)]
    if not kept:
        return None
    if len(kept) == 1:
        return _alone(kind, kept[0])
    if kind == "ratio" and level == 0.95 and (wilson := _plain_rate(kept)) is not None:
        return wilson
    if kind == "p95":
        return high_percentile(kept, QUANTILES[kind], level)
    statistic = statistic_of(kind, kept)
    found = resample(statistic, len(kept), kind, level=level)
    return Figure(value(statistic, len(kept)), found.low, found.high)


def adds(kind: Kind, sample: Sample) -> bool:
    """Does the call say anything about a figure of that kind?"""
    if kind in COUNTED:
        return any(sample)
    return sample[1] > 0 if kind == "ratio" and len(sample) == 2 else len(sample) > 0


def yes_or_no(samples: Sequence[Sample]) -> bool:
    """Is each sample of a ratio one thing that was so or not: (0, 1) or (1, 1)?"""
    return all(len(each) == 2 and each[1] == 1 and each[0] in (0, 1) for each in samples)


def _alone(kind: Kind, sample: Sample) -> Figure:
    """The figure of a single call: its words, turns or waits are taken for independent."""
    if kind in COUNTED:
        found = value(statistic_of(kind, [sample]), 1)
        return Figure(found, found, found)
    if kind != "ratio":
        parts = [(each,) for each in sample]
        of_parts = figure(kind, parts) if len(parts) > 1 else None
        return of_parts or Figure(sample[0], sample[0], sample[0])
    share = sample[0] / sample[1]
    wilson = rate(round(sample[0]), round(sample[1])) if 0 <= share <= 1 else None
    low, high = (wilson.low, wilson.high) if wilson else (share, share)
    return Figure(share, min(share, low), max(share, high))


def _plain_rate(samples: Sequence[Sample]) -> Figure | None:
    """Wilson's interval where it is the better one; else None."""
    if yes_or_no(samples):
        return rate(int(sum(sample[0] for sample in samples)), len(samples))
    if all(sample[0] == 0 for sample in samples):
        return rate(0, len(samples))
    if all(sample[0] == sample[1] for sample in samples):
        return rate(len(samples), len(samples))
    return None


def _ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Statistic:
    top = np.asarray(numerators, np.float64)
    bottom = np.asarray(denominators, np.float64)

    def statistic(calls: Calls) -> Floats:
        return np.asarray(top[calls].sum(-1) / bottom[calls].sum(-1))

    return statistic


def _of_sums(samples: Sequence[Sample], statistic_of_sums: Callable[[Floats], Floats]) -> Statistic:
    """A statistic of what the calls drawn add up to, in threes: (..., 3 k) as (..., k, 3)."""
    table = np.asarray(samples, np.float64)

    def statistic(calls: Calls) -> Floats:
        times = _times_drawn(calls.reshape(-1, calls.shape[-1]), len(table))
        sums = (times.astype(np.float64) @ table).reshape(*calls.shape[:-1], -1, 3)
        return statistic_of_sums(sums)

    return statistic


def _macro_f1(sums: Floats) -> Floats:
    expected, found, right = np.moveaxis(sums, -1, 0)
    each = np.divide(2 * right, expected + found, out=np.zeros_like(right), where=expected > 0)
    return np.asarray(each.sum(-1) / np.maximum((expected > 0).sum(-1), 1))


def _calibration_error(sums: Floats) -> Floats:
    turns, confidence, right = np.moveaxis(sums, -1, 0)
    return np.asarray(np.abs(confidence - right).sum(-1) / np.maximum(turns.sum(-1), 1))


def _quantile(samples: Sequence[Sample], q: float) -> Statistic:
    """The `q` quantile (linear between values) of all values of the calls drawn."""
    values = np.concatenate([np.asarray(sample, np.float64) for sample in samples])
    owners = np.repeat(np.arange(len(samples)), [len(sample) for sample in samples])
    order = np.argsort(values, kind="stable")
    values, owners = values[order], owners[order]

    def statistic(calls: Calls) -> Floats:
        drawn = calls.reshape(-1, calls.shape[-1])
        times = _times_drawn(drawn, len(samples)).astype(np.int32)
        cumulated = np.cumsum(times[:, owners], axis=1, dtype=np.int32)
        place = (cumulated[:, -1] - 1) * q
        below = np.floor(place)
        # the value with number k of a sorted list in which each stands as often as it was drawn
        first = values[np.argmax(cumulated > below[:, None], axis=1)]
        second = values[np.argmax(cumulated > np.ceil(place)[:, None], axis=1)]
        return np.asarray(first + (place - below) * (second - first)).reshape(calls.shape[:-1])

    return statistic


def _times_drawn(drawn: Calls, calls: int) -> Calls:
    """How often each call is in each draw: (draws, n) numbers of calls to (draws, calls)."""
    offsets = np.arange(len(drawn))[:, None] * calls
    return np.bincount((drawn + offsets).ravel(), minlength=len(drawn) * calls).reshape(-1, calls)


def batch_of(calls: int) -> int:
    """How many draws of so many calls are looked at together: as many as a cache holds."""
    return max(1, 50_000 // calls)


def _expanded(level: float, calls: int) -> float:
    """The level at which an interval by resampling is as wide as one at `level` has to be."""
    end = stats.t.ppf((1 - level) / 2, calls - 1) * np.sqrt(calls / (calls - 1))
    return float(1 - 2 * stats.norm.cdf(end))


def _changes(statistic: Statistic, calls: int) -> bool:
    """Does any call move the statistic, drawn by itself?"""
    alone = statistic(np.arange(calls)[:, None])
    return bool(np.ptp(alone) > 0)


def _two_sided(drawn: Floats) -> float:
    """Twice the share of resamples beyond zero, never none: that cannot be known from so many."""
    beyond = min(int(np.sum(drawn <= 0)), int(np.sum(drawn >= 0)))
    return min(1.0, 2 * (beyond + 1) / (len(drawn) + 1))
