"""The front desk of the gateway: takes jobs in, says how they stand, calls them off.

It only writes a folder and a row in DBOS' queue, so any process may have one: the control plane,
the mail server, the fax receiver. The work is done by `gateway.jobs.worker`. All methods block.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dbos import DBOS, DBOSClient, EnqueueOptions
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from gateway.content import Content
from gateway.errors import GatewayError
from gateway.jobs import names
from gateway.jobs.job import Event, Job, Order, What, name_of, unpacked
from gateway.jobs.settings import JobSettings
from gateway.jobs.store import FullError, Happening, JobStore
from gateway.planner import Plan
from gateway.transform import Wishes

LIVING: Final = ("ENQUEUED", "DELAYED", "PENDING")
"""States of a workflow that somebody will still work on."""
_COUNT_EVERY: Final = 5.0  # seconds


class ConflictError(GatewayError):
    """The idempotency key was used for something else."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody would like to have converted, the file apart.

    `key` is an idempotency key ('': none) of `owner`: the same key gives the same job. `reporter`
    and `sender`: see `Order`.
    """

    plan: Plan
    wishes: Wishes = field(default_factory=Wishes)
    name: str = ""
    key: str = ""
    owner: str = ""
    reporter: str = ""
    sender: Mapping[str, Any] = field(default_factory=dict)


class Intake:
    """Takes jobs in. `root` is the gateway's data folder, `address` the database of the queue."""

    def __init__(
        self,
        root: Path,
        address: str,
        settings: JobSettings,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = JobStore(root, reserve=settings.reserve_bytes, clock=clock)
        self.settings = settings
        self._clock = clock
        self._counted = float("-inf")
        self._waiting = 0
        prepare_database(address)
        self._queue = DBOSClient(
            system_database_url=address,
            application_name=names.APPLICATION,
            retry_connection_errors=False,
        )

    def close(self) -> None:
        """Let go of the database."""
        self._queue.destroy()

    # ── taking in ─────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def stage(self, expected: int = 0) -> Iterator[Path]:
        """A folder for the file of a job to come, removed if `accept` was not called.

        `expected` is the file's size in bytes, as far as known. The file belongs into `source/`.
        Raises FullError.
        """
        self.store.check_room(expected)
        if self._count() >= self.settings.waiting:
            raise FullError("too many conversions are waiting; try again later")
        folder = self.store.stage()
        try:
            yield folder
        finally:
            self.store.discard(folder)

    def accept(self, staged: Path, source: Content, request: Request) -> str:
        """Make a job of the file in `staged`; its id. It will be done, or reported as failed.

        Raises:
            ConflictError: the idempotency key was used for another request.
            FullError: the disk is full.
        """
        plan = request.plan
        order = Order(
            id=job_id(request),
            created=self._clock(),
            source=source,
            target=plan.goal.kind,
            path=tuple(name_of(transform) for transform in plan),
            costs=tuple(transform.cost for transform in plan),
            wishes=request.wishes,
            deliver=plan.goal.delivered,
            name=request.name[:200],
            reporter=request.reporter,
            sender=request.sender,
            fingerprint=_fingerprint(source, request),
        )
        if not self.store.admit(staged, order):
            earlier = self.store.order(order.id)
            if earlier.fingerprint != order.fingerprint:
                raise ConflictError("this idempotency key was used for another conversion")
        self._waiting += 1
        self.enqueue(order)  # again, if it broke off here the last time: the id tells
        return order.id

    def enqueue(self, order: Order) -> None:
        """Put an order that was admitted into the queue, once. Raises FullError."""
        self._enqueue(names.CARRY, order.id, order.id, 0, 0, None)

    def tell(self, job: str) -> None:
        """Have the end of a job reported, once. Raises FullError, UnknownJobError."""
        if self.order(job).reporter:
            self._enqueue(names.TELL, names.report_id(job, 0), job, 0)

    def _enqueue(self, workflow: str, workflow_id: str, *arguments: object) -> None:
        options: EnqueueOptions = {
            "workflow_name": workflow,
            "queue_name": names.QUEUE,
            "workflow_id": workflow_id,
            "app_version": names.VERSION,
        }
        try:
            self._queue.enqueue(options, *arguments)
        except SQLAlchemyError as error:
            raise FullError("the gateway's queue can't be written to; try again later") from error

    # ── asking ────────────────────────────────────────────────────────────────────────────────

    def order(self, job: str) -> Order:
        """What was asked for. Raises UnknownJobError."""
        return self.store.order(job)

    def job(self, job: str) -> Job:
        """How it stands. Raises UnknownJobError."""
        return self.store.job(job)

    def events(self, job: str, after: int = 0) -> list[Event]:
        """What happened after event number `after`. Raises UnknownJobError."""
        return self.store.events(job, after)

    def newest(self, most: int = 50) -> list[tuple[Order, Job]]:
        """The youngest jobs, youngest first."""
        return [(self.store.order(each), self.store.job(each)) for each in self.store.newest(most)]

    def result_of(self, order: Order, job: Job) -> Content | None:
        """What came out; None as long as there is nothing."""
        if job.result is None:
            return None
        return unpacked(job.result, self.store.folder(order.id))

    # ── calling off ───────────────────────────────────────────────────────────────────────────

    def cancel(self, job: str) -> Job:
        """Call a job off; how it stands then. One at work ends soon, unless it is being delivered.

        Raises UnknownJobError.
        """
        after = self.store.append(job, _cancelled)
        if not after.over:
            self.store.wish_cancelled(job)
        return after

    # ── cleaning ──────────────────────────────────────────────────────────────────────────────

    def living(self) -> set[str]:
        """Ids of the workflows that are queued, delayed or at work."""
        rows = self._queue.list_workflows(status=list(LIVING), load_input=False, load_output=False)
        return {row.workflow_id for row in rows}

    def known(self, job: str) -> bool:
        """Was it ever put into the queue?"""
        return bool(self._rows(job))

    def forget(self, job: str) -> None:
        """Remove a job: first its workflows, then its files."""
        if rows := self._rows(job):
            self._queue.delete_workflows(rows)
        self.store.remove(job)

    def _rows(self, job: str) -> list[str]:
        rows = self._queue.list_workflows(
            workflow_id_prefix=job, load_input=False, load_output=False
        )
        return [row.workflow_id for row in rows if row.workflow_id.partition(".")[0] == job]

    def _count(self) -> int:
        """How many jobs wait, about: counting a long queue takes time, so it is done seldom."""
        now = self._clock()
        if now - self._counted > _COUNT_EVERY:
            rows = self._queue.list_workflows(
                status=["ENQUEUED", "DELAYED"],
                queue_name=names.QUEUE,
                limit=self.settings.waiting + 1,
                load_input=False,
                load_output=False,
            )
            self._counted, self._waiting = now, len(rows)
        return self._waiting


def prepare_database(address: str) -> None:
    """Make DBOS' tables, if they aren't there; SQLite's readers don't wait for its writer."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(url.database, timeout=30.0)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    DBOS.migrate(address)


def job_id(request: Request) -> str:
    """Made from the idempotency key, else random."""
    if not request.key:
        return uuid.uuid4().hex
    named = json.dumps([request.owner, request.key]).encode()
    return "k" + hashlib.sha256(named).hexdigest()[:40]


def _fingerprint(source: Content, request: Request) -> str:
    """The same for the same request with the same file."""
    digest = hashlib.sha256()
    with source.path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    asked = [
        source.media_type,
        [name_of(transform) for transform in request.plan],
        request.wishes.model_dump(mode="json"),
    ]
    digest.update(json.dumps(asked).encode())
    return digest.hexdigest()


def _cancelled(job: Job) -> Happening | None:
    if job.over or job.wished:
        return None
    return (What.CANCELLED, {}) if job.idle else (What.WISHED, {})
