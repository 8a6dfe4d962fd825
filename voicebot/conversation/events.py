"""What can happen in a call: the events that a call machine is fed.

Every event is a small immutable value. Times named ``at`` are seconds since the call began, on the
clock that the shell passes to the machine as ``now``. Events that belong to one of two speakers say
which in ``party``. The journal of a call is the list of (time, event); `journal.py` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from voicebot.conversation.manner import Manner
from voicebot.conversation.wording import Standing


class Party(StrEnum):
    """Who speaks."""

    CALLER = "caller"
    BOT = "bot"
    EXPERT = "expert"


# ── from the telephone network ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CallStarted:
    """The media stream is open and the call identified; `caller` and `callee` are E.164 or ''."""

    call_id: str
    caller: str = ""
    callee: str = ""
    network: str = ""
    marks: bool = True  # does the network echo marks?
    clears: bool = True  # can the network drop what it has buffered?


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed: one of 0-9 * # A-D (or the mask sign in a masked journal)."""

    digit: str


@dataclass(frozen=True, slots=True)
class MarkEchoed:
    """The network has played everything up to the mark `name` (or returned it after a clear)."""

    name: str


@dataclass(frozen=True, slots=True)
class CallerHungUp:
    """The caller's side of the stream is gone; `reason` says how, in a few words.

    `fault`: it ended by an error (a broken protocol, a dead network), not by the caller's wish.
    """

    reason: str = ""
    fault: bool = False


@dataclass(frozen=True, slots=True)
class FaxHeard:
    """The caller is a fax machine: its calling tone was heard at `at`."""

    at: float


@dataclass(frozen=True, slots=True)
class FaxEnded:
    """The fax is over: `pages` of it were received, and kept; `reason` says how it ended."""

    pages: int
    complete: bool
    reason: str = ""


# ── from the ear: voice activity and recognition ──────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Speech began at `at`."""

    at: float
    party: Party = Party.CALLER


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """Speech fell silent at `at` (the end of the sound, not the moment of noticing)."""

    at: float
    party: Party = Party.CALLER


@dataclass(frozen=True, slots=True)
class Word:
    """A recognized word: `start` and `end` in seconds since the call began, `confidence` 0 to 1."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What recognition made of the audio of attempt `attempt`; '' when it heard no words.

    `confidence` is the mean probability of the words, 0 to 1; `alternatives` are other readings,
    best first; `seconds` is how long recognition took, queueing included. `standing` says how the
    words stand and `manner` of what kind they are where the text is masked. `chosen` is the reading
    that answers what was asked: 0 for `text`, else 1 + its place among the alternatives.
    """

    attempt: int
    text: str
    confidence: float
    alternatives: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    seconds: float = 0.0
    standing: Standing | None = None
    chosen: int = 0
    manner: Manner | None = None

    @property
    def meant(self) -> str:
        """The reading that answers what was asked, or the best one."""
        return self.alternatives[self.chosen - 1] if self.chosen else self.text

    @property
    def others(self) -> tuple[str, ...]:
        """All other readings."""
        if not self.chosen:
            return self.alternatives
        at = self.chosen - 1
        return (self.text, *self.alternatives[:at], *self.alternatives[at + 1 :])


@dataclass(frozen=True, slots=True)
class TurnHint:
    """The turn that attempt `attempt` heard sounds complete with `probability` (0 to 1)."""

    attempt: int
    probability: float


@dataclass(frozen=True, slots=True)
class RecognitionFailed:
    """Recognition of attempt `attempt` gave up."""

    attempt: int
    reason: str


# ── from the dialogue ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the dialogue waits for, as trainers wrote it beside the question.

    `kind` is one of digits, yes_no, amount, date, time, name, choice, open; `length` the number of
    digits where it is known (of a choice: the most keys that one of its answers takes); a
    `sensitive` answer is kept out of recordings and transcripts; `hints` are words that are likely
    to come.
    """

    kind: str = "open"
    length: int | None = None
    sensitive: bool = False
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handoff:
    """The dialogue wants a person to take over.

    `reason` is one of asked, not_understood, failed_action, topic, identity, failed_dialogue;
    `skill` names what the seat must be good at ('' for anybody).
    """

    reason: str
    topic: str = ""
    skill: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The dialogue's answer to turn `turn`: texts to speak in order, and what it understood."""

    turn: int
    texts: tuple[str, ...]
    intent: str = ""
    intent_confidence: float = 0.0
    entities: tuple[Mapping[str, Any], ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    requested_slot: str = ""
    expects: Expectation | None = None
    handoff: Handoff | None = None
    end: bool = False
    rate: float = 1.0  # speaking rate, 1 = normal, 0.8 = slower
    seconds: float = 0.0  # how long the dialogue took


@dataclass(frozen=True, slots=True)
class DialoguePrepared:
    """What the words of attempt `attempt` would be answered, said at `rate`, if they were all."""

    attempt: int
    texts: tuple[str, ...]
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class DialogueFailed:
    """The dialogue gave no usable answer to turn `turn`."""

    turn: int
    reason: str


# ── from the mouth: playout ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PieceRendered:
    """All audio of piece `piece` is there and will be sent: `seconds` from its beginning."""

    piece: str
    seconds: float


@dataclass(frozen=True, slots=True)
class PieceStarted:
    """The first audio of piece `piece` went out, which begins `since` (s) into it."""

    piece: str
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class PieceSent:
    """All audio of piece `piece` (`seconds` of it were sent) and its mark went out."""

    piece: str
    seconds: float


@dataclass(frozen=True, slots=True)
class PieceFailed:
    """Piece `piece` could not be spoken; no more than its first `seconds` will be heard."""

    piece: str
    reason: str
    seconds: float = 0.0


# ── from the desk ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SeatRinging:
    """The seat of `name` is ringing for this call."""

    seat: str
    name: str


@dataclass(frozen=True, slots=True)
class ExpertJoined:
    """The expert `name` accepted and the audio of the seat is there."""

    seat: str
    name: str


@dataclass(frozen=True, slots=True)
class ExpertLeft:
    """The expert ended the conversation or was lost (`reason` 'ended' or what happened)."""

    seat: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoSeat:
    """Nobody can take the call; `reason` is 'none_signed_in', 'all_busy' or 'no_answer'."""

    reason: str


# ── from the shell itself ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The timer `name`, set by the machine, is due."""

    name: str


@dataclass(frozen=True, slots=True)
class RecordingLost:
    """The recording could not go on (a full disk, say); the call does."""

    reason: str


@dataclass(frozen=True, slots=True)
class Shutdown:
    """The process is stopping: end the call decently."""

    reason: str


Event = (
    CallStarted
    | Digit
    | MarkEchoed
    | CallerHungUp
    | FaxHeard
    | FaxEnded
    | SpeechStarted
    | SpeechPaused
    | Transcript
    | TurnHint
    | RecognitionFailed
    | Reply
    | DialogueFailed
    | DialoguePrepared
    | PieceRendered
    | PieceStarted
    | PieceSent
    | PieceFailed
    | SeatRinging
    | ExpertJoined
    | ExpertLeft
    | NoSeat
    | TimerFired
    | RecordingLost
    | Shutdown
)
