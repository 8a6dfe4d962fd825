"""What a journal remembers of the world around a call, so that the call can be conducted again.

A journal holds causes and effects in one line. Conducted anew, a call needs the causes alone, each
with what it hangs on:

    what the caller did        speech, keys, hanging up: a reaction to what the bot said before it
    what the seats did         so long after the dialogue wanted a person
    answers to commands        transcripts, hints, replies, speech: so long after the command
    timers                     not at all: the machine sets its own

Pure. Times are seconds since the call began.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from voicebot.conversation import commands as do
from voicebot.conversation.events import (
    DialogueFailed,
    DialoguePrepared,
    Event,
    ExpertJoined,
    ExpertLeft,
    MarkEchoed,
    NoSeat,
    Party,
    PieceFailed,
    PieceRendered,
    PieceSent,
    PieceStarted,
    RecognitionFailed,
    Reply,
    SeatRinging,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
    Transcript,
    TurnHint,
)
from voicebot.conversation.journal import Journal, Step

REACTION: Final = 0.25
"""Seconds that anybody needs to react to what they hear: what they begin sooner after the bot's
first sound is no answer to it, but what they were saying anyway."""

_SAME: Final = 0.03
"""Seconds by which the moment of a cut may be off: timers fire a little late."""

Answer = tuple[float, Event]
"""Seconds after the command that asked for it, and the answer."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that came from outside at `at`, after the answer to ask number `after` was heard
    (0: before any). The asks of a call are its AskDialogue and TellDialogue, from 1."""

    at: float
    event: Event
    after: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What recognition and the turn predictor made of speech from `started` on to a pause; either
    may be missing. `started` is 0 in a call's first moments, where less than the lead-in was there
    before it."""

    started: float
    transcript: Answer | None
    hint: Answer | None


class Memory:
    """The causes in a journal. `asks` are the times at which the dialogue was asked something,
    `answered` when the first sound of each answer went out (infinite where none did)."""

    def __init__(self, journal: Journal) -> None:
        self._steps = journal.steps
        self.asks = tuple(at for at, _ in _commands(self._steps, do.AskDialogue, do.TellDialogue))
        self.answered = _answered(self._steps, self.asks)
        self.happenings = tuple(self._happenings())
        self._heard = self._recognitions(journal.policy.lead_in)
        self._replies = self._replied()
        self._pieces = self._sounded()

    def heard(self, party: Party, paused: float) -> Sequence[Heard]:
        """What was made of the speech of `party` that fell silent, or was cut, at `paused`."""
        return [
            one
            for (whose, until), several in self._heard.items()
            if whose is party and abs(until - paused) < _SAME
            for one in several
        ]

    def reply(self, turn: int) -> Answer | None:
        """What the dialogue answered to turn `turn`."""
        return self._replies.get(turn)

    def piece(self, name: str) -> Sequence[Answer]:
        """What became of a piece of the bot's speech, counted from the command to say it."""
        return self._pieces.get(name, ())

    # ── reading the journal ───────────────────────────────────────────────────────────────────

    def _happenings(self) -> Iterator[Happening]:
        audible = [at + REACTION for at in self.answered]
        begun: dict[Party, int] = {}
        for step in self._steps:
            if isinstance(step.event, _ANSWERS):
                continue
            if isinstance(step.event, _SEATS):
                after = bisect_right(self.asks, step.now)  # what the dialogue wanted, they answer
            else:
                after = bisect_right(audible, step.now)
            if isinstance(step.event, SpeechStarted):
                after = bisect_right(audible, step.event.at)
                begun[step.event.party] = after
            elif isinstance(step.event, SpeechPaused):
                after = begun.get(step.event.party, after)  # an end belongs to its beginning
            yield Happening(step.now, step.event, after)

    def _recognitions(self, lead_in: float) -> dict[tuple[Party, float], list[Heard]]:
        transcripts = {s.event.attempt: s for s in self._steps if isinstance(s.event, _WORDS)}
        hints = {s.event.attempt: s for s in self._steps if isinstance(s.event, TurnHint)}
        found: dict[tuple[Party, float], list[Heard]] = defaultdict(list)
        for at, command in _commands(self._steps, do.Transcribe):
            if not isinstance(command, do.Transcribe) or command.partial:
                continue
            one = Heard(
                started_at(command, lead_in),
                _answer(transcripts.get(command.attempt), at),
                _answer(hints.get(command.attempt), at),
            )
            found[command.party, command.until].append(one)
        return dict(found)

    def _replied(self) -> dict[int, Answer]:
        asked = {
            command.turn: at
            for at, command in _commands(self._steps, do.AskDialogue, do.TellDialogue)
            if isinstance(command, do.AskDialogue | do.TellDialogue)
        }
        return {
            step.event.turn: (step.now - asked[step.event.turn], step.event)
            for step in self._steps
            if isinstance(step.event, Reply | DialogueFailed) and step.event.turn in asked
        }

    def _sounded(self) -> dict[str, list[Answer]]:
        said = {c.piece: at for at, c in _commands(self._steps, do.Say) if isinstance(c, do.Say)}
        found: dict[str, list[Answer]] = defaultdict(list)
        for step in self._steps:
            name = _piece_of(step.event)
            if name in said:
                found[name].append((step.now - said[name], step.event))
        return dict(found)


def started_at(command: do.Transcribe, lead_in: float) -> float:
    """When the speech began that is to be recognized; 0 where the lead-in is cut short."""
    return command.since + lead_in if command.since > 0.0 else 0.0


_SEATS = SeatRinging | ExpertJoined | ExpertLeft | NoSeat
_PIECES = PieceRendered | PieceStarted | PieceSent | PieceFailed
_WORDS = Transcript | RecognitionFailed
_ANSWERS = (
    Transcript
    | RecognitionFailed
    | TurnHint
    | Reply
    | DialogueFailed
    | DialoguePrepared
    | PieceRendered
    | PieceStarted
    | PieceSent
    | PieceFailed
    | MarkEchoed
    | TimerFired
)


def _commands(
    steps: Sequence[Step], *kinds: type[do.Command]
) -> Iterator[tuple[float, do.Command]]:
    for step in steps:
        for command in step.commands:
            if isinstance(command, kinds):
                yield step.now, command


def _answered(steps: Sequence[Step], asks: Sequence[float]) -> tuple[float, ...]:
    """When the caller could hear the answer to each ask; never earlier than to the ask before."""
    sounds = sorted(s.now for s in steps if isinstance(s.event, PieceStarted))
    found, before = [], 0.0
    for number, asked in enumerate(asks):
        until = asks[number + 1] if number + 1 < len(asks) else math.inf
        first = next((at for at in sounds if asked <= at < until), None)
        # Without a sound of its own it can only be reacted to by what comes after the next ask.
        before = max(before, first if first is not None else until)
        found.append(before)
    return tuple(found)


def _answer(step: Step | None, asked: float) -> Answer | None:
    return None if step is None else (max(step.now - asked, 0.0), step.event)


def _piece_of(event: Event) -> str:
    if isinstance(event, MarkEchoed):
        return event.name
    return event.piece if isinstance(event, _PIECES) else ""
