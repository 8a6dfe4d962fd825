"""Scores with a single metric or a few, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from evaluation.bench.intervals import Figure
from evaluation.scoring.model import Aligned, Confusion, Metric, Scores, Stage, Verdict
from evaluation.statistics.bootstrap import Kind, figure

Samples = Mapping[tuple[str, int], tuple[float, ...]]


def metric(
    key: str,
    samples: Samples,
    *,
    better: Literal["higher", "lower"] = "higher",
    kind: Kind = "ratio",
    unit: str = "share",
    by_tag: Mapping[str, Figure] | None = None,
) -> Metric:
    stage: Stage = key.partition(".")[0]  # type: ignore[assignment]
    return Metric(
        key=key,
        title=key.replace(".", " "),
        stage=stage,
        unit=unit,
        better=better,
        kind=kind,
        figure=figure(kind, list(samples.values())),
        because="" if samples else "nothing was measured",
        by_tag=by_tag or {},
        samples=samples,
    )


def answers(*passed: bool) -> Samples:
    """A yes or no by call."""
    return {(f"case-{at}", 0): (float(so), 1.0) for at, so in enumerate(passed)}


def values(*found: Sequence[float]) -> Samples:
    return {(f"case-{at}", 0): tuple(each) for at, each in enumerate(found)}


def scores(
    *metrics: Metric,
    alignments: Sequence[Aligned] = (),
    confusions: Sequence[Confusion] = (),
    calls: int | None = None,
) -> Scores:
    """Of the calls that the metrics have samples of, all passed; `calls` if there are others."""
    keys = list(dict.fromkeys(call for each in metrics for call in each.samples))
    if calls is not None:
        keys = [(f"case-{at}", 0) for at in range(calls)]
    return Scores(
        metrics=metrics,
        verdicts=tuple(Verdict(*call, passed=True) for call in keys),
        alignments=tuple(alignments),
        confusions=tuple(confusions),
    )
