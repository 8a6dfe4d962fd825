"""Where the files of a call lie: data_dir/calls/<yyyy-mm>/<call id>/."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

RECORDING = "recording.wav"
JOURNAL = "journal.jsonl"


def call_folder(data_dir: Path, call_id: str, started_at: datetime) -> Path:
    """The folder of a call; it need not exist. `started_at` must have a time zone.

    A call id comes from outside. What is not a letter, digit, '-' or '_' is replaced, and then a
    digest of the whole id keeps two ids apart: no id leads out of `data_dir`, none hits another.
    """
    if started_at.tzinfo is None:
        raise ValueError("started_at has no time zone: pass datetime.now(UTC)")
    return data_dir / "calls" / f"{started_at.astimezone(UTC):%Y-%m}" / safe_name(call_id)


def safe_name(call_id: str) -> str:
    """`call_id` as the name of a folder, at most 80 characters."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,80}", call_id):
        return call_id
    digest = hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    # A plain id can't end like this: '.' is not among its characters.
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', call_id)[:60]}.{digest}"
