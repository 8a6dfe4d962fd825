"""Metrics from what each call adds, with intervals over calls, overall and by tag."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar, cast

import numpy as np
from scipy.stats import DegenerateDataWarning

from evaluation.bench.intervals import ROUNDS, SEED, Figure
from evaluation.scoring.gathered import Gathered, Key
from evaluation.scoring.model import Metric, Stage
from evaluation.statistics.bootstrap import adds, figure, resample, statistic_of

Samples = Mapping[Key, tuple[float, ...]]
Item = TypeVar("Item")
PER_MINUTE: Final = "per minute"
_NO_EVENT: Final = -math.log(0.025)
"""Events that are expected at most, with 97.5 % certainty, in a time in which there was none."""
_LEAST_CALLS: Final = 2
"""Calls without which there is no interval by tag."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a metric is, before anything is measured; `because` is said where nothing can be."""

    key: str
    title: str
    unit: str
    better: Literal["higher", "lower"]
    kind: Literal["ratio", "mean", "p50", "p95"]
    because: str

    @property
    def stage(self) -> Stage:
        """The stage that the key begins with."""
        return cast("Stage", self.key.partition(".")[0])


def measured(wanted: Wanted, samples: Samples, gathered: Gathered) -> Metric:
    """The metric of what the calls add: pairs (numerator, denominator) for a ratio, else values."""
    kept = {key: sample for key, sample in samples.items() if adds(wanted.kind, sample)}
    overall = _figure(wanted, list(kept.values()))
    by_tag: dict[str, Figure] = {}
    for tag, keys in gathered.tagged().items():
        of_tag = [sample for key, sample in kept.items() if key in keys]
        found = _figure(wanted, of_tag) if len(of_tag) >= _LEAST_CALLS else None
        if found is not None:
            by_tag[tag] = found
    return _metric(wanted, overall, by_tag, kept)


def _figure(wanted: Wanted, samples: Sequence[tuple[float, ...]]) -> Figure | None:
    """The figure; the percentile method's interval where the accelerated one has none.

    That is so of few calls, where a call left out changes everything. Of events in time of which
    there is none the interval is Poisson's.
    """
    if wanted.unit == PER_MINUTE and samples and not any(events for events, _ in samples):
        return Figure(0.0, 0.0, _NO_EVENT / sum(minutes for _, minutes in samples))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateDataWarning)
        warnings.filterwarnings("ignore", "invalid value encountered", RuntimeWarning)
        found = figure(wanted.kind, samples)
    if found is None:
        return None
    low, high = found.low, found.high
    if math.isnan(low + high):
        plain = resample(statistic_of(wanted.kind, samples), len(samples), "p50")
        low, high = plain.low, plain.high
    return Figure(found.value, min(found.value, low), max(found.value, high))


def computed(
    wanted: Wanted,
    items: Sequence[tuple[Key, Item]],
    statistic: Callable[[Sequence[Item]], float | None],
    gathered: Gathered,
) -> Metric:
    """A metric that is no sum over calls (macro F1, calibration error), resampled by call.

    It has no samples: two runs are compared by figures that are sums.
    """
    by_tag = {
        tag: found
        for tag, keys in gathered.tagged().items()
        if (found := _resampled([item for item in items if item[0] in keys], statistic))
    }
    return _metric(wanted, _resampled(items, statistic), by_tag, {})


def missing(wanted: Wanted) -> Metric:
    """The metric where nothing was measured."""
    return _metric(wanted, None, {}, {})


def given(wanted: Wanted, found: Figure) -> Metric:
    """A figure that was measured elsewhere."""
    return _metric(wanted, found, {}, {})


def _metric(
    wanted: Wanted, overall: Figure | None, by_tag: Mapping[str, Figure], samples: Samples
) -> Metric:
    return Metric(
        key=wanted.key,
        title=wanted.title,
        stage=wanted.stage,
        unit=wanted.unit,
        better=wanted.better,
        kind=wanted.kind,
        figure=overall,
        because="" if overall is not None else wanted.because,
        by_tag=by_tag,
        samples=samples,
    )


def _resampled(
    items: Sequence[tuple[Key, Item]], statistic: Callable[[Sequence[Item]], float | None]
) -> Figure | None:
    """The statistic of all items, with the percentile interval of resampled calls."""
    value = statistic([item for _, item in items])
    if value is None:
        return None
    calls: dict[Key, list[Item]] = {}
    for key, item in items:
        calls.setdefault(key, []).append(item)
    groups = list(calls.values())
    random = np.random.default_rng(SEED)
    drawn = []
    for _ in range(ROUNDS // 4):
        chosen = random.integers(0, len(groups), len(groups))
        found = statistic([item for at in chosen for item in groups[at]])
        if found is not None:
            drawn.append(found)
    low, high = np.percentile(drawn, [2.5, 97.5]) if drawn else (value, value)
    return Figure(value, min(value, float(low)), max(value, float(high)))


def ratios(parts: Iterable[tuple[Key, float, float]]) -> dict[Key, tuple[float, ...]]:
    """Numerators and denominators summed by call."""
    sums: dict[Key, tuple[float, float]] = {}
    for key, numerator, denominator in parts:
        top, bottom = sums.get(key, (0.0, 0.0))
        sums[key] = (top + numerator, bottom + denominator)
    return dict(sums)


def values(parts: Iterable[tuple[Key, float]]) -> dict[Key, tuple[float, ...]]:
    """Single values collected by call."""
    found: dict[Key, tuple[float, ...]] = {}
    for key, value in parts:
        found[key] = (*found.get(key, ()), value)
    return found


def shares(parts: Iterable[tuple[Key, bool]]) -> dict[Key, tuple[float, ...]]:
    """How often something was so, by call."""
    return ratios((key, float(so), 1.0) for key, so in parts)
