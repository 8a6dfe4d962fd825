"""The life of a job as DBOS workflows, which go on after a crash where they stopped.

`carry` runs the steps of a job one after the other. A step that is to be tried again later ends the
workflow and puts its successor into the queue with a delay, so that waiting holds no worker. `tell`
reports to whoever sent the job how it ended.

Everything that a workflow decides follows from its arguments, the order (which never changes) and
the recorded outcomes of its steps: that is what makes replaying it safe.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from dbos import DBOS, EnqueueOptions, StepOptions

from gateway.errors import GatewayError
from gateway.jobs import names
from gateway.jobs.attempt import Attempts, Outcome, retry_seconds, trace
from gateway.jobs.job import ENDINGS, Job, Order, State, What, packed, unpacked
from gateway.jobs.settings import JobSettings
from gateway.jobs.store import Happening, JobStore
from gateway.planner import Goal, Plan
from gateway.transform import Transform

log = structlog.get_logger(__name__)

Plain = dict[str, Any]


class Reporter(Protocol):
    """Tells whoever sent a job how it ended."""

    def __call__(self, order: Order, job: Job, key: str, /) -> None:
        """Tell it; `key` is the same if it has to be told again after a crash.

        Called for every job that names this reporter, however it ended. Raises GatewayError, with
        `retry` if it should be tried again.
        """


@dataclass(frozen=True, slots=True)
class Conveyor:
    """What the workflows need: transforms by name (see `name_of`), reporters by name."""

    store: JobStore
    settings: JobSettings
    transforms: Mapping[str, Transform]
    reporters: Mapping[str, Reporter]
    wall: Callable[[], float] = time.time

    def register(self) -> None:
        """Make the workflows known to DBOS, before it is launched."""
        DBOS.workflow(name=names.CARRY)(self.carry_workflow())
        DBOS.workflow(name=names.TELL)(self.tell_workflow())

    # ── the steps of a job ────────────────────────────────────────────────────────────────────

    def carry_workflow(self) -> Callable[[str, int, int, Plain | None], None]:
        """(job, turn, step, source): do the job from `step` on, with what came out before it."""

        def carry(job_id: str, turn: int, step: int, source: Plain | None) -> None:
            order = self.store.order(job_id)
            made = source if source is not None else packed(order.source, self.store.folder(job_id))
            outcome = Outcome(content=made)
            for index in range(step, len(order.path)):
                name: StepOptions = {"name": order.path[index]}
                outcome = Outcome.from_json(DBOS.run_step(name, self._attempt, order, index, made))
                if outcome.again is not None:
                    _later(names.workflow_id(job_id, turn + 1), names.CARRY, outcome.again,
                           job_id, turn + 1, index, made)  # fmt: skip
                    return
                if outcome.content is None:
                    break
                made = dict(outcome.content)
            DBOS.run_step({"name": "finish"}, self._finish, order, outcome.as_json())
            if order.reporter:
                _later(names.report_id(job_id, 0), names.TELL, 0.0, job_id, 0)

        return carry

    def _attempt(self, order: Order, step: int, source: Plain) -> Plain:
        _be_nice(self.settings.nice)
        steps = tuple(each for name in order.path if (each := self.transforms.get(name)))
        if len(steps) < len(order.path):
            gone = next(name for name in order.path if name not in self.transforms)
            reason = f"this gateway can't do {gone} any more"
            return Outcome(state=State.FAILED, reason=reason).as_json()
        plan = Plan(order.source.kind, Goal(order.target, order.deliver), steps)
        attempts = Attempts(self.store, self.settings, wall=self.wall)
        return attempts.carry_out(order, step, source, plan).as_json()

    def _finish(self, order: Order, outcome: Plain) -> None:
        finish(self.store, order.id, Outcome.from_json(outcome))

    # ── telling ───────────────────────────────────────────────────────────────────────────────

    def tell_workflow(self) -> Callable[[str, int], None]:
        """(job, turn): tell the sender how it ended; try again later if that fails."""

        def tell(job_id: str, turn: int) -> None:
            again = DBOS.run_step({"name": "report"}, self._report, job_id, turn)
            if again is not None:
                _later(names.report_id(job_id, turn + 1), names.TELL, again, job_id, turn + 1)

        return tell

    def _report(self, job_id: str, turn: int) -> float | None:
        """Seconds until it is to be tried again; None when that's over."""
        order, job = self.store.order(job_id), self.store.job(job_id)
        reporter = self.reporters.get(order.reporter)
        if job.reported:
            return None
        if reporter is None:
            log.error("nobody can report", job=job_id, reporter=order.reporter)
            return None
        try:
            reporter(order, job, f"{job_id}-report")
        except GatewayError as error:
            seconds = retry_seconds(self.settings, turn)
            late = self.wall() + seconds - job.changed > self.settings.give_up_seconds
            if error.retry and not late:
                return seconds
            log.error("report failed", job=job_id, error=type(error).__name__)
            return None
        except Exception as error:  # noqa: BLE001 - a reporter's mistake ends the report only
            log.error("report failed", job=job_id, **trace(error))
            return None
        self.store.append(job_id, lambda now: None if now.reported else (What.REPORTED, {}))
        return None


def finish(store: JobStore, job_id: str, outcome: Outcome) -> Job:
    """Write down how a job ended, once; what only its steps needed goes first."""
    content = outcome.content
    kept = unpacked(content, store.folder(job_id)).path if content is not None else None
    store.tidy(job_id, kept)
    job = store.append(job_id, lambda now: _ending(now, outcome))
    log.info("conversion ended", job=job_id, state=str(job.state))
    return job


def _ending(job: Job, outcome: Outcome) -> Happening | None:
    if job.over:
        return None
    if outcome.state is None:
        return What.DONE, {"content": dict(outcome.content or {})}
    return ENDINGS[outcome.state], {"reason": outcome.reason}


def _later(workflow_id: str, name: str, seconds: float, *arguments: Any) -> None:
    """Put a workflow into the queue, once; called in a workflow."""
    options: EnqueueOptions = {
        "workflow_name": name,
        "queue_name": names.QUEUE,
        "workflow_id": workflow_id,
        "app_version": names.VERSION,
    }
    if seconds > 0:
        options["delay_seconds"] = seconds
    DBOS.enqueue_workflow_with_options(options, *arguments)


def _be_nice(level: int) -> None:
    """This thread gives way to others. (Linux counts threads as processes here.)"""
    thread = threading.get_native_id()
    if os.getpriority(os.PRIO_PROCESS, thread) < level:
        os.setpriority(os.PRIO_PROCESS, thread, level)
