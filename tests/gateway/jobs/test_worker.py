"""Jobs from acceptance to their end, with the real DBOS on SQLite."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest

from gateway.content import Content, Kind
from gateway.jobs.intake import Request
from gateway.jobs.job import State, What
from gateway.jobs.settings import JobSettings, database_address
from gateway.jobs.worker import Worker
from tests.gateway.jobs.steps import (
    LOUDER,
    MIRRORED,
    plan,
)

SETTINGS = JobSettings(poll_seconds=0.02, reserve_bytes=0, retry_seconds=0.05, nice=0)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "gateway"


@pytest.fixture
def address(tmp_path):
    return database_address("", tmp_path)


def submit(intake, text="hello", wanted=None, **more):
    with intake.stage() as staged:
        path = staged / "source" / "source.txt"
        path.write_text(text)
        source = Content(Kind.TEXT, path, "text/plain")
        return intake.accept(staged, source, Request(wanted or plan(LOUDER, MIRRORED), **more))


def ended(intake, job_id, seconds=20.0):
    """The job when it is over (and, if somebody is to be told, when that has happened)."""
    until = time.monotonic() + seconds
    reporter = intake.order(job_id).reporter
    while time.monotonic() < until:
        job = intake.job(job_id)
        if job.over and (job.reported or not reporter):
            return job
        time.sleep(0.01)
    raise AssertionError(f"not over: {intake.events(job_id)}")


@contextmanager
def working(root, address, *transforms, settings=SETTINGS, **more):
    with Worker(root, address, settings, transforms, **more) as worker:
        yield worker.intake


def test_a_job_is_done_step_by_step(root, address):
    with working(root, address, LOUDER, MIRRORED) as intake:
        job_id = submit(intake)
        job = ended(intake, job_id)
        result = intake.result_of(intake.order(job_id), job)
        assert (job.state, job.done) == (State.DONE, 1.0)
        assert result.path.read_text() == "OLLEH"
        assert result.details["key"] == f"{job_id}-0"
        whats = [event.what for event in intake.events(job_id) if event.what is not What.PROGRESS]
        assert whats == [What.ACCEPTED, *[What.BEGAN, What.FINISHED] * 2, What.DONE]
        assert not (root / "jobs" / job_id / "steps" / "0").exists()  # nobody needs it any more
