"""Was a call as it had to be? What was not, in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from evaluation.scoring.gathered import Call, Gathered
from evaluation.scoring.model import Verdict
from evaluation.scoring.normalise import normalised
from evaluation.scoring.recognition import contains
from evaluation.scoring.values import covers
from evaluation.sets.model import Rows

Kind = Literal["call", "limits", "outcome", "database", "actions", "says"]

_ENDINGS: Final = {
    "interrupted": "the run was interrupted during the call",
    "lost": "the connection was lost",
    "never": "the call was never placed",
}
_OUTCOMES: Final = {"expert": "escalated"}
"""What the agent's record calls otherwise than a set does."""
_NO_RECORD: Final = (
    "without the agent's record (--data) nobody knows outcome, database and actions of the call"
)
_ARGUMENTS, _LONGEST = 3, 40
"""Arguments of an action that are shown where none is asked for, and characters of each."""
_TECHNICAL: Final = frozenset({"id", "call_id", "made_at"})


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that was not as it had to be."""

    kind: Kind
    text: str


def judgeable(call: Call) -> bool:
    """Can it be told whether it was as it had to be? Not if that takes a record where none is."""
    expected = call.case.expected
    in_record = expected.outcome or expected.database or expected.actions or expected.never
    return bool(call.record.recorded or call.record.failure or not in_record)


def outcome_of(call: Call) -> str:
    """What came of the call, in the words of a set: contained, escalated, callback ..."""
    return _OUTCOMES.get(call.record.outcome, call.record.outcome)


def caller_turns(call: Call) -> int:
    """Turns of the caller; a sound of listening is none."""
    return sum(not turn.backchannel for turn in call.record.turns)


def verdicts(gathered: Gathered) -> tuple[Verdict, ...]:
    """The verdict of every call, in the order of the run."""
    found = []
    for call in gathered.calls:
        texts = tuple(reason.text for reason in reasons(call))
        found.append(Verdict(*call.key, passed=not texts, reasons=texts))
    return tuple(found)


def reasons(call: Call) -> list[Reason]:
    """Everything that was not as it had to be; of a call that broke off only that."""
    broken = call.record.failure or _ENDINGS.get(call.record.ended, "")
    if broken:
        return [Reason("call", f"no complete call: {broken}")]
    if not judgeable(call):
        return [Reason("call", _NO_RECORD)]
    expected = call.case.expected
    found = [*_limits(call), *_outcome(call)]
    for rows in expected.database:
        found += _rows(rows, call.record.database.get(rows.table, ()))
    return [*found, *_actions(call), *_says(call)]


def _limits(call: Call) -> Iterator[Reason]:
    limits, turns, seconds = call.case.limits, caller_turns(call), call.record.seconds
    if turns > limits.turns:
        yield Reason("limits", f"turns: {turns}, at most {limits.turns} are allowed")
    if seconds > limits.seconds:
        yield Reason("limits", f"seconds: {seconds:.0f}, at most {limits.seconds:.0f} are allowed")
    elif call.record.ended == "limit" and turns <= limits.turns:
        yield Reason("limits", f"the call did not end within its limits ({seconds:.0f} s)")


def _outcome(call: Call) -> Iterator[Reason]:
    wanted, found = call.case.expected.outcome, outcome_of(call)
    if wanted is not None and wanted != found:
        yield Reason("outcome", f"outcome: expected {wanted}, was {found or 'not recorded'}")


def _rows(wanted: Rows, found: Sequence[Mapping[str, Any]]) -> Iterator[Reason]:
    """Exactly the wanted rows must be there, by the columns that they name."""
    left = list(found)
    for row in sorted(wanted.rows, key=len, reverse=True):
        at = next((at for at, other in enumerate(left) if covers(other, row)), None)
        if at is not None:
            del left[at]
            continue
        others = "; ".join(_shown(other, row) for other in left) or "none"
        yield Reason(
            "database", f"{wanted.table}: expected one row {_shown(row, row)}, found {others}"
        )
    named = {column: None for row in wanted.rows for column in row}
    if len(found) > len(wanted.rows):
        kept = "; ".join(_shown(row, named) for row in left)
        count = len(wanted.rows) or "no"
        noun = "row" if count in ("no", 1) else "rows"
        yield Reason(
            "database", f"{wanted.table}: expected {count} {noun}, found {len(found)}: {kept}"
        )


def _shown(row: Mapping[str, Any], columns: Mapping[str, Any]) -> str:
    """The columns that matter; of a row of which none was named all that are not technical."""
    names = [name for name in columns if name in row] or [n for n in row if n not in _TECHNICAL]
    return " ".join(f"{name}={row[name]}" for name in names)


def _actions(call: Call) -> Iterator[Reason]:
    done = call.record.actions
    left = list(done)
    for wanted in call.case.expected.actions:
        at = next(
            (
                at
                for at, action in enumerate(left)
                if action.name == wanted.name and covers(action.arguments, wanted.arguments)
            ),
            None,
        )
        if at is None:
            same = [a.arguments for a in left if a.name == wanted.name]
            found = "; ".join(_named(wanted.name, args, wanted.arguments) for args in same)
            named = _named(wanted.name, wanted.arguments, wanted.arguments)
            yield Reason("actions", f"actions: expected {named}, found {found or 'none'}")
        else:
            del left[at]
    for never in call.case.expected.never:
        for action in done:
            if action.name == never.name and covers(action.arguments, never.arguments):
                taken = _named(action.name, action.arguments, never.arguments)
                yield Reason("actions", f"actions: {taken} must never be taken")


def _named(name: str, arguments: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """An action with the arguments that are asked for, or of which none is, with a few of all."""
    shown = [key for key in wanted if key in arguments] or list(arguments)[:_ARGUMENTS]
    inside = ", ".join(f"{key}={str(arguments[key])[:_LONGEST]}" for key in shown)
    return f"{name}({inside})"


def _says(call: Call) -> Iterator[Reason]:
    expected = call.case.expected
    if not expected.says and not expected.never_says:
        return
    texts = [text for turn in call.record.bot for text in (turn.text, turn.heard) if text]
    said = [normalised(text, named_money=named) for text in texts for named in (True, False)]
    for phrase in expected.says:
        if not any(contains(words, wording) for words in said for wording in _wordings(phrase)):
            yield Reason("says", f"the bot never said {phrase!r}")
    for phrase in expected.never_says:
        if any(contains(words, wording) for words in said for wording in _wordings(phrase)):
            yield Reason("says", f"the bot said {phrase!r}, which it must never say")


def _wordings(phrase: str) -> list[list[str]]:
    """A phrase in the one form; a bare number may be an amount of money."""
    plain = phrase.strip()
    number = plain.replace(",", "").replace(".", "", 1).isdigit()
    return [normalised(plain), *([normalised(f"${plain}")] if number else [])]
