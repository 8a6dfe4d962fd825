"""A `Case` as it is written on a line of cases.jsonl: only what differs from the usual. Pure."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from evaluation.sets.model import (
    Action,
    Case,
    Entity,
    Expected,
    Goal,
    Keys,
    Limits,
    Line,
    Persona,
    Say,
    Silence,
    Turn,
)


def case_entry(case: Case, folder: Path) -> dict[str, Any]:
    """The object of a case whose recordings lie in `folder`."""
    usual = Case(id="")
    entry: dict[str, Any] = {
        "id": case.id,
        "caller": case.caller,
        "voice": case.voice if case.voice != usual.voice else "",
        "tags": list(case.tags),
        "line": _changed(case.line, Line()),
        "limits": _changed(case.limits, Limits()),
        "expected": _expected(case.expected),
    }
    entry = {key: value for key, value in entry.items() if value}
    if case.goal is not None:
        entry["goal"] = _goal(case.goal)
        entry |= _named("persona", _changed(case.persona, Persona()))
    else:
        entry["turns"] = [_turn(turn, folder) for turn in case.turns]
    return entry


def _turn(turn: Turn, folder: Path) -> dict[str, Any]:
    if isinstance(turn, Keys):
        return {"keys": turn.digits} | _named("secret", turn.secret)
    if isinstance(turn, Silence):
        return {"silence": turn.seconds}
    return _said(turn, folder)


def _said(turn: Say, folder: Path) -> dict[str, Any]:
    entry: dict[str, Any] = _named("backchannel" if turn.backchannel else "say", turn.text)
    if turn.backchannel and not turn.text:
        entry = {"backchannel": ""}
    if turn.audio is not None:
        entry["audio"] = turn.audio.relative_to(folder).as_posix()
    entry |= _named("voice", turn.voice) | _named("intent", turn.intent)
    entry |= _named("entities", [_entity(entity) for entity in turn.entities])
    if turn.barge_in is not None:
        entry["barge_in"] = turn.barge_in
    return entry | _named("secret", turn.secret)


def _entity(entity: Entity) -> dict[str, Any]:
    return {"kind": entity.kind, "value": entity.value} | _named("text", entity.text)


def _goal(goal: Goal) -> dict[str, Any]:
    return {"task": goal.task} | _named("knows", dict(goal.knows))


def _expected(expected: Expected) -> dict[str, Any]:
    database = {rows.table: [dict(row) for row in rows.rows] for rows in expected.database}
    return (
        _named("outcome", expected.outcome)
        | _named("actions", [_action(action) for action in expected.actions])
        | _named("never", [_action(action) for action in expected.never])
        | _named("database", database)
        | _named("says", list(expected.says))
        | _named("never_says", list(expected.never_says))
    )


def _action(action: Action) -> dict[str, Any]:
    return {"name": action.name} | _named("arguments", dict(action.arguments))


def _changed(value: Line | Limits | Persona, usual: Line | Limits | Persona) -> dict[str, Any]:
    """The fields in which `value` is not as usual."""
    pairs = {field.name: getattr(value, field.name) for field in fields(value)}
    return {
        name: list(given) if isinstance(given, tuple) else given
        for name, given in pairs.items()
        if given != getattr(usual, name)
    }


def _named(name: str, value: object) -> dict[str, Any]:
    return {name: value} if value else {}
