"""What the worker's doors are doing, on a board that other processes read.

A file beside the worker's lock, written whole each time; it counts while that worker lives.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from gateway.jobs.worker import at_work, lock_path

log = structlog.get_logger(__name__)

_MOST: Final = 64 * 1024
"""Bytes of a board that are read."""


class Tell(Protocol):
    """Is told what a door is doing, and whether it has `lost` the system that it works with."""

    def __call__(self, door: str, line: str, *, lost: bool = False) -> None: ...


class Board:
    """Written by the doors of the worker `name` in `root`; for several threads."""

    def __init__(self, root: Path, name: str) -> None:
        self._path = _path(root, name)
        self._lines: dict[str, str] = {}
        self._lost: set[str] = set()
        self._lock = threading.Lock()

    def wipe(self) -> None:
        """Nothing is on it any more; an earlier worker may have left something."""
        with self._lock:
            self._lines = {}
            self._lost = set()
            self._path.unlink(missing_ok=True)

    def post(self, door: str, line: str, *, lost: bool = False) -> None:
        """What `door` is doing from now on, for people: "SMTP on 127.0.0.1:2525"."""
        with self._lock:
            if self._lines.get(door) == line and (door in self._lost) == lost:
                return
            self._lines[door] = line
            (self._lost.add if lost else self._lost.discard)(door)
            part = self._path.with_suffix(".part")
            written = json.dumps({"lines": self._lines, "lost": sorted(self._lost)})
            try:
                part.write_text(written, encoding="utf-8")
                part.replace(self._path)
            except OSError as error:  # a full disk: no door has to close because of a notice
                log.warning("notice not posted", door=door, reason=error.strerror)


def posted(root: Path, name: str) -> Mapping[str, str]:
    """What is on the board of a worker, by door; nothing when it is not at work."""
    found = _read(root, name).get("lines", {})
    return {str(door): str(line) for door, line in found.items()}


def lost(root: Path, name: str) -> frozenset[str]:
    """The doors that have lost the system they work with: a mailbox, a message centre."""
    return frozenset(map(str, _read(root, name).get("lost", ())))


def _read(root: Path, name: str) -> Mapping[str, Any]:
    if not at_work(root, name):
        return {}
    try:
        with _path(root, name).open("rb") as file:
            found = json.loads(file.read(_MOST))
    except (OSError, ValueError):  # it has no doors
        return {}
    return found if isinstance(found, dict) else {}


def _path(root: Path, name: str) -> Path:
    return lock_path(root, name).with_suffix(".doors")
