"""Metrics from what each call adds, with intervals over calls, overall and by tag."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from scipy.stats import DegenerateDataWarning

from evaluation.bench.intervals import Figure
from evaluation.scoring.gathered import Gathered, Key
from evaluation.scoring.model import Metric, Stage
from evaluation.statistics.bootstrap import Kind, adds, figure, resample, statistic_of

Samples = Mapping[Key, tuple[float, ...]]
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
    kind: Kind
    because: str

    @property
    def stage(self) -> Stage:
        """The stage that the key begins with."""
        return cast("Stage", self.key.partition(".")[0])


def measured(wanted: Wanted, samples: Samples, gathered: Gathered) -> Metric:
    """The metric of what the calls add; see `evaluation.statistics.bootstrap` for the samples."""
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


def counted(
    parts: Iterable[tuple[Key, int, tuple[float, float, float]]], size: int
) -> dict[Key, tuple[float, ...]]:
    """Three sums for each of `size` classes or bins, by call; a part names its place."""
    sums: dict[Key, list[float]] = {}
    for key, place, three in parts:
        own = sums.setdefault(key, [0.0] * (3 * size))
        for at, added in enumerate(three, 3 * place):
            own[at] += added
    return {key: tuple(own) for key, own in sums.items()}


def shares(parts: Iterable[tuple[Key, bool]]) -> dict[Key, tuple[float, ...]]:
    """How often something was so, by call."""
    return ratios((key, float(so), 1.0) for key, so in parts)
