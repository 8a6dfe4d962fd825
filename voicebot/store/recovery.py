"""After a crash: calls that were left open are closed, their recordings made playable again."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from voicebot.store.calls import CallStore
from voicebot.store.records import CallSummary, Outcome, RecordingState
from voicebot.store.wav import NotARecordingError, mend

STOPPED = "the agent was stopped"

log = structlog.get_logger(__name__)


async def recover(store: CallStore, now: datetime) -> list[str]:
    """Close the calls that this agent left open, as failed; returns their ids.

    Call it at start, after `RecordWriter.start`, before the first call. A call ends when the last
    line or sound of it that is on disk ends.
    """
    closed = []
    for call in await store.running_calls(store.agent):
        seconds = await _last_line(store, call)
        if call.recording_state == RecordingState.RUNNING:
            length = await asyncio.to_thread(_mend, store.database.data_dir, call)
            state = RecordingState.LOST if length is None else RecordingState.COMPLETE
            await store.set_recording(call.id, state)
            seconds = max(seconds, length or 0.0)
        ended_at = min(now, call.started_at + timedelta(seconds=seconds))
        await store.close_call(call.id, ended_at, Outcome.FAILED, STOPPED)
        log.warning("call_left_open", call=call.id, recording=call.recording_state)
        closed.append(call.id)
    return closed


async def _last_line(store: CallStore, call: CallSummary) -> float:
    record = await store.get_call(call.id)
    turns = record.turns if record is not None else ()
    return max((at for turn in turns for at in turn.times.values()), default=0.0)


def _mend(data_dir: Path, call: CallSummary) -> float | None:
    """Seconds of the recording, or None when there is nothing to play."""
    try:
        return mend(data_dir / call.recording)
    except (OSError, NotARecordingError) as error:
        log.warning("recording_lost", call=call.id, reason=str(error))
        return None
