"""What the record holds, as the pages and the REST interface show it: values made of JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from voicebot.server.control.context import (
    LiveCall,
    LoadStatus,
    PartStatus,
    SeatStatus,
    WaitingCall,
)
from voicebot.store.records import (
    CallbackRecord,
    CallRecord,
    CallSummary,
    NoteRecord,
    RecordingState,
    TransferRecord,
    TurnLine,
)

Json = dict[str, Any]


def call_summary(call: CallSummary) -> Json:
    """A row of the list of calls; `outcome` is `running` while the call goes on."""
    seconds = (call.ended_at - call.started_at).total_seconds() if call.ended_at else None
    return {
        "id": call.id,
        "network": call.network,
        "caller": call.caller,
        "callee": call.callee,
        "started_at": call.started_at.isoformat(),
        "ended_at": _iso(call.ended_at),
        "seconds": seconds,
        "outcome": call.outcome.value if call.outcome else "running",
        "reason": call.outcome_reason,
        "has_recording": has_recording(call),
        "incidents": len(call.incidents),
    }


def has_recording(call: CallSummary) -> bool:
    """Is there something to hear? While it is being written there is not."""
    finished = call.recording_state in (RecordingState.COMPLETE, RecordingState.LOST)
    return finished and call.recording != ""


def call_record(record: CallRecord) -> Json:
    """Everything about a call."""
    call = record.call
    began = call.started_at
    return {
        **call_summary(call),
        "recording": call.recording_state.value,
        "slots": dict(call.slots),
        "incidents": [
            {"after": _seconds(began, entry.at), "what": entry.what} for entry in call.incidents
        ],
        "turns": [turn_line(turn) for turn in record.turns],
        "transfers": [_transfer(transfer, began) for transfer in record.transfers],
        "callbacks": [callback(entry) for entry in record.callbacks],
        "notes": [_note(note) for note in record.notes],
    }


def turn_line(turn: TurnLine) -> Json:
    """A line of the transcript; `times` in seconds since the call began."""
    return {
        "number": turn.number,
        "party": turn.party,
        "kind": turn.kind,
        "text": turn.text,
        "heard": turn.heard,
        "confidence": turn.confidence,
        "intent": turn.intent,
        "intent_confidence": turn.intent_confidence,
        "slots": dict(turn.slots),
        "sensitive": turn.sensitive,
        "times": dict(turn.times),
    }


def callback(record: CallbackRecord) -> Json:
    """Somebody who waits to be called back."""
    return {
        "id": record.id,
        "call_id": record.call_id,
        "number": record.number,
        "reason": record.reason,
        "topic": record.topic,
        "created_at": record.created_at.isoformat(),
        "state": record.state,
    }


def live_call(call: LiveCall, now: datetime) -> Json:
    """A call that is going on."""
    return {
        "call_id": call.call_id,
        "caller": call.caller,
        "network": call.network,
        "state": call.state,
        "seconds": _seconds(call.started_at, now),
        "expert": call.expert,
    }


def load(status: LoadStatus) -> Json:
    """How hard the process is pressed; seconds in milliseconds, CPU in percent of all cores."""
    return {
        "level": status.level,
        "name": status.name,
        "wait_ms": round(1000 * status.wait),
        "lag_ms": round(1000 * status.lag),
        "cpu_percent": round(100 * status.cpu),
    }


def part(status: PartStatus) -> Json:
    """A part of the agent."""
    return {
        "name": status.name,
        "state": status.state.value,
        "detail": status.detail,
        "since": _iso(status.since),
        "restarts": status.restarts,
    }


def seat(status: SeatStatus) -> Json:
    """A seat where somebody is signed in."""
    return {"name": status.name, "state": status.state}


def waiting(call: WaitingCall) -> Json:
    """A call that waits for a person."""
    return {
        "call_id": call.call_id,
        "caller": call.caller,
        "reason": call.reason,
        "seconds": call.seconds,
    }


def _transfer(transfer: TransferRecord, began: datetime) -> Json:
    return {
        "after": _seconds(began, transfer.at),
        "reason": transfer.reason,
        "topic": transfer.topic,
        "skill": transfer.skill,
        "expert": transfer.seat_name,
        "result": transfer.result.value,
        "answered_after": _seconds(began, transfer.answered_at),
        "ended_after": _seconds(began, transfer.ended_at),
    }


def _note(note: NoteRecord) -> Json:
    return {"at": note.at.isoformat(), "seat": note.seat, "text": note.text}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _seconds(began: datetime, moment: datetime | None) -> float | None:
    return (moment - began).total_seconds() if moment else None
