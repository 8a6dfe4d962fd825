"""What a call machine wants done: the commands that the shell carries out.

Commands are small immutable values, carried out in order. A command never answers; what comes of it
returns as an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voicebot.conversation.events import Expectation, Party


@dataclass(frozen=True, slots=True)
class Transcribe:
    """Recognize what `party` said from `since` to `until` (s); answers Transcript(attempt).

    A `partial` one, while they speak on, is for those who read along; it may go unanswered. Of
    several readings that is wanted which answers what the dialogue `expects`.
    """

    attempt: int
    since: float
    until: float
    party: Party = Party.CALLER
    hints: tuple[str, ...] = ()
    partial: bool = False
    expects: Expectation = field(default_factory=Expectation)


@dataclass(frozen=True, slots=True)
class CancelTranscribe:
    """Nobody needs the answer of recognition attempt `attempt` any more, nor a judgement of it."""

    attempt: int
    party: Party = Party.CALLER


@dataclass(frozen=True, slots=True)
class JudgeTurn:
    """Does what `party` said from `since` to `until` (s) sound complete? May answer TurnHint."""

    attempt: int
    since: float
    until: float
    party: Party = Party.CALLER


@dataclass(frozen=True, slots=True)
class AskDialogue:
    """The caller's turn `turn` is over and said `text`; answers Reply or DialogueFailed."""

    turn: int
    text: str
    confidence: float
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrepareDialogue:
    """Find out, with no effect, what `text` would be answered; may answer DialoguePrepared."""

    attempt: int
    text: str
    confidence: float
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TellDialogue:
    """Something other than words happened: start, dtmf, silence, not_understood. Answers alike."""

    turn: int
    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """Speak `text` after what is already queued, then send the mark `piece`.

    `since` (s) leaves out about as much of the beginning of its audio: the piece was cut there
    under the name `resumes`, and the player may still have its audio.
    """

    piece: str
    text: str
    rate: float = 1.0
    since: float = 0.0
    resumes: str = ""


@dataclass(frozen=True, slots=True)
class RenderAhead:
    """`text` may have to be said in a moment: begin to make its audio."""

    text: str
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class PlayRingback:
    """Let the caller hear the ringing tone until the next Say or ClearAudio."""


@dataclass(frozen=True, slots=True)
class ClearAudio:
    """Stop sending at once, drop what is queued, and clear what the network has buffered.

    Until the next command to speak nothing sounds. What was cut may be taken up again: see Say.
    """


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Fire TimerFired(name) at time `at` (s); replaces a timer of the same name."""

    name: str
    at: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Forget the timer `name`, if it is set."""

    name: str


@dataclass(frozen=True, slots=True)
class RingSeat:
    """Find a person with `skill`; answers SeatRinging, ExpertJoined or NoSeat."""

    reason: str
    topic: str = ""
    skill: str = ""


@dataclass(frozen=True, slots=True)
class CancelRing:
    """Nobody needs to answer any more."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """Join the caller and the expert: each hears the other from now on."""


@dataclass(frozen=True, slots=True)
class ReleaseSeat:
    """The call is over for the expert; the seat goes to wrap-up."""

    reason: str


@dataclass(frozen=True, slots=True)
class StoreCallback:
    """Keep a request to call `number` back."""

    number: str
    reason: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class ReceiveFax:
    """The line belongs to the fax receiver from now on; answers FaxEnded."""


@dataclass(frozen=True, slots=True)
class EndFax:
    """No more audio will come: let the fax receiver keep what it has, and answer FaxEnded."""

    reason: str


@dataclass(frozen=True, slots=True)
class PauseRecording:
    """Write silence for the caller's channel from now on."""


@dataclass(frozen=True, slots=True)
class ResumeRecording:
    """Write the caller's channel again."""


@dataclass(frozen=True, slots=True)
class RecordTurn:
    """Insert or update turn line `number` of the call's record and show it to who is watching.

    `times` holds seconds since the call began by stage: started, paused, decided, transcribed,
    replied, first_audio, finished. `heard` is what the listener can have heard of a bot line that
    was cut short (None: all of it).
    """

    number: int
    party: Party
    text: str
    kind: str = "speech"  # speech, keys, silence, system
    confidence: float | None = None
    intent: str = ""
    intent_confidence: float | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)
    heard: str | None = None
    sensitive: bool = False
    times: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShowPartial:
    """Show what `party` is saying: `stable` words won't change, `tentative` ones may.

    It replaces what was shown of the party before; without words it takes that away.
    """

    party: Party
    stable: str = ""
    tentative: str = ""


@dataclass(frozen=True, slots=True)
class UpdateDossier:
    """What the dialogue knows now: shown to an expert and kept with the call."""

    slots: Mapping[str, Any]
    requested_slot: str = ""


@dataclass(frozen=True, slots=True)
class NoteIncident:
    """Write into the call's record that something went wrong: `what` in a few words."""

    what: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call on the network."""

    reason: str


@dataclass(frozen=True, slots=True)
class CloseRecord:
    """The call is over: `outcome` is contained, expert, callback, fax, abandoned or failed."""

    outcome: str
    reason: str = ""


Command = (
    Transcribe
    | CancelTranscribe
    | JudgeTurn
    | AskDialogue
    | PrepareDialogue
    | TellDialogue
    | Say
    | RenderAhead
    | PlayRingback
    | ClearAudio
    | SetTimer
    | CancelTimer
    | RingSeat
    | CancelRing
    | Bridge
    | ReleaseSeat
    | StoreCallback
    | ReceiveFax
    | EndFax
    | PauseRecording
    | ResumeRecording
    | RecordTurn
    | ShowPartial
    | UpdateDossier
    | NoteIncident
    | HangUp
    | CloseRecord
)
