"""Housekeeping: what goes, what stays, and what is ended."""

from __future__ import annotations

import pytest

from gateway.content import Content, Kind
from gateway.jobs.clean import clean
from gateway.jobs.intake import Intake, Request
from gateway.jobs.job import State, What
from gateway.jobs.settings import JobSettings, database_address
from gateway.jobs.store import UnknownJobError
from tests.gateway.jobs.steps import LOUDER, plan

DAY = 86400.0


class Office:
    """An intake with a clock that is moved by hand, and no worker."""

    def __init__(self, folder):
        self.now = 1000.0
        address = database_address("", folder)
        settings = JobSettings(reserve_bytes=0, keep_days=7)
        self.intake = Intake(folder / "gateway", address, settings, clock=lambda: self.now)

    def submit(self, enqueued=True):
        with self.intake.stage() as staged:
            path = staged / "source" / "a.txt"
            path.write_text("hello")
            source = Content(Kind.TEXT, path, "text/plain")
            if not enqueued:
                self.intake.enqueue = lambda order: None
            return self.intake.accept(staged, source, Request(plan(LOUDER), reporter="told"))

    def happens(self, job, what, **data):
        self.intake.store.append(job, lambda _: (what, data))

    def dies(self, job):
        """DBOS has given up on it."""
        self.intake._queue.cancel_workflow(job)

    def clean(self, days=None):
        return clean(self.intake, days, clock=lambda: self.now)


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.intake.close()


def test_what_ended_long_ago_goes_and_the_rest_stays(office):
    old, waiting = office.submit(), office.submit()
    office.happens(old, What.FAILED, reason="no")
    office.dies(old)
    office.now += 6 * DAY
    assert office.clean().removed == 0
    office.now += 2 * DAY
    assert office.clean().removed == 1
    with pytest.raises(UnknownJobError):
        office.intake.job(old)
    assert office.intake.job(waiting).state is State.ACCEPTED
    assert not office.intake.known(old)


@pytest.mark.parametrize(
    ("happened", "state", "says"),
    [
        ([], State.FAILED, "send it again"),
        ([(What.BEGAN, {"step": 0}), (What.SENDING, {"step": 0})], State.UNCERTAIN, "may have"),
    ],
)
def test_a_job_that_nobody_works_on_is_ended_and_reported(office, happened, state, says):
    job = office.submit()
    for what, data in happened:
        office.happens(job, what, **data)
    office.dies(job)
    assert office.clean().ended == 0  # it may just have been given up for a moment
    office.now += 120
    assert office.clean().ended == 1
    now = office.intake.job(job)
    assert now.state is state
    assert says in now.reason
    assert f"{job}.report.0" in office.intake.living()
    assert office.clean().ended == 0


def test_a_delivery_that_arrived_is_done(office):
    job = office.submit()
    content = {"kind": "text", "path": "source/a.txt", "media_type": "text/plain", "details": {}}
    office.happens(job, What.SENT, step=0, content=content)
    office.dies(job)
    office.now += 120
    office.clean()
    assert office.intake.job(job).state is State.DONE


def test_what_was_never_promised_is_removed_quietly(office):
    job = office.submit(enqueued=False)
    office.now += 1800
    assert office.clean().ended == 0
    assert office.intake.job(job).state is State.ACCEPTED  # somebody may be about to enqueue it
    office.now += 3600
    office.clean()
    with pytest.raises(UnknownJobError):
        office.intake.job(job)


def test_a_job_in_the_queue_is_left_alone_however_long_it_waits(office):
    job = office.submit()
    office.now += 30 * DAY
    assert office.clean() == type(office.clean())(0, 0, 0)
    assert office.intake.job(job).state is State.ACCEPTED
