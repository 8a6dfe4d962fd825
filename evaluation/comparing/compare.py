"""Two runs, metric by metric: what got better, what worse, what of it may be chance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from evaluation.comparing.causes import details_of, followed_stages
from evaluation.comparing.changes import Tested, difference_of
from evaluation.comparing.judging import judged
from evaluation.comparing.model import Call, Change, Comparison, Direction, Gate
from evaluation.comparing.pairing import (
    flipped,
    paired_calls,
    paired_samples,
    paired_segments,
)
from evaluation.scoring.model import Metric, Scores
from evaluation.statistics.multiplicity import holm

WORD_ERRORS: Final = "recognition.wer"
"""The metric whose test looks at the words."""


def compare(before: Scores, after: Scores, gate: Gate) -> Comparison:
    """What is said of the run `after` beside `before`, call by call, and what the gate says.

    Every metric that both runs have values of is tested; those with a margin in the gate are one
    family of tests and all others a second one, so that looking at many figures does not hide what
    was asked for.
    """
    paired, before_only, after_only = paired_calls(before, after)
    changes = [
        _change(one, other, before, after, gate)
        for one in before.metrics
        if (other := _same(after, one)) is not None and (one.samples or other.samples)
    ]
    changes = _decided(changes, gate)
    changes = _rooted([_explained(change, changes, before, after, gate) for change in changes])
    broken, mended = flipped(before, after)
    comparison = Comparison(
        changes=tuple(changes),
        rules=(),
        level=gate.level,
        paired=paired,
        before_only=before_only,
        after_only=after_only,
        broken=broken,
        mended=mended,
    )
    return replace(comparison, rules=judged(comparison, after, gate, alone=False))


def judge(scores: Scores, gate: Gate) -> Comparison:
    """What the gate says of a run alone: its floors, and whether it has enough calls."""
    alone = Comparison(
        changes=(),
        rules=(),
        level=gate.level,
        paired=tuple((verdict.case, verdict.attempt) for verdict in scores.verdicts),
    )
    return replace(alone, rules=judged(alone, scores, gate, alone=True))


def _same(scores: Scores, metric: Metric) -> Metric | None:
    return next((each for each in scores.metrics if each.key == metric.key), None)


def _change(one: Metric, other: Metric, before: Scores, after: Scores, gate: Gate) -> Change:
    """The metric in both runs, not yet decided."""
    calls, *_ = paired_samples(one, other)
    change = Change(
        key=other.key,
        title=other.title,
        stage=other.stage,
        unit=other.unit,
        better=other.better,
        calls=len(calls),
        verdict="not enough data",
        primary=gate.margin(other.key) is not None,
    )
    if len(calls) < gate.metric_calls:
        because = (
            f"{len(calls)} calls say something of it in both runs; {gate.metric_calls} have to"
        )
        return replace(change, because=because)
    found = _test(one, other, before, after, None)
    return replace(
        change,
        before=found.before,
        after=found.after,
        difference=found.difference,
        test=found.test,
        p=found.p,
    )


def _test(
    one: Metric, other: Metric, before: Scores, after: Scores, only: Collection[Call] | None
) -> Tested:
    calls, first, second = paired_samples(one, other, only)
    segments = None
    if other.key == WORD_ERRORS and before.alignments and after.alignments:
        segments = paired_segments(before.alignments, after.alignments, set(calls))
    return difference_of(other.kind, first, second, segments)


def _decided(changes: Sequence[Change], gate: Gate) -> list[Change]:
    """The changes with p values adjusted in their family, and their verdicts."""
    adjusted: dict[str, float] = {}
    for primary in (True, False):
        family = {
            change.key: change.p
            for change in changes
            if change.primary is primary and change.p is not None
        }
        adjusted |= dict(zip(family, holm(list(family.values())), strict=True))
    return [
        replace(
            change,
            adjusted=adjusted[change.key],
            verdict=_direction(change, adjusted[change.key] <= gate.level),
        )
        if change.key in adjusted
        else change
        for change in changes
    ]


def _direction(change: Change, shown: bool) -> Direction:
    if not shown or change.drop == 0:
        return "no difference shown"
    return "worse" if change.drop > 0 else "better"


def _explained(
    change: Change, changes: Sequence[Change], before: Scores, after: Scores, gate: Gate
) -> Change:
    """A change for the worse with the stages that it follows from, and where it is."""
    if change.verdict != "worse":
        return change
    worse = {each.key for each in changes if each.verdict == "worse"}
    # each of them is looked at once more, so each by its part of the level
    level = gate.level / len(worse)

    def still_worse(only: Collection[Call]) -> bool | None:
        one, other = before.metric(change.key), after.metric(change.key)
        calls, *_ = paired_samples(one, other, only)
        if len(calls) < gate.metric_calls:
            return None
        found = _test(one, other, before, after, only)
        return found.p <= level and replace(change, difference=found.difference).drop > 0

    return replace(
        change,
        follows=followed_stages(change, worse, before, after, still_worse),
        details=details_of(change, before, after),
    )


def _rooted(changes: Sequence[Change]) -> list[Change]:
    """What follows from something that itself follows, said to follow from where it began."""
    roots = {change.stage for change in changes if change.verdict == "worse" and not change.follows}
    return [
        replace(change, follows=tuple(stage for stage in change.follows if stage in roots))
        if roots & set(change.follows)
        else change
        for change in changes
    ]
