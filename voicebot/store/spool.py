"""Writes that the database would not take, kept in a file until it does.

One file per process in data_dir/spool, locked while the process lives, so that another process that
starts in the meantime leaves it alone. A line is one write: {"seq", "method", "args"}.
"""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.store.plain import plain

REJECTED = "rejected-"
"""How the names of files begin that hold what the database refused; there is one for each month."""


@dataclass(frozen=True, slots=True)
class Write:
    """A call of `CallStore.<method>(*args)`; `seq` orders the writes of a process."""

    seq: int
    method: str
    args: tuple[Any, ...]

    def to_json(self) -> str:
        """One line without its end."""
        args = [_encode(arg) for arg in self.args]
        return json.dumps({"seq": self.seq, "method": self.method, "args": args})

    @classmethod
    def from_json(cls, line: str) -> Write:
        """Raises ValueError when `line` was not made by `to_json` (or only half written)."""
        try:
            made = json.loads(line)
            return cls(int(made["seq"]), str(made["method"]), tuple(map(_decode, made["args"])))
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"not a write: {error!r}") from error


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, RecordTurn):
        return {"$turn": plain(asdict(value))}
    return plain({"": value})[""]


def _decode(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"$at"}:
        return datetime.fromisoformat(value["$at"])
    if isinstance(value, dict) and set(value) == {"$turn"}:
        turn = value["$turn"]
        return RecordTurn(**{**turn, "party": Party(turn["party"])})
    return value


class Spool:
    """This process's file in `folder`; it is made with the first write. Mode 0600.

    Methods raise OSError when the disk does not play along.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.first_seq = 0
        self._path = folder / f"{uuid.uuid4().hex}.jsonl"
        self._fd = -1

    def append(self, write: Write) -> None:
        """Keep `write`; a half-written line is taken back."""
        if self._fd < 0:
            self._fd = _open(self._path)
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _append(self._fd, write.to_json())
        self.first_seq = min(self.first_seq, write.seq) if self.count else write.seq
        self.count += 1

    def read(self) -> list[Write]:
        """What is kept, in order of `seq`."""
        lines = self._path.read_text("utf-8").splitlines() if self.count else []
        return sorted(map(Write.from_json, lines), key=lambda write: write.seq)

    def clear(self) -> None:
        """Everything in it is in the database."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
        self.count = 0

    def close(self) -> None:
        """Let go of the file, and remove it if nothing is in it."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            if not self.count:
                self._path.unlink(missing_ok=True)
            os.close(fd)

    def reject(self, line: str, reason: str) -> None:
        """Keep, for a person to look at, what no database would take."""
        fd = _open(self.folder / f"{REJECTED}{datetime.now(UTC):%Y-%m}.jsonl")
        try:
            _append(fd, json.dumps({"reason": reason, "write": line}))
        finally:
            os.close(fd)

    def leftovers(self) -> Iterator[tuple[Path, list[str]]]:
        """Files of processes that are gone, with their lines; each is locked during its turn.

        Remove the file when its lines are in the database.
        """
        for path in sorted(self.folder.glob("*.jsonl")):
            if path.name.startswith(REJECTED) or path == self._path:
                continue
            try:
                fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:
                continue  # another process that starts just now was faster
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield path, path.read_text("utf-8").splitlines()
            except BlockingIOError:
                continue
            finally:
                os.close(fd)


def _open(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _append(fd: int, line: str) -> None:
    before = os.lseek(fd, 0, os.SEEK_END)
    data = memoryview(line.encode() + b"\n")
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError:
        os.ftruncate(fd, before)
        raise
