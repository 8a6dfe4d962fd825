"""Placing one call of a run: the caller made ready, the call carried, everything about it kept."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from evaluation.bench.trace import CallTrace, journal_of, read_trace
from evaluation.callers.base import Caller
from evaluation.callers.scripted import GIVES_UP, ScriptedCaller
from evaluation.callers.studio import Studio, speech_level
from evaluation.lines import CallerLine
from evaluation.runs.bank import Left, Rows
from evaluation.runs.call import EvaluatedCall
from evaluation.runs.callerturns import Call
from evaluation.runs.model import CallRecord
from evaluation.runs.records import Ended, Outcome, Whole, handoffs, record_of, without_secrets
from evaluation.runs.schedule import Job
from evaluation.runs.store import RunFolder
from evaluation.runs.systems import AgentFiles, EvaluatedSystem
from evaluation.sets.model import Case
from voicebot.audio.pcm import to_bytes
from voicebot.caller.line import Clock, RealClock, talk
from voicebot.caller.place import write_recording
from voicebot.caller.wire import new_id

OVERDUE: Final = 60.0
"""Seconds after a call's own limit at which it is given up: its end never came."""
CLOCKS: Final = 2.0
"""Seconds that the agent's wall clock may be behind ours; more, and it is another call."""

Simulated = Callable[[Case, int], Caller]
"""Makes the caller of a case that has a goal, from the call's seed."""


class NothingSimulated(RuntimeError):
    """A case has a goal, and nobody is there to follow it."""


@dataclass(frozen=True, slots=True)
class Place:
    """What placing a call needs besides the call."""

    system: EvaluatedSystem
    studio: Studio
    folder: RunFolder
    simulated: Simulated | None = None
    clock: Clock | None = None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A caller on its line."""

    caller: Caller
    line: CallerLine


async def place(at: Place, job: Job, stop: asyncio.Event) -> CallRecord:
    """Place one call and return what came of it; its sound and journal are in the run's folder.

    Setting `stop` hangs up. Raises CallFailed where no call came about, Unspeakable.
    """
    clock = at.clock or RealClock()
    call_id = new_id("CA")
    ready = await asyncio.to_thread(_ready, at, job)
    files = at.system.files
    before = await asyncio.to_thread(files.bank.state) if files is not None else {}
    try:
        invitation = await at.system.invite(job.number, call_id)
        call = EvaluatedCall(
            job.number,
            call_id,
            invitation.parameters,
            ready.caller,
            ready.line,
            job.case.limits,
            clock.now,
        )
        ended: Ended
        failure = ""
        try:
            async with asyncio.timeout(job.case.limits.seconds + OVERDUE):
                ended = await talk(call, invitation, clock, stop)
        except TimeoutError:
            ended = "lost"
            failure = f"the call did not end within {job.case.limits.seconds + OVERDUE:g} s"
    finally:
        ready.caller.over()
    log = call.log("lost" if ended == "lost" else "caller")
    kept = _Kept(at, job, call_id, Call(log, call.performed), before)
    if call.limited:
        ended, failure = "limit", call.limited
    failure = failure or _failure(kept.call, ended, ready.caller)
    return await asyncio.to_thread(kept.record, ended, failure, ready.line.sound)


def _ready(at: Place, job: Job) -> _Ready:
    case = job.case
    if case.goal is None:
        clips = at.studio.clips(case, job.seed)
        caller: Caller = ScriptedCaller(case.turns, clips, job.seed)
        return _Ready(caller, CallerLine(case.line, job.seed, speech_level(clips)))
    if at.simulated is None:
        raise NothingSimulated(f"{case.where or case.id}: no simulated caller for this run")
    return _Ready(at.simulated(case, job.seed), CallerLine(case.line, job.seed))


def _failure(call: Call, ended: Ended, caller: Caller) -> str:
    """Why this is no call as it should be; '' where it is one, whatever the bot said."""
    if ended == "lost":
        return "the connection was lost in the middle of the call"
    if not call.log.arrivals and ended != "interrupted":
        return "the bot never said anything"
    if isinstance(caller, ScriptedCaller) and caller.unanswered >= GIVES_UP:
        return f"the bot left {caller.unanswered} turns without an answer"
    return ""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A call that is over, and where what is known of it is kept; all of it blocks."""

    at: Place
    job: Job
    call_id: str
    call: Call
    before: Rows

    def record(self, ended: Ended, failure: str, sound: str) -> CallRecord:
        """Everything that is known of the call."""
        job, files = self.job, self.at.system.files
        trace, why = self._trace(files)
        call = Call(self.call.log, self.call.performed, trace)
        call_id = trace.id if trace is not None else self.call_id
        return record_of(
            Whole(
                case=job.case.id,
                attempt=job.attempt,
                seed=job.seed,
                call_id=call_id,
                call=call,
                ended=ended,
                sound=sound,
                failure=failure or why,
                outcome=_outcome(files, call_id) if files and trace else None,
                left=self._left(files, call_id),
                tags=job.case.tags,
                audio=self._audio(call),
                journal=self._journal(files, trace),
            )
        )

    def _trace(self, files: AgentFiles | None) -> tuple[CallTrace | None, str]:
        """The agent's record of the call, or why there is none: '' where none is kept."""
        if files is None:
            return None, ""
        try:
            trace = read_trace(files, self.job.number)
        except (LookupError, OSError, sqlite3.Error, ValueError) as error:
            return None, f"the agent's record of the call can't be read: {error}"
        if trace.began < self.call.log.began - CLOCKS:
            return None, "the agent has no record of this call, only of an earlier one"
        return trace, ""

    def _left(self, files: AgentFiles | None, call_id: str) -> Left | None:
        if files is None:
            return None
        left = files.bank.left_by(call_id, self.before)
        if self.at.system.restores:
            files.bank.put_back(call_id, self.before)
        return left

    def _audio(self, call: Call) -> str:
        path = self.at.folder.audio(self.job.case.id, self.job.attempt)
        caller = to_bytes(without_secrets(call))
        write_recording(self.at.folder.path / path, caller, to_bytes(call.log.bot))
        return path.as_posix()

    def _journal(self, files: AgentFiles | None, trace: CallTrace | None) -> str:
        if files is None or trace is None:
            return ""
        path = self.at.folder.journal(self.job.case.id, self.job.attempt)
        shutil.copyfile(journal_of(files, trace), self.at.folder.path / path)
        return path.as_posix()


def _outcome(files: AgentFiles, call_id: str) -> Outcome:
    """How the agent says that the call ended, and whom it called for."""
    found = files.record("SELECT outcome FROM calls WHERE id = ?", call_id)
    transfers = _rows(files, "transfers", ("reason", "topic", "skill", "result"), call_id)
    callbacks = _rows(files, "callbacks", ("number", "reason", "topic"), call_id)
    return Outcome(str(found[0][0] or "") if found else "", handoffs(transfers, callbacks))


def _rows(
    files: AgentFiles, table: str, columns: tuple[str, ...], call_id: str
) -> list[dict[str, Any]]:
    query = f"SELECT {', '.join(columns)} FROM {table} WHERE call_id = ?"  # noqa: S608 - our names
    return [dict(zip(columns, row, strict=True)) for row in files.record(query, call_id)]
