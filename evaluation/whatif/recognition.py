"""What would another recognizer have heard: recorded speech recognized again.

It gets the very stretch of audio, the hints and the wish for an answer that the call's recognizer
got, and its reading is compared with that one's; where it is known what was really said, with that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from evaluation.whatif.answers import Difference, Effect, Total, WhatIf
from evaluation.whatif.recorded import Recorded, RecordedError, caller_audio
from evaluation.words import Errors, word_errors
from voicebot.conversation import commands as do
from voicebot.conversation.events import Expectation, Party, Transcript
from voicebot.conversation.masking import MASK
from voicebot.conversation.readings import answering, chosen
from voicebot.engines.base import EngineError, Recognizer

PAUSE: Final = 0.096
"""Seconds after the pause that are recognized with it: what the agent's settings have."""
LIMITS: Final = (
    "Only words are told anew: with other words the bot would have answered otherwise, and the "
    "caller said something else.",
    "Answers to secret questions are left out: they were not kept.",
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Speech that the agent recognized and took for a turn, as its journal has it."""

    at: float
    since: float
    until: float
    hints: tuple[str, ...]
    expects: Expectation
    text: str
    decided: float


@dataclass(frozen=True, slots=True)
class Reheard:
    """A turn as it was heard and as the other recognizer hears it; `said`: '' where not known."""

    call: str
    at: float
    then: str
    now: str
    said: str = ""
    errors: tuple[Errors, Errors] | None = None
    behind_change: bool = False


def stretches(recorded: Recorded) -> Iterator[Stretch]:
    """What the caller said turn by turn, without secrets."""
    asked: dict[int, do.Transcribe] = {}
    texts: dict[int, str] = {}
    for step in recorded.journal.steps:
        if isinstance(step.event, Transcript):
            texts[step.event.attempt] = step.event.meant
        taken = any(isinstance(c, do.AskDialogue) for c in step.commands)
        for command in step.commands:
            if isinstance(command, do.Transcribe) and not command.partial:
                asked[command.attempt] = command
            elif isinstance(command, do.RecordTurn) and command.party is Party.CALLER and taken:
                found = _behind(command, asked, texts)
                if found is not None and not command.sensitive and MASK not in command.text:
                    yield Stretch(
                        command.times["started"],
                        found.since,
                        found.until,
                        found.hints,
                        found.expects,
                        command.text,
                        command.times.get("decided", step.now),
                    )


def _behind(
    line: do.RecordTurn, asked: dict[int, do.Transcribe], texts: dict[int, str]
) -> do.Transcribe | None:
    """The recognition whose words the line has."""
    paused = line.times.get("paused")
    return next(
        (
            command
            for attempt, command in reversed(asked.items())
            if command.party is Party.CALLER and command.until == paused and attempt in texts
        ),
        None,
    )


def reheard(recorded: Recorded, recognizer: Recognizer, pause: float = PAUSE) -> list[Reheard]:
    """The turns of a call as `recognizer` hears them. Raises EngineError, RecordedError."""
    found: list[Reheard] = []
    differs = False
    for stretch in stretches(recorded):
        audio = caller_audio(recorded, stretch.since, stretch.until + pause)
        if audio is None:
            continue
        pcm, rate = audio
        wanted = answering(stretch.expects) if stretch.expects.kind == "digits" else None
        heard = recognizer.recognize(pcm, rate, stretch.hints, wanted)
        readings = (heard.text, *heard.alternatives)
        now = readings[chosen(heard.text, heard.alternatives, stretch.expects)].strip()
        turn = recorded.turn_at(stretch.decided)
        said = turn.reference if turn is not None and not turn.cut_off else ""
        if turn is not None and turn.secret:
            continue
        errors = (word_errors(said, stretch.text), word_errors(said, now)) if said else None
        found.append(Reheard(recorded.name, stretch.at, stretch.text, now, said, errors, differs))
        differs = differs or bool(_words(now) != _words(stretch.text))
    return found


def answer(
    recorded: Iterable[Recorded | str], recognizer: Recognizer, pause: float = PAUSE
) -> WhatIf:
    """What `recognizer` would have heard in many calls."""
    turns: list[Reheard] = []
    unusable: list[str] = []
    calls = told = 0
    for one in recorded:
        if isinstance(one, str):
            unusable.append(one)
            continue
        if one.audio is None or one.shift is None:
            missing = "there is no recording" if one.audio is None else "its clocks don't agree"
            unusable.append(f"{one.name}: {missing}")
            continue
        try:
            heard = reheard(one, recognizer, pause)
        except (EngineError, RecordedError) as error:
            unusable.append(f"{one.name}: {error}")
            continue
        calls += 1
        told += sum(1 for _ in stretches(one))
        turns += heard
    return WhatIf(
        "recognition",
        f"What if {recognizer.name} had recognized?",
        calls,
        told,
        len(turns),
        sum(turn.behind_change for turn in turns),
        _totals(turns),
        tuple(_difference(turn) for turn in turns),
        tuple(unusable),
        LIMITS,
    )


def _totals(turns: list[Reheard]) -> tuple[Total, ...]:
    known = [turn.errors for turn in turns if turn.errors is not None]
    words = sum(then.words for then, _ in known)
    rates = [sum(pair[side].errors for pair in known) / words if words else None for side in (0, 1)]
    same = sum(_words(turn.then) == _words(turn.now) for turn in turns)
    return (
        Total(f"word error rate, {words} words of known text", rates[0], rates[1], "share"),
        Total("turns with the same words", float(len(turns)), float(same), "turns"),
    )


def _difference(turn: Reheard) -> Difference:
    effect: Effect = "same" if _words(turn.then) == _words(turn.now) else "changed"
    if turn.errors is not None and effect == "changed":
        then, now = (one.errors for one in turn.errors)
        effect = "better" if now < then else "worse" if now > then else "changed"
    why = f"said was {turn.said!r}" if turn.said and effect != "same" else ""
    if turn.behind_change and effect != "same":
        why = f"{why}; behind a turn that was heard otherwise".lstrip("; ")
    return Difference(turn.call, turn.at, repr(turn.then), repr(turn.now), effect, why)


def _words(text: str) -> str:
    return " ".join(text.lower().replace(",", " ").replace(".", " ").split())
