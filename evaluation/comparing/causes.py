"""Why a metric got worse: what follows from what, and where it is to be seen.

A bot that cuts its callers off hears half of what they say, understands less and fails at its task:
one fault, and four stages with worse figures. A stage is to blame where it got worse also in the
calls in which nothing before it did; else it follows from what came before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from scipy import stats

from evaluation.bench.intervals import Figure
from evaluation.comparing.model import Call, Change
from evaluation.comparing.pairing import operations
from evaluation.comparing.wording import amount
from evaluation.scoring.model import Metric, Scores, Stage
from evaluation.statistics.bootstrap import Sample
from evaluation.statistics.multiplicity import holm

UPSTREAM: Final[Mapping[Stage, tuple[Stage, ...]]] = {
    "activity": (),
    "recognition": ("activity",),
    "understanding": ("activity", "recognition"),
    "dialogue": ("activity", "recognition", "understanding", "turn_taking"),
    "turn_taking": ("activity", "recognition", "understanding"),
    "speech_output": (),
    "whole": ("activity", "recognition", "understanding", "dialogue", "turn_taking"),
    "conversions": (),
}
"""The stages whose faults a stage inherits."""
ON_REFERENCE: Final = "_reference"
"""In the key of a metric of the text as it was said: nothing that was heard has a part in it."""
_TIMES: Final = frozenset({"ms", "s"})
_MOST: Final = 4
"""Details of a kind that a reader is shown."""
_SURE: Final = 0.05
_OPERATIONS: Final = {"S": "another word", "D": "words left out", "I": "words not said"}


def followed_stages(
    change: Change,
    worse: Collection[str],
    before: Scores,
    after: Scores,
    still_worse: Callable[[Collection[Call]], bool | None],
) -> tuple[Stage, ...]:
    """The stages that explain why `change` is for the worse; none where it stands by itself.

    `worse` are the keys of all metrics that got worse. `still_worse` judges the change again by
    some of the calls, and says None where they are too few: then what came before is to blame.
    """
    earlier = [
        after.metric(key)
        for key in sorted(worse)
        if _inherits(change, after.metric(key)) and key != change.key
    ]
    if not earlier:
        return ()
    hurt = {call for metric in earlier for call in _hurt_calls(before.metric(metric.key), metric)}
    metric = after.metric(change.key)
    if still_worse({call for call in metric.samples if call not in hurt}):
        return ()
    stages = {each.stage for each in earlier}
    return tuple(stage for stage in UPSTREAM[change.stage] if stage in stages)


def _inherits(change: Change, earlier: Metric) -> bool:
    """Can `change` come from that metric? Waits come from waits, errors from errors."""
    if ON_REFERENCE in change.key:
        return False
    alike = (change.unit in _TIMES) == (earlier.unit in _TIMES)
    return alike and earlier.stage in UPSTREAM[change.stage]


def _hurt_calls(before: Metric, after: Metric) -> set[Call]:
    """The calls in which the metric got worse."""
    sign = -1 if after.better == "higher" else 1
    return {
        call
        for call, sample in after.samples.items()
        if call in before.samples
        and sign * (_level(after, sample) - _level(before, before.samples[call])) > 0
    }


def _level(metric: Metric, sample: Sample) -> float:
    """One number for what a call adds."""
    if metric.kind == "ratio":
        return sample[0] / sample[1] if sample[1] else 0.0
    return sum(sample) / len(sample) if sample else 0.0


def details_of(change: Change, before: Scores, after: Scores) -> tuple[str, ...]:
    """Where a change for the worse is: the intents, the kinds of errors, the tags."""
    found: list[str] = []
    if change.key.startswith("understanding.accuracy"):
        basis = "reference" if ON_REFERENCE in change.key else "heard"
        found += _lost_intents(_confusion(before, basis), _confusion(after, basis))
    if change.key == "recognition.wer":
        found += _more_errors(before, after)
    return (*found, *_worse_tags(change, before.metric(change.key), after.metric(change.key)))


def _confusion(scores: Scores, basis: str) -> Mapping[tuple[str, str], int]:
    return next((each.counts for each in scores.confusions if each.basis == basis), {})


def _lost_intents(
    before: Mapping[tuple[str, str], int], after: Mapping[tuple[str, str], int]
) -> list[str]:
    """The intents that are found less often than before, by Fisher's exact test of each."""
    names = sorted({expected for expected, _ in before} & {expected for expected, _ in after})
    rows = [(name, _found(before, name), _found(after, name)) for name in names]
    p_values = holm([_fisher(one, other) for _, one, other in rows])
    lost = [
        (one[0] / one[1] - other[0] / other[1], name, one, other)
        for (name, one, other), p in zip(rows, p_values, strict=True)
        if p <= _SURE and one[0] / one[1] > other[0] / other[1]
    ]
    return [
        f"intent {name}: {one[0]} of {one[1]} found before, {other[0]} of {other[1]} after"
        for _, name, one, other in sorted(lost, reverse=True)[:_MOST]
    ]


def _found(counts: Mapping[tuple[str, str], int], name: str) -> tuple[int, int]:
    """How often the intent was found, of how often it was meant."""
    return counts.get((name, name), 0), sum(
        count for (expected, _), count in counts.items() if expected == name
    )


def _fisher(one: tuple[int, int], other: tuple[int, int]) -> float:
    table = [[one[0], one[1] - one[0]], [other[0], other[1] - other[0]]]
    return float(stats.fisher_exact(table).pvalue)


def _more_errors(before: Scores, after: Scores) -> list[str]:
    calls = {(each.case, each.attempt) for each in before.alignments}
    calls &= {(each.case, each.attempt) for each in after.alignments}
    one, other = (operations(each.alignments, calls) for each in (before, after))
    more = sorted(((other.get(op, 0) - one.get(op, 0), op) for op in _OPERATIONS), reverse=True)
    return [
        f"{_OPERATIONS[op]}: {one.get(op, 0)} before, {other.get(op, 0)} after"
        for rise, op in more
        if rise > 0
    ]


def _worse_tags(change: Change, before: Metric, after: Metric) -> list[str]:
    """The tags whose intervals lie apart, the worst first."""
    found = []
    for tag, now in after.by_tag.items():
        then = before.by_tag.get(tag)
        if then is not None and _apart(change, then, now):
            found.append((abs(now.value - then.value), tag, then, now))
    return [
        f"{tag}: {amount(then.value, change.unit)} before, {amount(now.value, change.unit)} after"
        for _, tag, then, now in sorted(found, key=lambda each: each[:2], reverse=True)[:_MOST]
    ]


def _apart(change: Change, then: Figure, now: Figure) -> bool:
    return now.high < then.low if change.better == "higher" else now.low > then.high
