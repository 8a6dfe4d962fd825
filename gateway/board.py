"""What the worker's doors are doing, on a board that other processes read.

A file beside the worker's lock, written whole each time; it counts while that worker lives.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog

from gateway.jobs.worker import at_work, lock_path

log = structlog.get_logger(__name__)

_MOST: Final = 64 * 1024
"""Bytes of a board that are read."""


class Board:
    """Written by the doors of the worker `name` in `root`; for several threads."""

    def __init__(self, root: Path, name: str) -> None:
        self._path = _path(root, name)
        self._lines: dict[str, str] = {}
        self._lock = threading.Lock()

    def wipe(self) -> None:
        """Nothing is on it any more; an earlier worker may have left something."""
        with self._lock:
            self._lines = {}
            self._path.unlink(missing_ok=True)

    def post(self, door: str, line: str) -> None:
        """What `door` is doing from now on, for people: "SMTP on 127.0.0.1:2525"."""
        with self._lock:
            if self._lines.get(door) == line:
                return
            self._lines[door] = line
            part = self._path.with_suffix(".part")
            try:
                part.write_text(json.dumps(self._lines), encoding="utf-8")
                part.replace(self._path)
            except OSError as error:  # a full disk: no door has to close because of a notice
                log.warning("notice not posted", door=door, reason=error.strerror)


def posted(root: Path, name: str) -> Mapping[str, str]:
    """What is on the board of a worker, by door; nothing when it is not at work."""
    if not at_work(root, name):
        return {}
    try:
        with _path(root, name).open("rb") as file:
            found = json.loads(file.read(_MOST))
    except (OSError, ValueError):  # it has no doors
        return {}
    return {str(door): str(line) for door, line in found.items()}


def _path(root: Path, name: str) -> Path:
    return lock_path(root, name).with_suffix(".doors")
