"""The record of calls: everything that is written to it.

Each method is one transaction, and writing the same thing twice changes nothing: `writer.py` may
have to repeat a write whose answer it never saw. Reading is in `queries.py`; `CallStore` has both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.conversation.commands import RecordTurn
from voicebot.store.database import Database
from voicebot.store.models import Call, Callback, Note, Transfer, Turn
from voicebot.store.plain import plain
from voicebot.store.queries import CallQueries
from voicebot.store.records import Outcome, RecordingState, TransferResult


class RecordUnknownError(LookupError):
    """There is no such call, transfer or callback in the record."""


class CallStore(CallQueries):
    """The record of calls in `database`.

    An outcome, a recording's state and a transfer's result are values of the enumerations in
    `records.py`, or their texts; others raise ValueError.

    `agent` names this agent where several share a database; it must stay the same over restarts,
    because `recovery.recover` closes the calls that this agent left open.
    """

    def __init__(self, database: Database, agent: str = "agent") -> None:
        super().__init__(database)
        self.agent = agent

    async def open_call(
        self, call_id: str, network: str, caller: str, callee: str, at: datetime
    ) -> None:
        """A call began; `caller` and `callee` are E.164 or ''."""
        async with self.database.write() as session:
            if await session.get(Call, call_id) is None:
                call = Call(id=call_id, agent=self.agent, network=network, started_at=at)
                call.caller, call.callee = caller, callee
                session.add(call)

    async def save_turn(self, call_id: str, turn: RecordTurn) -> None:
        """Insert or replace line `turn.number` of the call."""
        async with self.database.write() as session:
            await session.merge(
                Turn(
                    call_id=call_id,
                    number=turn.number,
                    party=turn.party.value,
                    kind=turn.kind,
                    text=turn.text,
                    heard=turn.heard,
                    confidence=turn.confidence,
                    intent=turn.intent,
                    intent_confidence=turn.intent_confidence,
                    slots=plain(turn.slots),
                    sensitive=turn.sensitive,
                    times=plain(turn.times),
                )
            )

    async def update_slots(self, call_id: str, slots: Mapping[str, Any]) -> None:
        """What the dialogue knows now, in place of what it knew before."""
        async with self._call(call_id) as call:
            call.slots = plain(slots)

    async def note_incident(self, call_id: str, at: datetime, what: str) -> None:
        """Something went wrong; incidents stay in order of writing."""
        entry = {"at": at.isoformat(), "what": what}
        async with self._call(call_id) as call:
            if entry not in call.incidents:
                call.incidents = [*call.incidents, entry]

    async def set_recording(self, call_id: str, state: str, path: str = "") -> None:
        """The recording is now in `state`; `path` is relative to the data directory ('': keep)."""
        async with self._call(call_id) as call:
            call.recording_state = RecordingState(state).value
            call.recording = path or call.recording

    async def close_call(self, call_id: str, at: datetime, outcome: str, reason: str = "") -> None:
        """The call is over, and with it every transfer that still rings."""
        async with self.database.write() as session:
            call = await _get_call(session, call_id)
            call.ended_at, call.outcome_reason = at, reason
            call.outcome = Outcome(outcome).value
            transfers = select(Transfer).where(
                Transfer.call_id == call_id, Transfer.ended_at.is_(None)
            )
            for transfer in await session.scalars(transfers):
                transfer.ended_at = at
                if transfer.result == TransferResult.RINGING:
                    transfer.result = TransferResult.WITHDRAWN.value

    async def start_transfer(
        self, transfer_id: str, call_id: str, at: datetime, reason: str, topic: str, skill: str
    ) -> None:
        """An expert is looked for."""
        async with self.database.write() as session:
            if await session.get(Transfer, transfer_id) is None:
                transfer = Transfer(id=transfer_id, call_id=call_id, at=at, topic=topic)
                transfer.reason, transfer.skill = reason, skill
                transfer.result = TransferResult.RINGING.value
                session.add(transfer)

    async def answer_transfer(
        self, transfer_id: str, at: datetime, seat: str, seat_name: str
    ) -> None:
        """The expert `seat_name` at `seat` took the call."""
        async with self._transfer(transfer_id) as transfer:
            transfer.result, transfer.answered_at = TransferResult.ANSWERED.value, at
            transfer.seat, transfer.seat_name = seat, seat_name

    async def finish_transfer(
        self, transfer_id: str, at: datetime, result: str | None = None
    ) -> None:
        """The transfer is over; `result` None keeps `answered`."""
        async with self._transfer(transfer_id) as transfer:
            transfer.ended_at = at
            if result is not None:
                transfer.result = TransferResult(result).value

    async def add_callback(
        self, callback_id: str, call_id: str, number: str, reason: str, topic: str, at: datetime
    ) -> None:
        """The caller is to be called back at `number`."""
        async with self.database.write() as session:
            if await session.get(Callback, callback_id) is None:
                callback = Callback(id=callback_id, call_id=call_id, number=number)
                callback.reason, callback.topic, callback.created_at = reason, topic, at
                callback.state = "open"
                session.add(callback)

    async def finish_callback(self, callback_id: str, at: datetime, done_by: str) -> bool:
        """Tick a callback off; False when somebody else did before.

        Raises RecordUnknownError when there is no such callback.
        """
        async with self.database.write() as session:
            callback = await session.get(Callback, callback_id, with_for_update=True)
            if callback is None:
                raise RecordUnknownError(f"no callback {callback_id!r}")
            if callback.state == "done":
                return False
            callback.state, callback.done_at, callback.done_by = "done", at, done_by
            return True

    async def add_note(
        self, note_id: str, call_id: str, seat: str, at: datetime, text: str
    ) -> None:
        """The expert at `seat` wrote `text`."""
        async with self.database.write() as session:
            if await session.get(Note, note_id) is None:
                session.add(Note(id=note_id, call_id=call_id, seat=seat, at=at, text=text))

    @asynccontextmanager
    async def _call(self, call_id: str) -> AsyncIterator[Call]:
        async with self.database.write() as session:
            yield await _get_call(session, call_id)

    @asynccontextmanager
    async def _transfer(self, transfer_id: str) -> AsyncIterator[Transfer]:
        async with self.database.write() as session:
            transfer = await session.get(Transfer, transfer_id, with_for_update=True)
            if transfer is None:
                raise RecordUnknownError(f"no transfer {transfer_id!r} in the record")
            yield transfer


async def _get_call(session: AsyncSession, call_id: str) -> Call:
    call = await session.get(Call, call_id, with_for_update=True)
    if call is None:
        raise RecordUnknownError(f"no call {call_id!r} in the record")
    return call
