"""Where jobs are written down: one folder for each, with all its files and its events.

    jobs/<id>/order.json    what was asked for; never changes
    jobs/<id>/events.jsonl  what happened, a line for each event; only ever grows
    jobs/<id>/source/       the file that came in
    jobs/<id>/steps/<n>/    what the steps make of it
    jobs/<id>/cancel        somebody wants it called off
    incoming/<random>/      a job that is not accepted yet

A job is accepted by renaming its complete, synced folder from incoming/ to jobs/. Several processes
may work on the same folder: events are appended under a file lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from gateway.errors import GatewayError, UnavailableError
from gateway.jobs.job import Event, Job, Order, What

ORDER: Final = "order.json"
EVENTS: Final = "events.jsonl"
CANCEL: Final = "cancel"

Happening = tuple[What, Mapping[str, Any]]
"""An event to be."""


class UnknownJobError(GatewayError):
    """There is no such job, or it was cleaned away."""


class FullError(UnavailableError):
    """There is no room for another job: the disk is full, or too many are waiting."""


class JobStore:
    """The jobs below `root`; `clock` gives seconds since the epoch."""

    def __init__(
        self, root: Path, *, reserve: int = 0, clock: Callable[[], float] = time.time
    ) -> None:
        self._jobs = root / "jobs"
        self._incoming = root / "incoming"
        self._reserve = reserve
        self._clock = clock
        for folder in (self._jobs, self._incoming):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    # ── accepting ─────────────────────────────────────────────────────────────────────────────

    def check_room(self, size: int) -> None:
        """Raise FullError when `size` more bytes would use up the reserve of the disk."""
        if shutil.disk_usage(self._incoming).free - size < self._reserve:
            raise FullError("the gateway's disk is full; try again later")

    def stage(self) -> Path:
        """An empty folder for a job to come; `admit` or `discard` it."""
        folder = self._incoming / uuid.uuid4().hex
        try:
            folder.mkdir(mode=0o700)
            (folder / "source").mkdir()
        except OSError as error:
            raise FullError(f"the gateway can't write to its disk: {error.strerror}") from error
        return folder

    def discard(self, staged: Path) -> None:
        """The job did not come."""
        shutil.rmtree(staged, ignore_errors=True)

    def admit(self, staged: Path, order: Order) -> bool:
        """Make the job durable; False when a job of this id is there already.

        `order.source` lies in `staged`. Afterwards the job survives a crash of the machine.

        Raises:
            FullError: the disk is full; nothing was admitted.
        """
        try:
            _write(staged / ORDER, json.dumps(order.as_json(staged)).encode())
            first = Event(1, order.created, What.ACCEPTED)
            _write(staged / EVENTS, _line(first))
            _sync(order.source.path)
            _sync(staged / "source")
            _sync(staged)
            staged.rename(self.folder(order.id))
        except OSError as error:
            if self.folder(order.id).exists():
                return False
            raise FullError(f"the gateway can't write to its disk: {error.strerror}") from error
        _sync(self._jobs)
        return True

    # ── reading ───────────────────────────────────────────────────────────────────────────────

    def folder(self, job_id: str) -> Path:
        """The folder of a job, which need not exist. Raises UnknownJobError for what is no id."""
        if not job_id.isascii() or not job_id.isalnum() or len(job_id) > 64:
            raise UnknownJobError("there is no such conversion")
        return self._jobs / job_id

    def order(self, job_id: str) -> Order:
        """What was asked for. Raises UnknownJobError."""
        folder = self.folder(job_id)
        try:
            data = json.loads((folder / ORDER).read_bytes())
        except FileNotFoundError:
            raise UnknownJobError("there is no such conversion") from None
        return Order.from_json(data, folder)

    def events(self, job_id: str, after: int = 0) -> list[Event]:
        """What happened after event number `after`. Raises UnknownJobError."""
        try:
            content = (self.folder(job_id) / EVENTS).read_bytes()
        except FileNotFoundError:
            raise UnknownJobError("there is no such conversion") from None
        return list(_events(content))[after:]

    def job(self, job_id: str) -> Job:
        """How it stands. Raises UnknownJobError."""
        return Job.of(self.events(job_id))

    def size(self, job_id: str) -> int:
        """Bytes of events: when they are as many as before, nothing has happened."""
        try:
            return (self.folder(job_id) / EVENTS).stat().st_size
        except FileNotFoundError:
            raise UnknownJobError("there is no such conversion") from None

    def ids(self) -> Iterator[str]:
        """All jobs, in no order."""
        return (entry.name for entry in os.scandir(self._jobs) if entry.is_dir())

    def newest(self, most: int) -> list[str]:
        """The ids of at most `most` jobs, the youngest first."""
        with os.scandir(self._jobs) as entries:
            found = [(_born(Path(entry.path)), entry.name) for entry in entries if entry.is_dir()]
        return [name for _, name in sorted(found, reverse=True)[:most]]

    # ── happening ─────────────────────────────────────────────────────────────────────────────

    def append(
        self, job_id: str, decide: Callable[[Job], Happening | None], *, durable: bool = True
    ) -> Job:
        """Let `decide` say, by how the job stands, what happens to it (None: nothing).

        Nobody else can append between the question and the answer. A `durable` event survives a
        crash of the machine. Returns the job as it stands then. Raises UnknownJobError, OSError.
        """
        with self._locked(job_id) as file:
            content = os.pread(file, os.fstat(file).st_size, 0)
            whole = content.rfind(b"\n") + 1
            if whole < len(content):  # the machine died while it wrote this line
                os.ftruncate(file, whole)
            job = Job.of(_events(content))
            happening = decide(job)
            if happening is None:
                return job
            event = Event(job.events + 1, self._clock(), *happening)
            line = _line(event)
            written = os.pwrite(file, line, whole)
            if written < len(line):
                os.ftruncate(file, whole)
                raise OSError(28, "no space left for an event")
            if durable:
                os.fsync(file)
            return job.after(event)

    def wish_cancelled(self, job_id: str) -> None:
        """Leave a sign for whoever works on the job."""
        (self.folder(job_id) / CANCEL).touch()

    def cancel_wished(self, job_id: str) -> bool:
        """Is there such a sign?"""
        return (self.folder(job_id) / CANCEL).exists()

    def step_folder(self, job_id: str, step: int) -> Path:
        """Where a step writes its files."""
        folder = self.folder(job_id) / "steps" / str(step)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def tidy(self, job_id: str, kept: Path | None) -> None:
        """Remove what the steps made, but for the folder in which the file `kept` lies."""
        steps = self.folder(job_id) / "steps"
        for folder in steps.iterdir() if steps.is_dir() else ():
            if kept is None or not kept.is_relative_to(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def remove(self, job_id: str) -> None:
        """Forget a job and its files."""
        shutil.rmtree(self.folder(job_id), ignore_errors=True)

    def sweep(self, age: float) -> int:
        """Remove what was never accepted and is older than `age` seconds; how many."""
        old = [
            folder
            for folder in self._incoming.iterdir()
            if self._clock() - folder.stat().st_mtime > age
        ]
        for folder in old:
            shutil.rmtree(folder, ignore_errors=True)
        return len(old)

    @contextmanager
    def _locked(self, job_id: str) -> Iterator[int]:
        try:
            file = os.open(self.folder(job_id) / EVENTS, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            raise UnknownJobError("there is no such conversion") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _line(event: Event) -> bytes:
    row = {"n": event.number, "at": round(event.at, 3), "what": event.what, "data": event.data}
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def _events(content: bytes) -> Iterator[Event]:
    """The events in whole lines; a line without an end was never finished."""
    for line in content[: content.rfind(b"\n") + 1].splitlines():
        row = json.loads(line)
        yield Event(row["n"], row["at"], What(row["what"]), row["data"])


def _born(folder: Path) -> float:
    """When the job was accepted; its order is never touched again."""
    try:
        return (folder / ORDER).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    """What `path` (a file or a folder) holds survives a crash of the machine."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
