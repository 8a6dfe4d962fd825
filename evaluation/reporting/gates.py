"""What the gate and the comparison with another run say, in words for summary and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evaluation.comparing.model import Call, Change, Comparison, Direction, Rule
from evaluation.reporting.figures import counted, interval, number
from evaluation.reporting.summary import Status

STAGES: Final = {
    "activity": "Hearing when somebody speaks",
    "recognition": "Recognizing words",
    "understanding": "Understanding what is meant",
    "dialogue": "Dialogue",
    "turn_taking": "Taking turns",
    "speech_output": "Speaking",
    "whole": "The whole, from voice to voice",
    "conversions": "Conversions",
}
"""The stages in the order of the page, in plain words."""
_STATUS: Final[dict[str, Status]] = {
    "passed": "good",
    "failed": "bad",
    "not enough data": "open",
}


@dataclass(frozen=True, slots=True)
class ChangeTold:
    """One metric before and after, as text. `style` is the class of its verdict."""

    change: Change
    before: str
    after: str
    difference: str
    interval: str
    p: str
    style: Status


@dataclass(frozen=True, slots=True)
class ComparisonTold:
    """The comparison as the page has it."""

    status: Status
    sentence: str
    rules: tuple[Rule, ...]
    changes: tuple[ChangeTold, ...]
    causes: str
    broken: tuple[Call, ...]
    mended: tuple[Call, ...]
    paired: int
    notes: tuple[str, ...]


def comparison_told(comparison: Comparison) -> ComparisonTold:
    """What the page says of it."""
    causes = ", ".join(STAGES[stage].lower() for stage in comparison.causes)
    notes = list(comparison.notes)
    for name, only in (("before", comparison.before_only), ("now", comparison.after_only)):
        if only:
            notes.append(f"{counted(len(only), 'call')} in the run {name} only: not compared.")
    return ComparisonTold(
        _STATUS[comparison.status],
        _sentence(comparison, causes),
        comparison.rules,
        tuple(_told(change) for change in _by_weight(comparison.changes)),
        causes,
        comparison.broken,
        comparison.mended,
        len(comparison.paired),
        tuple(notes),
    )


def _sentence(comparison: Comparison, causes: str) -> str:
    if not comparison.rules:
        return f"Compared with the run before, this got worse: {causes}." if causes else ""
    if comparison.status == "passed":
        return "The gate is passed."
    decided = [rule for rule in comparison.rules if rule.status == comparison.status]
    reasons = "; ".join(_clause(rule.reason) for rule in decided[:2])
    more = f" (and {len(decided) - 2} more rules)" if len(decided) > 2 else ""
    word = "The gate failed" if comparison.status == "failed" else "The gate can't decide yet"
    cause = f" What got worse by itself: {causes}." if causes else ""
    return f"{word}: {reasons}{more}.{cause}"


def _clause(reason: str) -> str:
    return reason.rstrip(". ")


def _by_weight(changes: Sequence[Change]) -> list[Change]:
    order: dict[Direction, int] = {
        "worse": 0,
        "better": 1,
        "no difference shown": 2,
        "not enough data": 3,
    }
    return sorted(changes, key=lambda change: (order[change.verdict], not change.primary))


def _told(change: Change) -> ChangeTold:
    unit, difference = change.unit, change.difference
    p = change.adjusted if change.adjusted is not None else change.p
    style: Status = "open"
    if change.verdict in ("worse", "better"):
        style = "bad" if change.verdict == "worse" else "good"
    return ChangeTold(
        change,
        "" if change.before is None else number(change.before, unit),
        "" if change.after is None else number(change.after, unit),
        "" if difference is None else number(difference.value, unit, sign=True),
        "" if difference is None else interval(difference, unit),
        "" if p is None else ("< 0.001" if p < 0.001 else f"{p:.3f}"),
        style,
    )
