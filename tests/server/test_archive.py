"""The disk refuses while a call goes on: the call goes on to its end, and the record says what is
missing."""

from __future__ import annotations

import errno
import os
import resource
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server.agent_parts import BALANCE, QuickAgent, quick_agent, until
from tests.server.phones import good_call, phone_call
from voicebot.conversation.journal import read
from voicebot.server.journal import JournalFile
from voicebot.store.folders import call_folder
from voicebot.store.records import CallRecord, Outcome, RecordingState
from voicebot.store.wav import HEADER_BYTES

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[QuickAgent]:
    async with quick_agent(tmp_path) as agent:
        yield agent


async def whole_call(agent: QuickAgent) -> CallRecord:
    """Greeting, question, answer; all of it must work whatever the disk does."""
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("balance")
        await phone.heard(2)
        await phone.hang_up()
    await agent.quiet()
    return await agent.newest()


def told(record: CallRecord) -> list[str]:
    return [incident.what for incident in record.call.incidents]


def contained(record: CallRecord) -> None:
    assert record.call.outcome is Outcome.CONTAINED
    assert [turn.text for turn in record.turns][-2:] == ["balance", BALANCE]


def refuse(after: int) -> Any:
    """An os.pwrite for a disk that is full after so many writes."""
    real, left = os.pwrite, [after]

    def pwrite(*args: Any) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise FULL
        return real(*args)

    return pwrite


async def test_a_disk_that_fills_up_while_recording(
    agent: QuickAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "pwrite", refuse(after=1))  # the header goes through
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await until(lambda: any("recording" in c for c in incidents_of(agent)), 20)
        await phone.say("balance")
        await phone.heard(2)
        await phone.hang_up()
    await agent.quiet()
    record = await agent.newest()
    contained(record)
    assert record.call.recording_state is RecordingState.LOST
    lost = "the recording can't go on: No space left on device"
    assert told(record) == [f"the recording was lost: {lost}"]
    path = agent.settings.data_dir / record.call.recording
    assert path.stat().st_size == HEADER_BYTES  # what is there can be played
    monkeypatch.undo()
    assert (await good_call(agent)).call.recording_state is RecordingState.COMPLETE


def incidents_of(agent: QuickAgent) -> list[str]:
    folders = list((agent.settings.data_dir / "calls").rglob("journal.jsonl"))
    return [line for f in folders for line in f.read_text().splitlines() if "NoteIncident" in line]


async def test_a_disk_that_is_full_from_the_start(
    agent: QuickAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "pwrite", refuse(after=0))
    record = await whole_call(agent)
    contained(record)
    assert record.call.recording_state is RecordingState.LOST
    lost = "the recording can't go on: No space left on device"
    assert told(record) == [f"the recording could not be opened: {lost}"]


async def test_a_disk_that_is_full_at_the_last_write(
    agent: QuickAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with phone_call(agent) as phone:
        await phone.heard(1)
        monkeypatch.setattr(os, "pwrite", refuse(after=0))
        await phone.say("goodbye")
        await phone.closed()
    await agent.quiet()
    record = await agent.newest()
    assert record.call.outcome is Outcome.CONTAINED
    assert record.call.recording_state is RecordingState.LOST
    assert len(told(record)) == 1
    assert "No space left on device" in told(record)[0]


async def test_a_journal_that_can_not_go_on(
    agent: QuickAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with phone_call(agent) as phone:
        await phone.heard(1)
        monkeypatch.setattr(JournalFile, "append", _full)
        await phone.say("balance")
        await phone.heard(2)
        await phone.hang_up()
    await agent.quiet()
    record = await agent.newest()
    contained(record)
    assert told(record) == ["the journal was lost: No space left on device"]
    assert record.call.recording_state is RecordingState.COMPLETE


def _full(*_: Any, **__: Any) -> None:
    raise FULL


async def test_a_folder_that_can_not_be_made(agent: QuickAgent) -> None:
    """Neither journal nor recording; the call and its record are whole."""
    (agent.settings.data_dir / "calls").write_text("a file is in the way")
    record = await whole_call(agent)
    contained(record)
    assert record.call.recording_state is RecordingState.LOST
    assert [what.partition(":")[0] for what in told(record)] == [
        "the journal could not be opened",
        "the recording could not be opened",
    ]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file of this process can grow beyond `size` bytes: a full disk for all of them at once."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


async def test_a_disk_that_takes_nothing_more_of_anything(agent: QuickAgent) -> None:
    """Recording, journal and database at once. The record catches up when there is room."""
    await good_call(agent)
    async with phone_call(agent) as phone:
        await phone.heard(1)
        with files_of_at_most(8 * 1024):
            await phone.say("balance", 1.5)
            await phone.heard(2)
            await phone.say("goodbye")
            assert await phone.closed() == (1000, "the call is over")
    await until(lambda: not agent.records.pending, 20)
    record = await agent.newest()
    assert record.call.outcome is Outcome.CONTAINED
    assert record.call.recording_state is RecordingState.LOST
    kinds = sorted(what.partition(":")[0] for what in told(record))
    assert kinds == ["the journal was lost", "the recording was lost"]
    assert [turn.text for turn in record.turns][-4:] == ["balance", BALANCE, "goodbye", "Goodbye."]
    assert agent.records.lost == 0
    folder = call_folder(agent.settings.data_dir, record.call.id, record.call.started_at)
    read((folder / "journal.jsonl").read_text().splitlines(keepends=True))  # torn at most
    await good_call(agent)
