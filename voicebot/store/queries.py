"""Reading the record of calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from voicebot.store.database import Database
from voicebot.store.models import Call, Callback, Note, Transfer, Turn
from voicebot.store.records import (
    CallbackRecord,
    CallRecord,
    CallSummary,
    Incident,
    NoteRecord,
    Outcome,
    RecordingState,
    TransferRecord,
    TransferResult,
    TurnLine,
)

MOST_CALLS = 500
"""A list of calls is never longer than this; ask for the next page with `before`."""


class CallQueries:
    """What can be asked of the record."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def list_calls(
        self,
        limit: int = 50,
        before: str = "",
        *,
        caller: str = "",
        outcome: Outcome | None = None,
        text: str = "",
    ) -> list[CallSummary]:
        """Calls, newest first: at most `limit`, only those older than the call with id `before`.

        `caller` is a part of the caller's number, `text` a part of a line that was said (case does
        not matter). A `before` that is unknown gives [].
        """
        query = select(Call).order_by(Call.started_at.desc(), Call.id.desc())
        query = query.limit(max(1, min(limit, MOST_CALLS)))
        if caller:
            query = query.where(Call.caller.contains(caller, autoescape=True))
        if outcome is not None:
            query = query.where(Call.outcome == outcome.value)
        if text:
            said = Turn.text.icontains(text, autoescape=True)
            query = query.where(select(Turn.number).where(Turn.call_id == Call.id, said).exists())
        async with self.database.read() as session:
            if before:
                last = await session.get(Call, before)
                if last is None:
                    return []
                at = last.started_at
                query = query.where(
                    or_(Call.started_at < at, and_(Call.started_at == at, Call.id < before))
                )
            return [_summary(call) for call in await session.scalars(query)]

    async def get_call(self, call_id: str) -> CallRecord | None:
        """Everything about one call; None when there is no such call."""
        async with self.database.read() as session:
            call = await session.get(Call, call_id)
            if call is None:
                return None
            turns = await session.scalars(
                select(Turn).where(Turn.call_id == call_id).order_by(Turn.number)
            )
            transfers = await session.scalars(
                select(Transfer).where(Transfer.call_id == call_id).order_by(Transfer.at)
            )
            callbacks = await session.scalars(
                select(Callback).where(Callback.call_id == call_id).order_by(Callback.created_at)
            )
            notes = await session.scalars(
                select(Note).where(Note.call_id == call_id).order_by(Note.at)
            )
            return CallRecord(
                _summary(call),
                tuple(_line(turn) for turn in turns),
                tuple(_transfer(transfer) for transfer in transfers),
                tuple(_callback(callback) for callback in callbacks),
                tuple(_note(note) for note in notes),
            )

    async def running_calls(self, agent: str) -> list[CallSummary]:
        """The calls of `agent` that have not been closed, oldest first."""
        query = select(Call).where(Call.agent == agent, Call.ended_at.is_(None))
        async with self.database.read() as session:
            found = await session.scalars(query.order_by(Call.started_at))
            return [_summary(call) for call in found]

    async def open_callbacks(self, limit: int = MOST_CALLS) -> list[CallbackRecord]:
        """Who waits to be called back, longest first."""
        query = select(Callback).where(Callback.state == "open").order_by(Callback.created_at)
        async with self.database.read() as session:
            return [_callback(found) for found in await session.scalars(query.limit(limit))]

    async def count_outcomes(self, since: datetime) -> Mapping[Outcome, int]:
        """How many calls that began at or after `since` ended in which way."""
        query = select(Call.outcome, func.count()).group_by(Call.outcome)
        query = query.where(Call.started_at >= since, Call.outcome.is_not(None))
        async with self.database.read() as session:
            rows = (await session.execute(query)).all()
        return {Outcome(outcome): count for outcome, count in rows if outcome is not None}


def _summary(call: Call) -> CallSummary:
    return CallSummary(
        id=call.id,
        network=call.network,
        caller=call.caller,
        callee=call.callee,
        started_at=call.started_at,
        ended_at=call.ended_at,
        outcome=None if call.outcome is None else Outcome(call.outcome),
        outcome_reason=call.outcome_reason,
        recording=call.recording,
        recording_state=RecordingState(call.recording_state),
        slots=call.slots,
        incidents=tuple(
            Incident(datetime.fromisoformat(entry["at"]), entry["what"]) for entry in call.incidents
        ),
    )


def _line(turn: Turn) -> TurnLine:
    return TurnLine(
        turn.number,
        turn.party,
        turn.kind,
        turn.text,
        turn.heard,
        turn.confidence,
        turn.intent,
        turn.intent_confidence,
        turn.slots,
        turn.sensitive,
        turn.times,
    )


def _transfer(transfer: Transfer) -> TransferRecord:
    return TransferRecord(
        transfer.id,
        transfer.call_id,
        transfer.at,
        transfer.reason,
        transfer.topic,
        transfer.skill,
        transfer.seat,
        transfer.seat_name,
        TransferResult(transfer.result),
        transfer.answered_at,
        transfer.ended_at,
    )


def _callback(callback: Callback) -> CallbackRecord:
    return CallbackRecord(
        callback.id,
        callback.call_id,
        callback.number,
        callback.reason,
        callback.topic,
        callback.created_at,
        callback.state,
        callback.done_at,
        callback.done_by,
    )


def _note(note: Note) -> NoteRecord:
    return NoteRecord(note.id, note.call_id, note.seat, note.at, note.text)
