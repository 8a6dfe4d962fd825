"""Which calls, and which words, of two runs belong together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from evaluation.comparing.model import Call, ComparingError
from evaluation.runs.model import RunInfo
from evaluation.scoring.model import Aligned, Metric, Scores
from evaluation.statistics.bootstrap import adds
from evaluation.statistics.segments import Segment, segments

Samples = list[tuple[float, ...]]


def same_set(before: RunInfo, after: RunInfo) -> None:
    """Raise ComparingError where the runs are not of the same set in the same version."""
    if before.set_digest == after.set_digest:
        return
    names = [f"{info.set_name} {info.set_version}" for info in (before, after)]
    if names[0] != names[1]:
        what = f"the runs are of {names[0]} and of {names[1]}"
    else:
        what = f"the files of {names[0]} changed between the runs"
    raise ComparingError(f"{what}: run both systems with the same set")


def differing_settings(before: RunInfo, after: RunInfo) -> tuple[str, ...]:
    """Notes on what differs between the systems of two runs, and on seeds that do."""
    notes = []
    if before.seed != after.seed:
        notes.append(
            f"The runs have the seeds {before.seed} and {after.seed}: their lines and voices "
            "differ by chance, so smaller differences stay unseen."
        )
    for what, one, other in (
        ("Setting", before.settings, after.settings),
        ("Model", before.models, after.models),
    ):
        notes += [
            f"{what} {name}: {one.get(name)} before, {other.get(name)} after."
            for name in sorted({*one, *other})
            if one.get(name) != other.get(name)
        ]
    notes += [
        f"The run {when} is not complete."
        for when, info in (("before", before), ("after", after))
        if not info.complete
    ]
    return tuple(notes)


def paired_calls(before: Scores, after: Scores) -> tuple[tuple[Call, ...], ...]:
    """The calls of both runs, of the first only, of the second only, each in their run's order."""
    one = {(verdict.case, verdict.attempt): None for verdict in before.verdicts}
    other = {(verdict.case, verdict.attempt): None for verdict in after.verdicts}
    return (
        tuple(call for call in one if call in other),
        tuple(call for call in one if call not in other),
        tuple(call for call in other if call not in one),
    )


def flipped(before: Scores, after: Scores) -> tuple[tuple[Call, ...], tuple[Call, ...]]:
    """The calls that passed and do not any more, and those that do now."""
    passed = {(verdict.case, verdict.attempt): verdict.passed for verdict in before.verdicts}
    broken: list[Call] = []
    mended: list[Call] = []
    for verdict in after.verdicts:
        call = (verdict.case, verdict.attempt)
        if passed.get(call, verdict.passed) != verdict.passed:
            (mended if verdict.passed else broken).append(call)
    return tuple(broken), tuple(mended)


def paired_samples(
    before: Metric, after: Metric, only: Collection[Call] | None = None
) -> tuple[list[Call], Samples, Samples]:
    """The calls that say something of the metric in both runs (of `only`, if given), and what."""
    calls = [
        call
        for call, sample in before.samples.items()
        if (only is None or call in only)
        and adds(before.kind, sample)
        and adds(after.kind, after.samples.get(call, ()))
    ]
    return (
        calls,
        [before.samples[call] for call in calls],
        [after.samples[call] for call in calls],
    )


def paired_segments(
    before: Sequence[Aligned], after: Sequence[Aligned], calls: Collection[Call]
) -> list[Segment]:
    """The segments of all turns of `calls` of which both runs know what was said.

    A turn whose reference was not brought to the same words in both runs can't be taken apart: it
    is one segment.
    """
    others = {(each.case, each.attempt, each.turn): each for each in after}
    found: list[Segment] = []
    for one in before:
        other = others.get((one.case, one.attempt, one.turn))
        if other is None or (one.case, one.attempt) not in calls:
            continue
        if _said(one) == _said(other):
            found += segments([op for op, *_ in one.pairs], [op for op, *_ in other.pairs])
        elif one.errors or other.errors:
            found.append(Segment(one.words, one.errors, other.errors))
    return found


def _said(aligned: Aligned) -> list[str]:
    return [said for operation, said, _ in aligned.pairs if operation != "I"]


def operations(alignments: Sequence[Aligned], calls: Collection[Call]) -> Mapping[str, int]:
    """How many words were right ("="), another one ("S"), left out ("D") and not said ("I")."""
    counts: dict[str, int] = defaultdict(int)
    for operation in _operations(alignments, calls):
        counts[operation] += 1
    return counts


def _operations(alignments: Sequence[Aligned], calls: Collection[Call]) -> Iterator[str]:
    for aligned in alignments:
        if (aligned.case, aligned.attempt) in calls:
            for operation, *_ in aligned.pairs:
                yield operation
