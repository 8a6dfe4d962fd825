"""Writing to the record without ever making a call wait for the database.

The methods of `RecordWriter` mirror those of `CallStore`, but return at once: a task applies the
writes in order. When the database can't (a full disk, a lock, a server that is away), it is tried
again with growing pauses, and then the writes go to a spool file, in order, until it can.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from voicebot.conversation.commands import RecordTurn
from voicebot.store.calls import CallStore, RecordUnknownError
from voicebot.store.plain import plain
from voicebot.store.records import Outcome, RecordingState, TransferResult
from voicebot.store.spool import Spool, Write

PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts, before a write goes to the spool."""

SPOOL_SECONDS = 5.0
"""How often the database is asked again while there is something in the spool."""

CLOSE_SECONDS = 10.0
"""How long `close` waits for the database."""

MOST_WAITING = 10_000
"""Writes in memory; more go to the spool."""

log = structlog.get_logger(__name__)


class DatabaseAwayError(RuntimeError):
    """The database does not take writes at the moment."""


class RecordWriter:
    """Applies writes to `store`; `lost` counts the writes that neither database nor disk took."""

    def __init__(
        self,
        store: CallStore,
        data_dir: Path,
        *,
        most_waiting: int = MOST_WAITING,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.lost = 0
        self._store = store
        self._spool = Spool(data_dir / "spool")
        self._most_waiting = most_waiting
        self._sleep = sleep
        self._seq = 0
        self._waiting: deque[Write] = deque()
        self._work = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._task: asyncio.Task[None] | None = None

    # ── running ───────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Apply what earlier processes left in the spool, then begin.

        A spool that can't be applied now stays for the next start; the agent can run all the same.
        """
        for path, lines in self._spool.leftovers():
            try:
                for line in lines:
                    await self._apply_line(line)
            except DatabaseAwayError as error:
                log.error("spool_kept", file=path.name, reason=str(error))
                break
            path.unlink()
            log.info("spool_applied", file=path.name, writes=len(lines))
        self._task = asyncio.create_task(self._run(), name="record-writer")

    @property
    def pending(self) -> int:
        """Writes that are not in the database yet."""
        return len(self._waiting) + self._spool.count

    async def flush(self) -> None:
        """Wait until everything accepted so far is in the database or in the spool."""
        await self._settled.wait()

    async def close(self, patience: float = CLOSE_SECONDS) -> None:
        """Write what is waiting and stop; what takes longer than `patience` s goes to the spool."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.flush(), patience)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._move_to_spool()
        if self._waiting:
            self.lost += len(self._waiting)
            log.critical("writes_lost", count=len(self._waiting), lost=self.lost)
            self._waiting.clear()
        self._settle()
        self._spool.close()

    # ── what can be written ───────────────────────────────────────────────────────────────────

    def open_call(self, call_id: str, network: str, caller: str, callee: str, at: datetime) -> None:
        """See CallStore.open_call."""
        self._accept("open_call", call_id, network, caller, callee, at)

    def save_turn(self, call_id: str, turn: RecordTurn) -> None:
        """See CallStore.save_turn."""
        self._accept("save_turn", call_id, turn)

    def update_slots(self, call_id: str, slots: Mapping[str, Any]) -> None:
        """See CallStore.update_slots."""
        self._accept("update_slots", call_id, plain(slots))

    def note_incident(self, call_id: str, at: datetime, what: str) -> None:
        """See CallStore.note_incident."""
        self._accept("note_incident", call_id, at, what)

    def set_recording(self, call_id: str, state: str, path: str = "") -> None:
        """See CallStore.set_recording."""
        self._accept("set_recording", call_id, RecordingState(state).value, path)

    def close_call(self, call_id: str, at: datetime, outcome: str, reason: str = "") -> None:
        """See CallStore.close_call."""
        self._accept("close_call", call_id, at, Outcome(outcome).value, reason)

    def start_transfer(
        self, call_id: str, at: datetime, reason: str, topic: str = "", skill: str = ""
    ) -> str:
        """See CallStore.start_transfer; returns the new transfer's id."""
        transfer_id = uuid.uuid4().hex
        self._accept("start_transfer", transfer_id, call_id, at, reason, topic, skill)
        return transfer_id

    def answer_transfer(self, transfer_id: str, at: datetime, seat: str, seat_name: str) -> None:
        """See CallStore.answer_transfer."""
        self._accept("answer_transfer", transfer_id, at, seat, seat_name)

    def finish_transfer(self, transfer_id: str, at: datetime, result: str | None = None) -> None:
        """See CallStore.finish_transfer."""
        value = None if result is None else TransferResult(result).value
        self._accept("finish_transfer", transfer_id, at, value)

    def add_callback(self, call_id: str, number: str, reason: str, topic: str, at: datetime) -> str:
        """See CallStore.add_callback; returns the new callback's id."""
        callback_id = uuid.uuid4().hex
        self._accept("add_callback", callback_id, call_id, number, reason, topic, at)
        return callback_id

    def add_note(self, call_id: str, seat: str, at: datetime, text: str) -> str:
        """See CallStore.add_note; returns the new note's id."""
        note_id = uuid.uuid4().hex
        self._accept("add_note", note_id, call_id, seat, at, text)
        return note_id

    # ── how it is done ────────────────────────────────────────────────────────────────────────

    def _accept(self, method: str, *args: Any) -> None:
        self._seq += 1
        write = Write(self._seq, method, args)
        # Before the start and after the end nobody works off what waits in memory.
        full = self._task is None or len(self._waiting) >= self._most_waiting
        # While the spool holds older writes, newer ones must queue behind them.
        if (full or self._spool.count) and self._keep(write):
            self._work.set()
            return
        if full:
            self.lost += 1
            log.critical("write_lost", method=method, lost=self.lost)
            return
        self._waiting.append(write)
        self._settled.clear()
        self._work.set()

    def _keep(self, write: Write) -> bool:
        try:
            self._spool.append(write)
        except OSError as error:
            log.error("spool_failed", reason=error.strerror)
            return False
        return True

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self._work_off()
            except DatabaseAwayError as error:
                log.error("database_away", pending=self.pending, reason=str(error))
                self._move_to_spool()
                self._settle()
                await self._sleep(SPOOL_SECONDS)
                self._work.set()
            self._settle()

    def _settle(self) -> None:
        if not self._waiting:
            self._settled.set()

    async def _work_off(self) -> None:
        """Everything, oldest first. Raises DatabaseAwayError; what is not applied then stays."""
        while self._waiting or self._spool.count:
            spool_is_older = not self._waiting or (
                self._spool.count and self._spool.first_seq < self._waiting[0].seq
            )
            if spool_is_older:
                await self._apply_spool()
            else:
                await self._apply_patiently(self._waiting[0])
                self._waiting.popleft()

    def _move_to_spool(self) -> None:
        while self._waiting and self._keep(self._waiting[0]):
            self._waiting.popleft()

    async def _apply_spool(self) -> None:
        applied = 0
        # More may be spooled while this goes on: the file is emptied when nothing is left to read.
        while applied < self._spool.count:
            try:
                writes = self._spool.read()[applied:]
            except OSError as error:
                raise DatabaseAwayError(f"the spool can't be read: {error.strerror}") from error
            for write in writes:
                await self._apply(write)
                applied += 1
        self._spool.clear()

    async def _apply_patiently(self, write: Write) -> None:
        for pause in PAUSES:
            try:
                await self._apply(write, last=False)
            except DatabaseAwayError as error:
                log.warning("write_delayed", method=write.method, reason=str(error))
                await self._sleep(pause)
            else:
                return
        await self._apply(write)

    async def _apply_line(self, line: str) -> None:
        try:
            write = Write.from_json(line)
        except ValueError as error:
            self._reject("unreadable", line, str(error))
            return
        await self._apply(write)

    async def _apply(self, write: Write, *, last: bool = True) -> None:
        """One write. Raises DatabaseAwayError; what can never succeed is rejected."""
        try:
            await getattr(self._store, write.method)(*write.args)
        except (IntegrityError, DataError, RecordUnknownError, ValueError, TypeError) as error:
            self._reject(write.method, write.to_json(), _reason(error))
        except (OperationalError, InterfaceError, PoolTimeoutError, OSError) as error:
            raise DatabaseAwayError(_reason(error)) from error
        except Exception as error:
            # The task's boundary: drivers raise what they like. One write that the database can't
            # digest must not hold up all others, but if it is the database, nothing is rejected.
            if last and await self._database_answers():
                self._reject(write.method, write.to_json(), _reason(error))
            else:
                raise DatabaseAwayError(_reason(error)) from error

    async def _database_answers(self) -> bool:
        try:
            async with self._store.database.write() as session:
                await session.execute(text("SELECT 1"))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is no answer; it is logged
            log.warning("database_unanswering", reason=_reason(error))
            return False
        return True

    def _reject(self, method: str, line: str, reason: str) -> None:
        log.error("write_rejected", method=method, reason=reason)
        try:
            self._spool.reject(line, reason)
        except OSError as error:
            self.lost += 1
            log.critical("write_lost", method=method, lost=self.lost, reason=error.strerror)


def _reason(error: BaseException) -> str:
    """The reason without the statement and its parameters: they hold what callers said."""
    if isinstance(error, StatementError) and error.orig is not None:
        error = error.orig
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
