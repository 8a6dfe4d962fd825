"""How long the record is kept: after that, recordings, journals and rows are removed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import and_, delete, or_, select

from voicebot.store.calls import CallStore
from voicebot.store.folders import call_folder
from voicebot.store.models import Call
from voicebot.store.spool import REJECTED

_BATCH = 200  # calls per transaction: other writers get their turn in between

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed: calls from the database, and folders with recordings and journals.

    `failed` counts folders that could not be removed; they are tried again the next time.
    """

    calls: int = 0
    folders: int = 0
    failed: int = 0


async def prune(store: CallStore, data_dir: Path, days: int, now: datetime) -> Pruned:
    """Remove what is older than `days` before `now`; 0 keeps everything.

    A running call is never touched. A folder goes before its row, so that a failure leaves a row
    by which the next run finds the folder again. Folders that no row knows go as soon as nothing
    in them is young enough.
    """
    if days <= 0:
        return Pruned()
    cutoff = now - timedelta(days=days)
    calls = folders = 0
    failed: set[Path] = set()
    after = ("", datetime.min.replace(tzinfo=UTC))
    while batch := await _old_calls(store, cutoff, after):
        after = batch[-1]
        paths = {call_id: call_folder(data_dir, call_id, at) for call_id, at in batch}
        removed, unremoved = await asyncio.to_thread(_remove, paths.values())
        folders += removed
        failed |= unremoved
        gone = [call_id for call_id, path in paths.items() if path not in unremoved]
        async with store.database.write() as session:
            await session.execute(delete(Call).where(Call.id.in_(gone)))
        calls += len(gone)
    orphans = set(await asyncio.to_thread(_old_folders, data_dir / "calls", cutoff))
    orphans -= await _running_folders(store, data_dir) | failed
    removed, unremoved = await asyncio.to_thread(_remove, orphans)
    await asyncio.to_thread(_tidy, data_dir, cutoff)
    pruned = Pruned(calls, folders + removed, len(failed | unremoved))
    if pruned != Pruned():
        log.info("pruned", calls=calls, folders=pruned.folders, failed=pruned.failed, days=days)
    return pruned


async def _old_calls(
    store: CallStore, cutoff: datetime, after: tuple[str, datetime]
) -> list[tuple[str, datetime]]:
    """A batch of ended calls from before `cutoff`, oldest first; `after` ends the one before."""
    last_id, last_at = after
    query = select(Call.id, Call.started_at).where(
        Call.started_at < cutoff,
        Call.ended_at.is_not(None),
        or_(Call.started_at > last_at, and_(Call.started_at == last_at, Call.id > last_id)),
    )
    query = query.order_by(Call.started_at, Call.id)
    async with store.database.read() as session:
        return [(row[0], row[1]) for row in await session.execute(query.limit(_BATCH))]


async def _running_folders(store: CallStore, data_dir: Path) -> set[Path]:
    query = select(Call.id, Call.started_at).where(Call.ended_at.is_(None))
    async with store.database.read() as session:
        return {call_folder(data_dir, row[0], row[1]) for row in await session.execute(query)}


def _remove(folders: Iterable[Path]) -> tuple[int, set[Path]]:
    """How many were removed, and which could not be."""
    count, failed = 0, set()
    for folder in folders:
        try:
            shutil.rmtree(folder)
            count += 1
        except FileNotFoundError:
            continue  # a call without recording and journal
        except OSError as error:
            failed.add(folder)
            log.error("prune_failed", folder=folder.name, reason=error.strerror or str(error))
    return count, failed


def _old_folders(calls: Path, cutoff: datetime) -> list[Path]:
    """Folders of calls in which the newest file is older than `cutoff`."""
    return [
        folder
        for folder in calls.glob("????-??/*")
        if folder.is_dir() and all(_changed(path) < cutoff for path in (folder, *folder.rglob("*")))
    ]


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.lstat().st_mtime, UTC)


def _tidy(data_dir: Path, cutoff: datetime) -> None:
    """Remove empty months, and what the database had refused."""
    for month in (data_dir / "calls").glob("????-??"):
        if month.is_dir() and not any(month.iterdir()):
            with suppress(OSError):  # a call has begun in it just now
                month.rmdir()
    for path in (data_dir / "spool").glob(f"{REJECTED}*"):
        if _changed(path) < cutoff:
            path.unlink(missing_ok=True)
