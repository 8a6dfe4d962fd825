"""The process that does the work: takes jobs out of the queue and carries them.

It may be killed at any time. What was at work is taken up again when a worker of the same name
starts; what waits is not touched.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog
from dbos import DBOS, DBOSConfig

from gateway.errors import GatewayError
from gateway.jobs import names
from gateway.jobs.attempt import trace
from gateway.jobs.clean import clean
from gateway.jobs.intake import Intake
from gateway.jobs.job import name_of
from gateway.jobs.settings import JobSettings
from gateway.jobs.workflow import Conveyor, Reporter
from gateway.transform import Transform

log = structlog.get_logger(__name__)

_CLEAN_EVERY: Final = 3600.0  # seconds
_READY: Final = b"ready"
_ALONE: Final = threading.Lock()
"""Held by the worker of this process: DBOS has one instance, and would quietly share it."""


class TakenError(GatewayError):
    """Another worker of the same name is running."""


class Worker:
    """Works while it is open, in threads of this process. There can be one in a process."""

    def __init__(
        self,
        root: Path,
        address: str,
        settings: JobSettings,
        transforms: Iterable[Transform],
        reporters: Mapping[str, Reporter] | None = None,
        doors: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`doors` are what jobs come in by in this process: open while it works."""
        self._doors = doors
        self._open = ExitStack()
        self._root = root
        self._address = address
        self._settings = settings
        self._transforms = {name_of(each): each for each in transforms}
        self._reporters = dict(reporters or {})
        self._lock = -1
        self._ending = threading.Event()
        self._cleaner: threading.Thread | None = None
        self.intake: Intake | None = None

    def __enter__(self) -> Self:
        """Start to work. Raises TakenError, and what keeps a door shut."""
        self._root.mkdir(parents=True, exist_ok=True)
        if not _ALONE.acquire(blocking=False):
            raise TakenError("a worker is running in this process already; share it")
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop. A step that is at work goes on in its thread until the process ends."""
        self._stop()

    def _start(self) -> None:
        self._lock = _take(lock_path(self._root, self._settings.worker_name))
        self.intake = Intake(self._root, self._address, self._settings)
        DBOS(config=self._config())
        store = self.intake.store
        Conveyor(store, self._settings, self._transforms, self._reporters).register()
        DBOS.listen_queues([names.QUEUE])
        DBOS.launch()
        DBOS.register_queue(
            names.QUEUE,
            worker_concurrency=self._settings.workers,
            polling_interval_sec=self._settings.poll_seconds,
            on_conflict="always_update",
        )
        self._cleaner = threading.Thread(target=self._clean_for_ever, daemon=True, name="cleaner")
        self._cleaner.start()
        self._open.enter_context(self._doors())
        os.pwrite(self._lock, _READY, 0)

    def close_doors(self) -> None:
        """Nothing comes in any more; the work goes on."""
        self._open.close()

    def _stop(self) -> None:
        self._ending.set()
        self.close_doors()
        DBOS.destroy(destroy_registry=True)
        if self._cleaner:
            self._cleaner.join(5.0)
        if self.intake:
            self.intake.close()
        if self._lock >= 0:
            os.close(self._lock)
        _ALONE.release()

    def _config(self) -> DBOSConfig:
        return {
            "name": names.APPLICATION,
            "system_database_url": self._address,
            "application_version": names.VERSION,
            "executor_id": self._settings.worker_name,
            "log_level": "WARNING",
            "enable_otlp": False,
        }

    def _clean_for_ever(self) -> None:
        while self.intake and not self._ending.wait(_CLEAN_EVERY):
            try:
                cleaned = clean(self.intake)
            except Exception as error:  # noqa: BLE001 - next hour's try may succeed
                log.error("cleaning failed", **trace(error))
            else:
                log.info(
                    "cleaned", removed=cleaned.removed, swept=cleaned.swept, ended=cleaned.ended
                )


def _take(path: Path) -> int:
    """Two workers of one name would do each other's jobs a second time."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        raise TakenError(
            f"another gateway works on {path.parent}; stop it, or give this one a worker_name"
        ) from error
    os.ftruncate(file, 0)
    return file


def lock_path(root: Path, name: str) -> Path:
    """The file that the worker `name` holds locked while it lives."""
    plain = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)
    return root / f"worker-{plain}.lock"


def at_work(root: Path, name: str) -> bool:
    """Is a worker of this name up and taking jobs, in whatever process?"""
    try:
        with lock_path(root, name).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read(len(_READY)) == _READY
            return False
    except FileNotFoundError:
        return False
