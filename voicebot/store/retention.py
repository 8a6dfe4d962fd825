"""How long the record is kept: after that, recordings, journals and rows are removed."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import delete, select

from voicebot.store.calls import CallStore
from voicebot.store.folders import call_folder
from voicebot.store.models import Call
from voicebot.store.spool import REJECTED

_BATCH = 200  # calls per transaction: other writers get their turn in between

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed: calls from the database, and folders with recordings and journals."""

    calls: int = 0
    folders: int = 0


async def prune(store: CallStore, data_dir: Path, days: int, now: datetime) -> Pruned:
    """Remove what is older than `days` before `now`; 0 keeps everything.

    A running call is never touched. A folder goes before its row, so that a failure (logged, and
    raised as OSError) leaves a row by which the next run finds the folder again. Folders that no
    row knows go as soon as nothing in them is young enough.
    """
    if days <= 0:
        return Pruned()
    cutoff = now - timedelta(days=days)
    calls = folders = 0
    while batch := await _old_calls(store, cutoff):
        paths = [call_folder(data_dir, call_id, at) for call_id, at in batch]
        folders += await asyncio.to_thread(_remove, paths)
        ids = [call_id for call_id, _ in batch]
        async with store.database.write() as session:
            await session.execute(delete(Call).where(Call.id.in_(ids)))
        calls += len(batch)
    orphans = await asyncio.to_thread(_old_folders, data_dir / "calls", cutoff)
    kept = await _running_folders(store, data_dir)
    folders += await asyncio.to_thread(_remove, [path for path in orphans if path not in kept])
    await asyncio.to_thread(_remove_empty, data_dir / "calls")
    await asyncio.to_thread(_remove_rejected, data_dir / "spool", cutoff)
    if calls or folders:
        log.info("pruned", calls=calls, folders=folders, days=days)
    return Pruned(calls, folders)


async def _old_calls(store: CallStore, cutoff: datetime) -> list[tuple[str, datetime]]:
    query = select(Call.id, Call.started_at).where(
        Call.started_at < cutoff, Call.ended_at.is_not(None)
    )
    async with store.database.read() as session:
        return [(row[0], row[1]) for row in await session.execute(query.limit(_BATCH))]


async def _running_folders(store: CallStore, data_dir: Path) -> set[Path]:
    query = select(Call.id, Call.started_at).where(Call.ended_at.is_(None))
    async with store.database.read() as session:
        return {call_folder(data_dir, row[0], row[1]) for row in await session.execute(query)}


def _remove(folders: list[Path]) -> int:
    count = 0
    for folder in folders:
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            continue  # a call without recording and journal
        except OSError as error:
            log.error("prune_failed", folder=folder.name, reason=error.strerror)
            raise
        count += 1
    return count


def _old_folders(calls: Path, cutoff: datetime) -> list[Path]:
    """Folders of calls in which the newest file is older than `cutoff`."""
    return [
        folder
        for folder in calls.glob("????-??/*")
        if folder.is_dir() and all(_changed(path) < cutoff for path in (folder, *folder.rglob("*")))
    ]


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.lstat().st_mtime, UTC)


def _remove_empty(calls: Path) -> None:
    for month in calls.glob("????-??"):
        if month.is_dir() and not any(month.iterdir()):
            month.rmdir()


def _remove_rejected(spool: Path, cutoff: datetime) -> None:
    for path in spool.glob(f"{REJECTED}*"):
        if _changed(path) < cutoff:
            path.unlink()
