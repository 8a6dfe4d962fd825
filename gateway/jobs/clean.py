"""Housekeeping: what is old goes, and a job that nobody works on any more is ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.errors import GatewayError
from gateway.jobs.attempt import BROKEN_OFF, Outcome
from gateway.jobs.intake import Intake
from gateway.jobs.job import Job, State
from gateway.jobs.workflow import finish

_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR
_SETTLED: Final = 60.0  # seconds without an event, before a job counts as left alone


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was done: jobs and half-accepted uploads removed, jobs ended."""

    removed: int = 0
    swept: int = 0
    ended: int = 0


def clean(
    intake: Intake, days: float | None = None, *, clock: Callable[[], float] = time.time
) -> Cleaned:
    """Remove what ended more than `days` ago (None: as set); end what was left alone."""
    kept = (intake.settings.keep_days if days is None else days) * _DAY
    living = {name.partition(".")[0] for name in intake.living()}
    removed = ended = 0
    for job_id in list(intake.store.ids()):
        try:
            job = intake.job(job_id)
            if job_id in living or clock() - job.changed < _SETTLED:
                continue
            if not job.over:
                ended += _end(intake, job_id, job, clock())
            elif clock() - job.changed > kept:
                intake.forget(job_id)
                removed += 1
        except GatewayError:  # somebody else has removed it in the meantime
            continue
    return Cleaned(removed, intake.store.sweep(_HOUR), ended)


def _end(intake: Intake, job_id: str, job: Job, now: float) -> int:
    """End a job that has no living workflow; 1 if it was ended."""
    if not intake.known(job_id):  # the process died before it was accepted: nobody was promised it
        if now - job.changed > _HOUR:
            intake.forget(job_id)
        return 0
    finish(intake.store, job_id, _outcome(job))
    intake.tell(job_id)
    return 1


def _outcome(job: Job) -> Outcome:
    """All that can be said of a job that broke down for good."""
    if job.sent is not None:
        return Outcome(content=job.sent)
    if job.sending:
        return Outcome(state=State.UNCERTAIN, reason=BROKEN_OFF)
    reason = "the gateway broke down while it did this; please send it again"
    return Outcome(state=State.FAILED, reason=reason)
