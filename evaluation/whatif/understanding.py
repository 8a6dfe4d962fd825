"""What would another dialogue model have understood: heard words parsed again.

Parsing has no effect on any call. What the bot would have done with another intent, and the caller
after that, is not told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from evaluation.sets.model import Case, Say
from evaluation.whatif.answers import Difference, Effect, Total, WhatIf
from evaluation.whatif.recorded import Recorded
from voicebot.conversation import commands as do
from voicebot.conversation.events import Reply
from voicebot.conversation.masking import MASK
from voicebot.dialogue.base import DialogueError

Parse = Callable[[str], Awaitable[Mapping[str, Any]]]
"""`DialogueEngine.parse`."""

NOTHING: Final = "nothing"
LIMITS: Final = (
    "Only intents are told anew: with another one the bot would have answered otherwise, and the "
    "caller said something else.",
    "A form looks for its answer first, whatever the intent: a change within a form need not show.",
    "Answers to secret questions are left out: they were not kept.",
)


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """Words that the dialogue was told, what it took them for, what was meant ('' : unknown)."""

    call: str
    at: float
    text: str
    intent: str
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Reparsed:
    """A turn with the intent that the other model finds, and whether an earlier one differs."""

    turn: HeardTurn
    now: str
    confidence: float
    behind_change: bool


def heard_turns(recorded: Recorded, case: Case | None = None) -> Iterator[HeardTurn]:
    """What the dialogue was told in a call, without secrets."""
    asked: dict[int, tuple[float, str, float]] = {}
    for step in recorded.journal.steps:
        if isinstance(step.event, Reply) and step.event.turn in asked:
            at, text, decided = asked.pop(step.event.turn)
            if MASK not in text:
                expected = _expected(recorded, case, decided)
                yield HeardTurn(recorded.name, at, text, step.event.intent, expected)
        decided = step.now
        for command in step.commands:
            if isinstance(command, do.RecordTurn):
                decided = command.times.get("decided", step.now)
            elif isinstance(command, do.AskDialogue):
                asked[command.turn] = (step.now, command.text, decided)


def _expected(recorded: Recorded, case: Case | None, decided: float) -> str:
    turn = recorded.turn_at(decided)
    if case is None or turn is None or not 0 <= turn.number < len(case.turns):
        return ""
    planned = case.turns[turn.number]
    return (planned.intent or "") if isinstance(planned, Say) else ""


async def reparsed(turns: Iterable[HeardTurn], parse: Parse) -> list[Reparsed]:
    """The turns of one call, parsed anew. Raises DialogueError."""
    found: list[Reparsed] = []
    differs = False
    for turn in turns:
        intent = (await parse(turn.text)).get("intent") or {}
        now = str(intent.get("name") or NOTHING)
        found.append(Reparsed(turn, now, float(intent.get("confidence") or 0.0), differs))
        differs = differs or now != turn.intent
    return found


async def answer(
    recorded: Iterable[Recorded | str],
    parse: Parse,
    model: str,
    cases: Mapping[str, Case] | None = None,
) -> WhatIf:
    """What the model behind `parse`, called `model`, would have understood in many calls.

    Raises DialogueError when it does not answer.
    """
    turns: list[Reparsed] = []
    unusable: list[str] = []
    calls = 0
    for one in recorded:
        if isinstance(one, str):
            unusable.append(one)
            continue
        calls += 1
        known = (cases or {}).get(one.case)
        try:
            turns += await reparsed(heard_turns(one, known), parse)
        except DialogueError as error:
            reason = f"{one.name}: {error}"
            raise DialogueError(reason, retryable=error.retryable) from error
    return WhatIf(
        "understanding",
        f"What if {model} had understood?",
        calls,
        len(turns),
        len(turns),
        sum(turn.behind_change for turn in turns),
        _totals(turns),
        tuple(_difference(turn) for turn in turns),
        tuple(unusable),
        LIMITS,
    )


def _totals(turns: list[Reparsed]) -> tuple[Total, ...]:
    known = [one for one in turns if one.turn.expected]
    count = len(known)
    then = sum(one.turn.intent == one.turn.expected for one in known)
    now = sum(one.now == one.turn.expected for one in known)
    same = sum(one.turn.intent == one.now for one in turns)
    return (
        Total(
            f"right intents, of {count} turns whose intent is known",
            then / count if count else None,
            now / count if count else None,
            "share",
        ),
        Total("turns with the same intent", float(len(turns)), float(same), "turns"),
    )


def _difference(one: Reparsed) -> Difference:
    turn = one.turn
    effect: Effect = "same"
    if one.now != turn.intent:
        effect = "changed"
        if turn.expected and turn.expected in (one.now, turn.intent):
            effect = "better" if one.now == turn.expected else "worse"
    why = f"{turn.text!r}" if effect != "same" else ""
    if why and turn.expected:
        why += f", meant was {turn.expected}"
    if why and one.behind_change:
        why += "; behind a turn that was understood otherwise"
    now = f"{one.now} ({one.confidence:.2f})"
    return Difference(turn.call, turn.at, turn.intent or NOTHING, now, effect, why)
