"""What is too old goes, whole; everything else stays."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.store.calls import CallStore
from voicebot.store.folders import JOURNAL, RECORDING, call_folder
from voicebot.store.records import Outcome
from voicebot.store.retention import Pruned, prune

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def files(data_dir: Path, call_id: str, at: datetime) -> Path:
    folder = call_folder(data_dir, call_id, at)
    folder.mkdir(parents=True)
    for name in (RECORDING, JOURNAL):
        (folder / name).write_text("x")
        os.utime(folder / name, (at.timestamp(), at.timestamp()))
    os.utime(folder, (at.timestamp(), at.timestamp()))
    return folder


async def add(store: CallStore, data_dir: Path, call_id: str, at: datetime) -> Path:
    await store.open_call(call_id, "twilio", "", "", at)
    await store.save_turn(call_id, RecordTurn(1, Party.CALLER, "hello"))
    await store.add_callback(f"b-{call_id}", call_id, "+1", "", "", at)
    await store.close_call(call_id, at, Outcome.CONTAINED)
    return files(data_dir, call_id, at)


async def test_old_calls_go_with_all_that_belongs_to_them(store: CallStore, tmp_path: Path) -> None:
    old = [await add(store, tmp_path, f"old/../{number}", days_ago(91)) for number in range(3)]
    young = await add(store, tmp_path, "young", days_ago(89))
    await store.open_call("running", "twilio", "", "", days_ago(91))
    running = files(tmp_path, "running", days_ago(91))
    await store.open_call("no files", "twilio", "", "", days_ago(400))
    await store.close_call("no files", days_ago(400), Outcome.ABANDONED)
    orphan = files(tmp_path, "orphan", days_ago(200))
    rejected = tmp_path / "spool" / "rejected-2026-01.jsonl"
    rejected.parent.mkdir()
    rejected.write_text("x")
    os.utime(rejected, (days_ago(95).timestamp(),) * 2)
    outside = tmp_path / "voicebot.toml"
    outside.write_text("x")

    assert await prune(store, tmp_path, 0, NOW) == Pruned()
    assert await prune(store, tmp_path, 90, NOW) == Pruned(calls=4, folders=4)

    assert {call.id for call in await store.list_calls()} == {"young", "running"}
    assert [callback.id for callback in await store.open_callbacks()] == ["b-young"]
    assert not any(folder.exists() for folder in (*old, orphan, orphan.parent, rejected))
    assert all(path.exists() for path in (young, running, outside))
    assert await prune(store, tmp_path, 90, NOW) == Pruned()


async def test_a_folder_that_cant_be_removed_is_tried_again(
    sqlite_store: CallStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = await add(sqlite_store, tmp_path, "stuck", days_ago(95))
    await add(sqlite_store, tmp_path, "old", days_ago(91))
    real = shutil.rmtree

    def broken(path: Path) -> None:
        if path == stuck:
            raise PermissionError(13, "Permission denied", str(path))
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", broken)
        pruned = await prune(sqlite_store, tmp_path, 90, NOW)
    assert pruned == Pruned(calls=1, folders=1, failed=1)
    assert await sqlite_store.get_call("stuck") is not None
    assert await prune(sqlite_store, tmp_path, 90, NOW) == Pruned(calls=1, folders=1)


async def test_many_calls_go_in_batches(
    sqlite_store: CallStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicebot.store.retention._BATCH", 3)
    for number in range(10):  # pairs of the same moment
        await add(sqlite_store, tmp_path, f"c{number}", days_ago(100 + number // 2))
    assert await prune(sqlite_store, tmp_path, 90, NOW) == Pruned(calls=10, folders=10)


async def test_a_link_is_not_followed(sqlite_store: CallStore, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "precious").write_text("x")
    folder = call_folder(tmp_path, "c", days_ago(91))
    folder.parent.mkdir(parents=True)
    folder.symlink_to(target)
    await sqlite_store.open_call("c", "twilio", "", "", days_ago(91))
    await sqlite_store.close_call("c", days_ago(91), Outcome.CONTAINED)
    assert await prune(sqlite_store, tmp_path, 90, NOW) == Pruned(failed=1)
    assert (target / "precious").exists()
