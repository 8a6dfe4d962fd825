"""References that contradict themselves: no system could pass such a case. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from evaluation.sets.model import Action, Case, Expected, Keys, Say, Silence
from evaluation.sets.problems import Problems

ESCALATIONS: Final = frozenset(
    "action_handoff escalate hand_off handoff talk_to_person transfer_to_person".split()
)
"""Actions by which a call goes to a person, as agents call them."""

_WORD: Final = re.compile(r"\w+(?:'\w+)?")


def contradictions(case: Case) -> Iterator[str]:
    """What cannot be true at once within a case."""
    yield from _of_turns(case)
    yield from _of_limits(case)
    yield from _of_actions(case.expected)
    yield from _of_expected(case.expected)
    yield from _of_secrets(case)


def clashes(cases: Sequence[Case], problems: Problems) -> None:
    """What cannot be true of several cases: one id twice, one recording with two texts."""
    ids: dict[str, Case] = {}
    said: dict[object, tuple[str, Case]] = {}
    for case in cases:
        # scoring programs and some file systems take "A1" for "a1"
        first = ids.setdefault(case.id.casefold(), case)
        if first is not case and case.id:
            problems.add(case.where, f"id {case.id!r} is taken: {first.where} has {first.id!r}")
        for turn in case.turns:
            if not isinstance(turn, Say) or turn.audio is None or not turn.text:
                continue
            text, other = said.setdefault(turn.audio, (turn.text, case))
            if _words(text) != _words(turn.text):
                problems.add(
                    case.where,
                    f"{turn.audio.name} says {turn.text!r}, but {text!r} at {other.where}",
                )


def _of_turns(case: Case) -> Iterator[str]:
    for number, turn in enumerate(case.turns):
        if not isinstance(turn, Say):
            continue
        path = f"turns[{number}]"
        for entity in turn.entities:
            if entity.text and not _contains(turn.text, entity.text):
                yield f"{path}: the entity {entity.text!r} is not in {turn.text!r}"
        if turn.backchannel or turn.barge_in is None or number == 0:
            continue
        before = case.turns[number - 1]
        if isinstance(before, Silence):
            # the bot may or may not ask again: there is no speech to count on
            yield f"{path}: a barge_in behind a silence has nothing to break into"


def _of_limits(case: Case) -> Iterator[str]:
    spoken = [turn for turn in case.turns if not (isinstance(turn, Say) and turn.backchannel)]
    if len(spoken) > case.limits.turns:
        yield f"the script has {len(spoken)} turns, but limits.turns is {case.limits.turns}"
    silent = sum(turn.seconds for turn in case.turns if isinstance(turn, Silence))
    if silent >= case.limits.seconds:
        yield f"{silent:g} s of silence, but limits.seconds is {case.limits.seconds:g}"


def _of_actions(expected: Expected) -> Iterator[str]:
    for action in expected.actions:
        if any(_forbids(never, action) for never in expected.never):
            yield f"the action {action.name!r} is expected, and must never be taken"
        if expected.outcome == "contained" and action.name in ESCALATIONS:
            yield f"the outcome is 'contained', but {action.name!r} gives the call to a person"
    if expected.outcome == "escalated":
        for never in expected.never:
            if never.name in ESCALATIONS and not never.arguments:
                yield f"the outcome is 'escalated', but {never.name!r} must never be taken"


def _of_expected(expected: Expected) -> Iterator[str]:
    tables = [rows.table for rows in expected.database]
    for table in sorted({table for table in tables if tables.count(table) > 1}):
        yield f"the table {table!r} is named twice in expected.database"
    for said in expected.says:
        for never_said in expected.never_says:
            if _contains(said, never_said):
                yield f"the bot must say {said!r}, and must never say {never_said!r}"


def _of_secrets(case: Case) -> Iterator[str]:
    """Digits that nobody may keep must not be read out, either."""
    secrets = {
        digits
        for turn in case.turns
        if isinstance(turn, Say | Keys) and turn.secret
        for digits in [turn.digits if isinstance(turn, Keys) else _digits(turn.text)]
        if len(digits) > 2
    }
    for said in case.expected.says:
        if _digits(said) in secrets:
            yield f"the bot must say {said!r}, which is the secret of a turn"


def _forbids(never: Action, action: Action) -> bool:
    """Does `never` forbid `action`? It names the arguments that matter to it."""
    return never.name == action.name and all(
        action.arguments.get(name) == value for name, value in never.arguments.items()
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _contains(text: str, part: str) -> bool:
    """Are the words of `part` in `text`, one after another?"""
    words, wanted = _words(text), _words(part)
    if not wanted:
        return part in text
    return any(words[at : at + len(wanted)] == wanted for at in _starts(words, len(wanted)))


def _starts(words: Sequence[str], length: int) -> Iterable[int]:
    return range(len(words) - length + 1)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdecimal())
