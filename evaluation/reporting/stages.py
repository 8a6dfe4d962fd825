"""All metrics, stage by stage, and the most telling ones tag by tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evaluation.reporting.calls import CallTold
from evaluation.reporting.figures import Shown, number, shown, shown_metric, widest
from evaluation.reporting.gates import STAGES
from evaluation.reporting.summary import KEYS
from evaluation.scoring.model import Metric, Scores

MOST_TAGS: Final = 60
"""Tags in the table; those with the most calls."""


@dataclass(frozen=True, slots=True)
class MetricTold:
    """A metric with its bar, and the same by tag; `because` says why there is no figure."""

    metric: Metric
    shown: Shown | None
    because: str
    by_tag: tuple[tuple[str, Shown], ...]
    calls: int


@dataclass(frozen=True, slots=True)
class StageTold:
    """A stage with its metrics."""

    key: str
    title: str
    metrics: tuple[MetricTold, ...]


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag: its calls, how many of them passed, and its figures as text ('' : none)."""

    tag: str
    calls: int
    passed: int
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagTable:
    """Figures by tag; `titles` head the columns."""

    titles: tuple[str, ...]
    rows: tuple[TagRow, ...]
    left_out: int


def stages_told(scores: Scores) -> list[StageTold]:
    """The stages that have metrics, in their order."""
    by_stage: dict[str, list[Metric]] = {stage: [] for stage in STAGES}
    for metric in scores.metrics:
        by_stage[metric.stage].append(metric)
    return [
        StageTold(stage, STAGES[stage], tuple(_told(metric) for metric in metrics))
        for stage, metrics in by_stage.items()
        if metrics
    ]


def _told(metric: Metric) -> MetricTold:
    most = widest(metric)
    tags = tuple(
        (tag, shown(figure, metric.unit, most)) for tag, figure in sorted(metric.by_tag.items())
    )
    because = metric.because or "nothing was measured"
    return MetricTold(metric, shown_metric(metric), because, tags, len(metric.samples))


def tag_table(scores: Scores, calls: Sequence[CallTold]) -> TagTable:
    """Passed calls and the figures of the summary, tag by tag."""
    known: Mapping[str, Metric] = {metric.key: metric for metric in scores.metrics}
    columns = [known[key] for key, _ in KEYS if key in known and key != "dialogue.success"]
    counts: dict[str, list[bool]] = {}
    for call in calls:
        for tag in call.tags:
            counts.setdefault(tag, []).append(call.passed is True)
    tags = sorted(counts, key=lambda tag: (-len(counts[tag]), tag))
    rows = [
        TagRow(
            tag,
            len(counts[tag]),
            sum(counts[tag]),
            tuple(
                number(metric.by_tag[tag].value, metric.unit) if tag in metric.by_tag else ""
                for metric in columns
            ),
        )
        for tag in sorted(tags[:MOST_TAGS])
    ]
    return TagTable(tuple(metric.title for metric in columns), tuple(rows), len(tags) - len(rows))
