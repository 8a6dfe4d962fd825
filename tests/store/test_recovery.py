"""Calls that a crash left open are closed at the next start, and can be listened to."""

import asyncio
import sys
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.store.calls import CallStore
from voicebot.store.folders import RECORDING, call_folder
from voicebot.store.recording import Recorder
from voicebot.store.records import Outcome, RecordingState, TransferResult
from voicebot.store.recovery import recover

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NOW = START + timedelta(hours=1)


async def test_what_was_left_open_is_closed(sqlite_store: CallStore, tmp_path: Path) -> None:
    store = sqlite_store
    path = call_folder(tmp_path, "crashed", START) / RECORDING
    recorder = Recorder(path)
    for number in range(1000):
        recorder.caller(np.full(160, 9, "<i2").tobytes(), number * 0.02)
    await store.open_call("crashed", "twilio", "", "", START)
    await store.set_recording("crashed", "running", str(path.relative_to(tmp_path)))
    await store.save_turn("crashed", RecordTurn(1, Party.CALLER, "hi", times={"started": 2.5}))
    await store.start_transfer("t", "crashed", START, "asked", "", "")
    await store.open_call("silent", "twilio", "", "", START)
    await store.save_turn("silent", RecordTurn(1, Party.CALLER, "hi", times={"started": 2.5}))
    await store.open_call("lost", "twilio", "", "", START)
    await store.set_recording("lost", "running", "calls/gone.wav")
    await store.open_call("done", "twilio", "", "", START)
    await store.close_call("done", START, Outcome.CONTAINED)
    other = CallStore(store.database, agent="another")
    await other.open_call("theirs", "twilio", "", "", START)

    assert sorted(await recover(store, NOW)) == ["crashed", "lost", "silent"]
    assert await recover(store, NOW) == []

    calls = {call.id: call for call in await store.list_calls()}
    assert calls["theirs"].outcome is None
    assert calls["done"].outcome is Outcome.CONTAINED
    for call_id in ("crashed", "lost", "silent"):
        assert calls[call_id].outcome is Outcome.FAILED
        assert calls[call_id].outcome_reason == "the agent was stopped"
    assert calls["crashed"].recording_state is RecordingState.COMPLETE
    assert calls["lost"].recording_state is RecordingState.LOST
    assert calls["silent"].recording_state is RecordingState.NONE
    assert calls["silent"].ended_at == START + timedelta(seconds=2.5)
    with wave.open(str(path)) as file:
        seconds = file.getnframes() / 8000
    assert seconds == recorder.seconds > 17
    assert calls["crashed"].ended_at == START + timedelta(seconds=seconds)
    record = await store.get_call("crashed")
    assert record is not None
    assert record.transfers[0].result is TransferResult.WITHDRAWN
    recorder.close()


async def test_a_call_never_ends_in_the_future(sqlite_store: CallStore) -> None:
    await sqlite_store.open_call("c", "twilio", "", "", START)
    line = RecordTurn(1, Party.CALLER, "hi", times={"started": 1e6})
    await sqlite_store.save_turn("c", line)
    await recover(sqlite_store, NOW)
    record = await sqlite_store.get_call("c")
    assert record is not None
    assert record.call.ended_at == NOW


CRASHING = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.store.calls import CallStore
from voicebot.store.database import Database
from voicebot.store.recording import Recorder
from voicebot.store.writer import RecordWriter

async def main(folder):
    database = Database(f"sqlite+aiosqlite:///{folder / 'voicebot.sqlite'}", folder)
    writer = RecordWriter(CallStore(database), folder)
    await writer.start()
    writer.open_call("c", "twilio", "", "", datetime.now(UTC))
    writer.set_recording("c", "running", "c.wav")
    recorder = Recorder(folder / "c.wav")
    at = 0.0
    for number in range(1_000_000):
        writer.save_turn("c", RecordTurn(number, Party.CALLER, "hello", times={"started": at}))
        await writer.flush()
        for _ in range(50):
            recorder.caller(b"\\1\\1" * 160, at)
            at += 0.02
        print(number, flush=True)

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_kill_9(sqlite_store: CallStore, tmp_path: Path) -> None:
    """A process dies for real, in the middle of writing."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CRASHING, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    reached = 0
    while reached < 20:
        reached = int(await process.stdout.readline())
    process.kill()
    await process.wait()

    assert await recover(sqlite_store, datetime.now(UTC) + timedelta(hours=1)) == ["c"]
    record = await sqlite_store.get_call("c")
    assert record is not None
    assert record.call.outcome is Outcome.FAILED
    assert record.call.recording_state is RecordingState.COMPLETE
    assert len(record.turns) > reached
    with wave.open(str(tmp_path / "c.wav")) as file:
        audio = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert len(audio) / 8000 >= reached - 3
    assert np.all(audio[:, 0] == 257)
