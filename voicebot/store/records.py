"""What the store answers with: plain, immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How a call ended."""

    CONTAINED = "contained"
    EXPERT = "expert"
    CALLBACK = "callback"
    FAX = "fax"
    ABANDONED = "abandoned"
    FAILED = "failed"


class RecordingState(StrEnum):
    """Whether there is a recording: `lost` means that it ends before the call does."""

    NONE = "none"
    RUNNING = "running"
    COMPLETE = "complete"
    LOST = "lost"


class TransferResult(StrEnum):
    """What became of an attempt to bring an expert in."""

    RINGING = "ringing"
    ANSWERED = "answered"
    NO_SEAT = "no_seat"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class CallSummary:
    """A call as a list shows it; `ended_at` and `outcome` are None while it runs.

    `recording` is the path of the WAV file relative to the data directory, or ''.
    """

    id: str
    network: str
    caller: str
    callee: str
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    outcome_reason: str
    recording: str
    recording_state: RecordingState
    slots: Mapping[str, Any]
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class Incident:
    """Something went wrong at `at` (UTC)."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class TurnLine:
    """A line of the transcript; fields as in `conversation.commands.RecordTurn`."""

    number: int
    party: str
    kind: str
    text: str
    heard: str | None
    confidence: float | None
    intent: str
    intent_confidence: float | None
    slots: Mapping[str, Any]
    sensitive: bool
    times: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """An attempt to bring an expert in; `seat` and `seat_name` are '' until one answers."""

    id: str
    call_id: str
    at: datetime
    reason: str
    topic: str
    skill: str
    seat: str
    seat_name: str
    result: TransferResult
    answered_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallbackRecord:
    """A caller who is to be called back; `state` is open or done."""

    id: str
    call_id: str
    number: str
    reason: str
    topic: str
    created_at: datetime
    state: str
    done_at: datetime | None
    done_by: str


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """What the expert at `seat` wrote."""

    id: str
    call_id: str
    seat: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Everything that is kept of one call, lines and notes in order."""

    call: CallSummary
    turns: tuple[TurnLine, ...]
    transfers: tuple[TransferRecord, ...]
    callbacks: tuple[CallbackRecord, ...]
    notes: tuple[NoteRecord, ...]
