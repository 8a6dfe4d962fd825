"""`voicebot jobs`: the list of conversions, one of them, calling off, cleaning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from gateway.jobs.clean import clean
from gateway.jobs.intake import Intake
from gateway.jobs.job import Job, Order, State, What
from gateway.jobs.settings import database_address
from voicebot.config import Settings


@contextmanager
def opened(settings: Settings) -> Iterator[Intake]:
    """The intake that the settings describe."""
    address = database_address(settings.database_url, settings.data_dir)
    intake = Intake(settings.data_dir / "gateway", address, settings.gateway.jobs)
    try:
        yield intake
    finally:
        intake.close()


def list_jobs(settings: Settings, most: int) -> str:
    """The youngest jobs, a line each."""
    with opened(settings) as intake:
        lines = [_line(order, job) for order, job in intake.newest(most)]
    return "\n".join(lines) or "there are no conversions"


def show_job(settings: Settings, job_id: str) -> str:
    """All that happened to a job. Raises UnknownJobError."""
    with opened(settings) as intake:
        order, job = intake.order(job_id), intake.job(job_id)
        path = " → ".join(name.partition(":")[0] for name in order.path)
        lines = [_line(order, job), f"  path    {path}"]
        lines += [
            f"  {_when(event.at)}  {event.what}{_more(event.data)}"
            for event in intake.events(job_id)
            if event.what is not What.PROGRESS
        ]
        if result := intake.result_of(order, job):
            lines.append(f"  result  {result.path}")
    return "\n".join(lines)


def cancel_job(settings: Settings, job_id: str) -> str:
    """Call a job off. Raises UnknownJobError."""
    with opened(settings) as intake:
        job = intake.cancel(job_id)
    if job.state is State.CANCELLED:
        return f"{job_id} is called off"
    if job.over:
        return f"{job_id} was over already: {job.state}"
    return f"{job_id} is at work; it ends soon, unless it is being delivered"


def clean_jobs(settings: Settings, days: float | None) -> str:
    """Remove what ended long ago, and end what was left alone."""
    with opened(settings) as intake:
        cleaned = clean(intake, days)
    return (
        f"removed {cleaned.removed} conversions and {cleaned.swept} uploads that broke off; "
        f"ended {cleaned.ended} that nobody worked on any more"
    )


def _line(order: Order, job: Job) -> str:
    what = f"{order.source.kind} → {order.target}{', delivered' if order.deliver else ''}"
    more = job.reason or job.waiting
    done = f"{100 * job.done:3.0f} %"
    return f"{order.id}  {_when(order.created)}  {job.state:<9} {done}  {what}  {more}".rstrip()


def _when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S}"


def _more(data: object) -> str:
    if not isinstance(data, dict):
        return ""
    shown = {name: value for name, value in data.items() if name in ("step", "reason", "seconds")}
    return "".join(f"  {name} {value}" for name, value in shown.items())
