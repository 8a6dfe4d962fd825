"""Work on the record of calls that a person starts by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from voicebot.config import Settings
from voicebot.store.calls import CallStore
from voicebot.store.database import Database
from voicebot.store.retention import prune


async def prune_record(settings: Settings, days: int | None) -> str:
    """Remove what is older than `days` (None: as set); a line that says what went.

    Raises:
        DatabaseError: the database can't be used.
        OSError: a folder can't be removed.
    """
    kept = settings.record.retention_days if days is None else days
    if kept == 0:
        return "nothing is removed: the setting record.retention_days is 0"
    database = Database(settings.database, settings.data_dir)
    try:
        await database.upgrade()
        pruned = await prune(CallStore(database), settings.data_dir, kept, datetime.now(UTC))
    finally:
        await database.close()
    return (
        f"removed what is older than {kept} days: {pruned.calls} calls, "
        f"{pruned.folders} folders of recordings and journals"
    )
