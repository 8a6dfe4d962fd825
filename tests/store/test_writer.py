"""Nothing that the writer accepted is lost: order, retries, the spool, restarts."""

import asyncio
import errno
import json
import sqlite3
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.store.calls import CallStore
from voicebot.store.database import Database
from voicebot.store.spool import Spool, Write
from voicebot.store.writer import PAUSES, RecordWriter

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SECRET = "my mother's maiden name is Sparrow"


class Moody(CallStore):
    """A store that can be told to fail; `applied` lists what went in."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.failing: Exception | None = None
        self.failures = 0
        self.applied: list[int] = []

    async def save_turn(self, call_id: str, turn: RecordTurn) -> None:
        if self.failing is not None:
            self.failures += 1
            raise self.failing
        await super().save_turn(call_id, turn)
        self.applied.append(turn.number)


class Clock:
    """Sleeps without waiting, and does something at the n-th sleep."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.gate.wait()
        await asyncio.sleep(0)


@pytest.fixture
async def moody(tmp_path: Path) -> AsyncIterator[Moody]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'voicebot.sqlite'}", tmp_path)
    await database.upgrade()
    yield Moody(database)
    await database.close()


def away() -> Exception:
    return OperationalError("INSERT", {"text": SECRET}, sqlite3.OperationalError("disk is full"))


def turn(number: int) -> RecordTurn:
    return RecordTurn(number, Party.CALLER, f"{SECRET} {number}", times={"started": 1.0})


async def until(condition: Any) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never happened")


async def lines(store: CallStore, call_id: str = "c") -> list[int]:
    record = await store.get_call(call_id)
    return [] if record is None else [line.number for line in record.turns]


async def test_everything_arrives_in_order(moody: Moody, tmp_path: Path) -> None:
    writer = RecordWriter(moody, tmp_path)
    await writer.start()
    writer.open_call("c", "twilio", "+1", "+2", START)
    for number in range(50):
        writer.save_turn("c", turn(number))
    writer.update_slots("c", {"amount": (1, 2)})
    writer.note_incident("c", START, "late")
    writer.set_recording("c", "running", "calls/x")
    transfer = writer.start_transfer("c", START, "asked")
    writer.answer_transfer(transfer, START, "s1", "Ada")
    writer.finish_transfer(transfer, START + timedelta(seconds=9))
    callback = writer.add_callback("c", "+1", "busy", "cards", START)
    note = writer.add_note("c", "s1", START, "nice")
    writer.close_call("c", START + timedelta(seconds=10), "expert", "asked")
    assert writer.pending == 60
    await writer.flush()
    assert writer.pending == writer.lost == 0
    record = await moody.get_call("c")
    assert record is not None
    assert moody.applied == list(range(50))
    assert record.call.slots == {"amount": [1, 2]}
    assert record.transfers[0].id == transfer
    assert record.callbacks[0].id == callback
    assert record.notes[0].id == note
    assert record.call.outcome == "expert"
    await writer.close()
    assert not list((tmp_path / "spool").glob("*"))


async def test_values_are_checked_at_the_door(moody: Moody, tmp_path: Path) -> None:
    writer = RecordWriter(moody, tmp_path)
    with pytest.raises(ValueError, match="splendid"):
        writer.close_call("c", START, "splendid")
    with pytest.raises(ValueError, match="spinning"):
        writer.set_recording("c", "spinning")
    assert writer.pending == 0


async def test_a_short_failure_is_waited_out(moody: Moody, tmp_path: Path) -> None:
    clock = Clock()
    writer = RecordWriter(moody, tmp_path, sleep=clock.sleep)
    await writer.start()
    writer.open_call("c", "twilio", "", "", START)
    await writer.flush()
    clock.gate.clear()
    moody.failing = away()
    for number in range(5):
        writer.save_turn("c", turn(number))
    await until(lambda: clock.slept)
    moody.failing = None
    clock.gate.set()
    await writer.flush()
    assert clock.slept == [PAUSES[0]]
    assert moody.applied == [0, 1, 2, 3, 4]
    assert not (tmp_path / "spool").exists()
    await writer.close()


async def test_a_long_failure_goes_through_the_spool(moody: Moody, tmp_path: Path) -> None:
    clock = Clock()
    writer = RecordWriter(moody, tmp_path, sleep=clock.sleep)
    await writer.start()
    writer.open_call("c", "twilio", "", "", START)
    moody.failing = away()
    for number in range(5):
        writer.save_turn("c", turn(number))
    await writer.flush()
    assert writer.pending == 5
    writer.save_turn("c", turn(5))  # queues up behind the others
    (spool,) = (tmp_path / "spool").glob("*")
    assert len(spool.read_text().splitlines()) == writer.pending == 6
    assert stat.S_IMODE(spool.stat().st_mode) == 0o600
    moody.failing = None
    await until(lambda: writer.pending == 0)
    writer.save_turn("c", turn(6))
    await writer.flush()
    assert moody.applied == list(range(7))
    await writer.close()
    assert not spool.exists()
    assert writer.lost == 0


async def test_a_crash_leaves_the_spool_to_the_next_start(moody: Moody, tmp_path: Path) -> None:
    writer = RecordWriter(moody, tmp_path, sleep=Clock().sleep)
    await writer.start()
    writer.open_call("c", "twilio", "", "", START)
    await writer.flush()
    moody.failing = away()
    for number in range(3):
        writer.save_turn("c", turn(number))
    await writer.flush()
    running = RecordWriter(moody, tmp_path)
    moody.failing = None
    moody.applied.clear()
    await running.start()  # the first one still lives: its spool is not touched
    moody.failing = away()
    await running.close()
    await writer.close()
    (spool,) = (tmp_path / "spool").glob("*")
    with spool.open("a") as file:
        file.write('{"seq": 9, "meth')  # the crash came while this was written

    still_away = RecordWriter(moody, tmp_path)
    await still_away.start()
    assert spool.exists()
    await still_away.close()

    moody.failing = None
    after = RecordWriter(moody, tmp_path)
    await after.start()
    assert await lines(moody) == [0, 1, 2]
    (rejected,) = (tmp_path / "spool").glob("*")
    assert rejected.name.startswith("rejected-")
    await after.close()


async def test_what_can_never_succeed_is_put_aside(
    moody: Moody, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = RecordWriter(moody, tmp_path)
    await writer.start()
    writer.save_turn("unknown", turn(1))
    writer.update_slots("unknown", {"name": SECRET})
    writer.open_call("c", "twilio", "", "", START)
    writer.save_turn("c", turn(2))
    await writer.flush()
    assert await lines(moody) == [2]
    (rejected,) = (tmp_path / "spool").glob("rejected-*.jsonl")
    entries = [json.loads(line) for line in rejected.read_text().splitlines()]
    assert [json.loads(entry["write"])["method"] for entry in entries] == [
        "save_turn",
        "update_slots",
    ]
    assert "FOREIGN KEY" in entries[0]["reason"]
    assert stat.S_IMODE(rejected.stat().st_mode) == 0o600
    assert SECRET not in capsys.readouterr().out
    await writer.close()


async def test_one_indigestible_write_does_not_hold_up_the_others(
    moody: Moody, tmp_path: Path
) -> None:
    clock = Clock()
    writer = RecordWriter(moody, tmp_path, sleep=clock.sleep)
    await writer.start()
    writer.open_call("c", "twilio", "", "", START)
    await writer.flush()
    clock.gate.clear()
    moody.failing = ProgrammingError("INSERT", {}, Exception("what is that?"))
    writer.save_turn("c", turn(1))
    await until(lambda: clock.slept)
    clock.gate.set()
    await until(lambda: moody.failures > len(PAUSES))
    moody.failing = None
    writer.save_turn("c", turn(2))
    await writer.flush()
    assert await lines(moody) == [2]
    assert list((tmp_path / "spool").glob("rejected-*"))
    await writer.close()


async def test_a_full_queue_overflows_into_the_spool_in_order(moody: Moody, tmp_path: Path) -> None:
    writer = RecordWriter(moody, tmp_path, most_waiting=10)
    await writer.start()
    writer.open_call("c", "twilio", "", "", START)
    for number in range(100):
        writer.save_turn("c", turn(number))
    assert writer.pending == 101
    await until(lambda: writer.pending == 0)
    assert moody.applied == list(range(100))
    await writer.close()


async def test_when_the_disk_is_full_too_memory_keeps_what_it_can(
    moody: Moody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = RecordWriter(moody, tmp_path, most_waiting=10, sleep=Clock().sleep)
    await writer.start()
    writer.open_call("c", "twilio", "", "", START)
    await writer.flush()
    moody.failing = away()
    with monkeypatch.context() as patch:
        patch.setattr(Spool, "append", full)
        for number in range(12):
            writer.save_turn("c", turn(number))
        assert (writer.pending, writer.lost) == (10, 2)  # and it is logged
        await until(lambda: moody.failures > 20)
        assert writer.pending == 10
    moody.failing = None
    await until(lambda: writer.pending == 0)
    assert moody.applied == list(range(10))
    await writer.close()


async def test_the_end_does_not_wait_for_ever(moody: Moody, tmp_path: Path) -> None:
    clock = Clock()
    writer = RecordWriter(moody, tmp_path, sleep=clock.sleep)
    await writer.start()
    moody.failing = away()
    clock.gate.clear()
    writer.save_turn("c", turn(1))
    await writer.close(patience=0.01)
    assert writer.lost == 0
    (spool,) = (tmp_path / "spool").glob("*")
    assert len(spool.read_text().splitlines()) == 1


async def test_two_processes_and_a_lock(tmp_path: Path) -> None:
    """A real lock on a real file: the other process has the write lock for a while."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'voicebot.sqlite'}"
    ours, theirs = Database(url, tmp_path), Database(url, tmp_path)
    await ours.upgrade()
    writer = RecordWriter(CallStore(ours), tmp_path)
    await writer.start()
    async with theirs.write() as session:
        await session.execute(text("DELETE FROM calls"))
        writer.open_call("c", "twilio", "", "", START)
        writer.save_turn("c", turn(1))
        assert await CallStore(ours).get_call("c") is None  # readers do not wait
        assert writer.pending == 2
    await writer.flush()
    assert await lines(CallStore(theirs)) == [1]
    await writer.close()
    await ours.close()
    await theirs.close()


async def test_the_database_comes_back(tmp_path: Path) -> None:
    """A real failure: the tables are missing at first."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'voicebot.sqlite'}", tmp_path)
    writer = RecordWriter(CallStore(database), tmp_path, sleep=Clock().sleep)
    await writer.start()
    writer.open_call("c", "twilio", "", "", START)
    await writer.flush()
    await database.upgrade()
    await until(lambda: writer.pending == 0)
    assert await CallStore(database).get_call("c") is not None
    await writer.close()
    await database.close()


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("asyncpg", reason="asyncpg is not installed: make setup")
    database = Database("postgresql://voicebot@127.0.0.1:1/voicebot", tmp_path)
    writer = RecordWriter(CallStore(database), tmp_path, sleep=Clock().sleep)
    await writer.start()
    writer.open_call("c", "twilio", "", "", START)
    await writer.flush()
    assert writer.pending == 1
    await writer.close()
    (spool,) = (tmp_path / "spool").glob("*")
    assert "open_call" in spool.read_text()
    await database.close()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(
    st.text(), st.dictionaries(st.text(), json_values, max_size=3), st.datetimes(),
    st.sampled_from(Party), st.none() | st.text(),
)  # fmt: skip
def test_a_write_survives_the_spool(
    words: str, slots: dict[str, Any], at: datetime, party: Party, heard: str | None
) -> None:
    made = RecordTurn(1, party, words, slots=slots, heard=heard, times={"started": 0.1})
    write = Write(7, "anything", ("c", made, at.replace(tzinfo=UTC), None, slots))
    line = write.to_json()
    assert "\n" not in line
    assert Write.from_json(line) == write


@given(st.text() | json_values.map(json.dumps))
def test_what_is_no_write_is_a_value_error(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own message
        Write.from_json(line)
