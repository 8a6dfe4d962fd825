"""Small runs made by hand, for what is scored of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluation.runs.model import (
    CallerTurn,
    CallRecord,
    HeardEntity,
    Run,
    RunInfo,
    Understood,
)
from evaluation.scoring.gathered import Gathered, gather
from evaluation.sets.model import Case, EvaluationSet, Say, Turn


def said(number: int, reference: str, heard: str | None = None, **more: Any) -> CallerTurn:
    """A spoken turn, heard as it was said unless something else is given."""
    turn = CallerTurn(number, "say", reference, reference if heard is None else heard)
    return replace(turn, **more)


def understood(intent: str, confidence: float = 0.9, **entities: object) -> Understood:
    """What the dialogue made of a text."""
    found = tuple(HeardEntity(kind, value) for kind, value in entities.items())
    return Understood(intent, confidence, found)


def call(case: str, *turns: CallerTurn, attempt: int = 0, **more: Any) -> CallRecord:
    """A call of 60 s that the bot did alone and that the caller ended."""
    record = CallRecord(
        case, attempt, seed=1, seconds=60.0, ended="caller", outcome="contained", turns=turns
    )
    return replace(record, **more)


def case(name: str, *turns: Turn, **more: Any) -> Case:
    """A case of a set."""
    return replace(Case(name, turns or (Say("hello"),), where="cases.jsonl:1"), **more)


def a_set(cases: Sequence[Case]) -> EvaluationSet:
    """A set of these cases, spoken by people."""
    return EvaluationSet(
        Path("set"), "small", "1", "CC0-1.0", "by hand", "test", False, tuple(cases), digest="d"
    )


def a_run(calls: Sequence[CallRecord], **more: Any) -> Run:
    """A complete run of these calls."""
    info = RunInfo("small", "1", "d", "a bot", 1, 1, len(calls), "2026-01-01", complete=True)
    return Run(replace(info, **more), tuple(calls))


def gathered(cases: Sequence[Case], calls: Sequence[CallRecord]) -> Gathered:
    """Both beside each other."""
    return gather(a_run(calls), a_set(cases))


def one(turns: Sequence[CallerTurn], script: Sequence[Turn] = ()) -> Gathered:
    """One call with these turns, by that script."""
    return gathered(
        [case("a", *(script or [Say(turn.reference) for turn in turns]))], [call("a", *turns)]
    )
