"""The gateway killed with SIGKILL at random; every job is done exactly once, or reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.durability import main, run
from evaluation.durable.verdict import judge
from gateway.content import Content, Kind
from gateway.jobs.job import Order, What
from gateway.jobs.settings import database_address
from gateway.jobs.store import JobStore
from gateway.transform import Wishes


def test_jobs_survive_kills(tmp_path):
    found = run(30, 2, 5, tmp_path, database_address("", tmp_path))
    assert found["wrong"] == []
    assert (found["passed"], found["accepted"], found["kills"]) == (True, 30, 2)
    assert found["delivered"] > 5


@pytest.mark.slow
def test_a_thousand_jobs_survive_twenty_kills():
    assert main(["--jobs", "1000", "--kills", "20"]) == 0


@pytest.mark.slow
def test_jobs_survive_kills_on_postgresql(postgresql):
    assert main(["--jobs", "200", "--kills", "8", "--database", postgresql]) == 0


# ── the judge must be able to find what is wrong ─────────────────────────────────────────────


class Court:
    """Jobs as they may look in the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = JobStore(folder / "gateway")
        (folder / "reports").touch()
        self.count = 0

    def job(self, *happened, told=True, receipts=0, deliver=True):
        self.count += 1
        name = f"j{self.count}"
        staged = self.store.stage()
        source = staged / "source" / "x.txt"
        source.write_text("the text")
        content = Content(Kind.TEXT, source, "text/plain")
        order = Order(
            name, 0.0, content, Kind.EMAIL, ("post:text:email",), (1.0,), Wishes(), deliver
        )
        assert self.store.admit(staged, order)
        for what, data in happened:
            self.store.append(name, lambda _, what=what, data=data: (what, data))
        if told:
            with (self.folder / "reports").open("a") as file:
                file.write(json.dumps([name, "x"]) + "\n")
        with (self.folder / "receipts").open("a") as file:
            file.write(f"{name} x\n" * receipts)
        return name

    def verdict(self, *jobs):
        return judge(self.folder, jobs, dict.fromkeys(jobs, "the text"))


@pytest.fixture
def court(tmp_path):
    return Court(tmp_path)


def done():
    path = {"kind": "email", "path": "source/x.txt", "media_type": "message/rfc822", "details": {}}
    return What.DONE, {"content": path}


def test_what_was_delivered_once_passes(court):
    verdict = court.verdict(court.job(done(), receipts=1))
    assert (verdict.passed, verdict.done, verdict.delivered) == (True, 1, 1)


def test_what_may_have_arrived_passes_when_it_was_reported(court):
    uncertain = (What.UNCERTAIN, {"reason": "broken off"})
    jobs = [court.job(uncertain, receipts=1), court.job(uncertain)]
    verdict = court.verdict(*jobs)
    assert (verdict.passed, verdict.doubtful, verdict.arrived) == (True, 2, 1)


@pytest.mark.parametrize(
    ("happened", "more", "wrong"),
    [
        ([], {}, "lost"),
        ([done()], {"receipts": 2}, "delivered 2 times"),
        ([done()], {"receipts": 0}, "not delivered"),
        ([done()], {"receipts": 1, "deliver": False}, "unasked"),
        ([done()], {"receipts": 1, "told": False}, "nobody was told"),
        ([(What.FAILED, {"reason": "no"})], {}, "failed: no"),
        ([(What.UNCERTAIN, {"reason": ""})], {"receipts": 2}, "delivered 2 times"),
        ([(What.UNCERTAIN, {"reason": ""})], {"told": False}, "nobody was told"),
        ([(What.UNCERTAIN, {"reason": ""})], {"deliver": False}, "without a delivery"),
    ],
)
def test_what_is_wrong_is_found(court, happened, more, wrong):
    verdict = court.verdict(court.job(*happened, **more))
    assert not verdict.passed
    assert wrong in verdict.wrong[0]


def test_another_text_is_found(court):
    job = court.job(done(), receipts=1)
    verdict = judge(court.folder, [job], {job: "what was never said"})
    assert "another text" in verdict.wrong[0]


def test_a_delivery_that_nobody_ordered_is_found(court):
    court.job(done(), receipts=1)
    verdict = court.verdict(court.job(done(), receipts=1))
    assert "never accepted" in verdict.wrong[0]


def test_two_orders_for_one_job_are_found(court):
    job = court.job(done(), receipts=1)
    assert "same job" in " ".join(court.verdict(job, job).wrong)


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def postgresql():
    """The URL of a PostgreSQL server of this test's own."""
    from tests.gateway.jobs.postgres import cluster, installed

    if not installed():
        pytest.skip("PostgreSQL is not installed (apt: postgresql)")
    with cluster() as url:
        yield url
