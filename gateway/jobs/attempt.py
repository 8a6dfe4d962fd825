"""One attempt at one step of a job: carried out, and its outcome judged."""

from __future__ import annotations

import errno
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from gateway.content import Content
from gateway.errors import (
    CancelledError,
    GatewayError,
    RefusedError,
    UnavailableError,
    UncertainError,
)
from gateway.jobs.job import Job, Order, State, What, packed, unpacked
from gateway.jobs.settings import JobSettings
from gateway.jobs.store import Happening, JobStore
from gateway.planner import Plan
from gateway.transform import Transform, Wishes

log = structlog.get_logger(__name__)

_LOOK: Final = 0.25  # seconds between two looks for a wish to cancel
_SHOWN: Final = 0.5  # seconds between two reports of progress
_SMALLEST: Final = 0.01  # of the job
_LONGEST_REASON: Final = 500  # characters

BROKEN_OFF: Final = (
    "it broke off while it was being delivered, so it may have arrived or not; "
    "ask the recipient before you send it again"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: with a `content`, over (`state`, `reason`), or to be tried `again` in
    so many seconds."""

    content: Mapping[str, Any] | None = None
    state: State | None = None
    reason: str = ""
    again: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "content": dict(self.content) if self.content is not None else None,
            "state": str(self.state) if self.state else None,
            "reason": self.reason,
            "again": self.again,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Outcome:
        """The outcome that `as_json` wrote down."""
        state = State(data["state"]) if data["state"] else None
        return cls(data["content"], state, data["reason"], data["again"])


class Attempts:
    """Carries out steps; `wall` gives seconds since the epoch, `clock` monotonic seconds."""

    def __init__(
        self,
        store: JobStore,
        settings: JobSettings,
        *,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._settings = settings
        self._wall = wall
        self._clock = clock

    def carry_out(self, order: Order, step: int, source: Mapping[str, Any], plan: Plan) -> Outcome:
        """Do step `step` of the plan.

        Not if the job is over, is not wanted any more, or has killed the process too often.
        Raises OSError when not even the outcome can be written down.
        """
        job, transform = self._store.job(order.id), plan.steps[step]
        if job.over:
            return Outcome(state=job.state, reason=job.reason)
        if job.sent or (job.sending and not transform.resumes):
            return _known_delivery(job)
        if not job.sending and self._store.cancel_wished(order.id):
            return Outcome(state=State.CANCELLED)
        if job.step == step and job.starts >= self._settings.crashes:
            if job.sending:
                return _known_delivery(job)
            times = f"{job.starts} times" if job.starts > 1 else "once"
            reason = f"the gateway broke down {times} while it did this step ({transform.name})"
            return Outcome(state=State.FAILED, reason=reason)
        job = self._store.append(order.id, lambda now: _begin(now, step))
        if job.over:  # cancelled a moment ago
            return Outcome(state=job.state, reason=job.reason)
        return self._judged(order, step, source, plan)

    def _judged(self, order: Order, step: int, source: Mapping[str, Any], plan: Plan) -> Outcome:
        folder, transform = self._store.folder(order.id), plan.steps[step]
        given = unpacked(source, folder)
        wishes = plan.wishes_for(step, order.wishes)
        try:
            made = self._run(order, step, given, transform, wishes)
        except CancelledError:
            return Outcome(state=State.CANCELLED)
        except UncertainError as error:
            return Outcome(state=State.UNCERTAIN, reason=_told(error))
        except GatewayError as error:
            return self._failed(order, step, error)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                return self._unexpected(order, transform, error)
            full = UnavailableError("the gateway's disk is full")
            return self._failed(order, step, full)
        except Exception as error:  # noqa: BLE001 - a step's mistake ends its job, not the worker
            return self._unexpected(order, transform, error)
        self._store.append(order.id, lambda _: (What.FINISHED, {"step": step}))
        return Outcome(content=packed(made, folder))

    def _run(
        self, order: Order, step: int, source: Content, transform: Transform, wishes: Wishes
    ) -> Content:
        work = StepWork(self._store, order, step, self._settings.step_seconds, self._clock)
        if not transform.delivers:
            return transform.run(source, wishes, work)
        self._store.append(order.id, lambda _: (What.SENDING, {"step": step}))
        work.wanted = True  # a letter in the post is not called back
        try:
            sent = transform.run(source, wishes, work)
        except UncertainError:
            raise
        except GatewayError:
            self._store.append(order.id, lambda _: (What.UNSENT, {"step": step}))
            raise
        except Exception as error:
            log.error("delivery broke off", job=order.id, step=transform.name, **trace(error))
            raise UncertainError(BROKEN_OFF) from error
        content = packed(sent, self._store.folder(order.id))
        self._store.append(order.id, lambda _: (What.SENT, {"step": step, "content": content}))
        return sent

    def _failed(self, order: Order, step: int, error: GatewayError) -> Outcome:
        """It failed; later again, if that can help and there is time left."""
        reason = _told(error)
        if not error.retry:
            return Outcome(state=State.FAILED, reason=reason)
        tries = self._store.job(order.id).tries
        seconds = retry_seconds(self._settings, tries)
        if self._wall() + seconds - order.created > self._settings.give_up_seconds:
            given_up = f"given up after {tries + 1} tries: {reason}"
            return Outcome(state=State.FAILED, reason=given_up)
        data = {"step": step, "reason": reason, "seconds": seconds}
        job = self._store.append(order.id, lambda now: _unless_over(now, What.LATER, data))
        if job.over:
            return Outcome(state=job.state, reason=job.reason)
        return Outcome(again=seconds)

    def _unexpected(self, order: Order, transform: Transform, error: Exception) -> Outcome:
        log.error("step failed", job=order.id, step=transform.name, **trace(error))
        reason = f"something unexpected went wrong in {transform.name}; it has been logged"
        return Outcome(state=State.FAILED, reason=reason)


class StepWork:
    """The circumstances in which a step runs; see `gateway.transform.Work`."""

    def __init__(
        self,
        store: JobStore,
        order: Order,
        step: int,
        seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._order = order
        self._step = step
        self._seconds = seconds
        self._clock = clock
        self._began = self._looked = self._showed = clock()
        self._shown = store.job(order.id).done
        self._lock = threading.Lock()  # a step may have threads of its own
        self.wanted = False
        """It can't be cancelled any more."""

    @property
    def folder(self) -> Path:
        """Where the step writes its files."""
        return self._store.step_folder(self._order.id, self._step)

    @property
    def key(self) -> str:
        """Names this step of this job."""
        return f"{self._order.id}-{self._step}"

    def progress(self, done: float) -> None:
        """So much of the step is done.

        Raises:
            CancelledError: it is not wanted any more.
            RefusedError: it has taken too long.
        """
        now = self._clock()
        with self._lock:
            if now - self._began > self._seconds:
                raise RefusedError(f"this takes longer than {self._seconds / 60:g} minutes")
            if now - self._looked >= _LOOK and not self.wanted:
                self._looked = now
                if self._store.cancel_wished(self._order.id):
                    raise CancelledError("it was called off")
            whole = self._order.progress(self._step, done)
            if now - self._showed < _SHOWN or whole - self._shown < _SMALLEST:
                return
            self._shown, self._showed = whole, now
        data = {"done": round(whole, 4)}
        self._store.append(self._order.id, lambda _: (What.PROGRESS, data), durable=False)


def retry_seconds(settings: JobSettings, tries: int) -> float:
    """How long to wait after the failure number `tries`, counted from 0."""
    return min(settings.longest_retry_seconds, settings.retry_seconds * 2.0 ** min(tries, 30))


def trace(error: BaseException) -> dict[str, str]:
    """An error for the log: its class and where it comes from, but not its message, which may
    quote what somebody wrote."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    lines = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": " > ".join(lines)}


def _begin(job: Job, step: int) -> Happening | None:
    return _unless_over(job, What.BEGAN, {"step": step})


def _unless_over(job: Job, what: What, data: Mapping[str, Any]) -> Happening | None:
    return None if job.over else (what, data)


def _known_delivery(job: Job) -> Outcome:
    """The process died after a delivery had begun: what is known about it?"""
    if job.sent is not None:
        return Outcome(content=job.sent)
    return Outcome(state=State.UNCERTAIN, reason=BROKEN_OFF)


def _told(error: GatewayError) -> str:
    return str(error)[:_LONGEST_REASON] or type(error).__name__
