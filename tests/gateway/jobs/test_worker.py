"""Jobs from acceptance to their end, with the real DBOS on SQLite."""

from __future__ import annotations

import threading
import time

import pytest

from gateway.content import Content, Kind
from gateway.errors import RefusedError
from gateway.jobs.intake import ConflictError, Intake, Request
from gateway.jobs.job import State, What
from gateway.jobs.settings import JobSettings, database_address
from gateway.jobs.store import FullError, UnknownJobError
from gateway.jobs.worker import TakenError, Worker
from gateway.transform import Transform, Wishes
from tests.gateway.jobs.steps import (
    BROKEN,
    BUSY,
    LOUDER,
    MIRRORED,
    WRONG,
    Post,
    Told,
    plan,
    posting,
)

SETTINGS = JobSettings(poll_seconds=0.02, reserve_bytes=0, retry_seconds=0.05, nice=0)


class Office:
    """A worker at work, what it delivers and reports, and a step that waits for the test."""

    def __init__(self):
        self.post, self.told = Post(), Told()
        self.gate, self.entered = threading.Event(), threading.Event()
        self.slow = Transform("slow", Kind.TEXT, Kind.FAX, 1.0, 0.0, self._slow)
        self.bad = Transform("bad", Kind.TEXT, Kind.FAX, 1.0, 0.0, self._bad)
        self.steps = (LOUDER, MIRRORED, posting(self.post), self.slow, self.bad)

    def _slow(self, source, wishes, work):
        self.entered.set()
        until = time.monotonic() + 20
        while not self.gate.is_set() and time.monotonic() < until:
            work.progress(0.5)
            time.sleep(0.01)
        return source

    def _bad(self, source, wishes, work):
        raise ZeroDivisionError("secret words of a caller")

    def reset(self):
        self.post.trouble, self.post.delivered, self.post.tried = [], [], 0
        self.told.trouble, self.told.ends = [], []
        self.gate.clear()
        self.entered.clear()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    office = Office()
    reporters = {"told": office.told}
    address = database_address("", folder)
    with Worker(folder / "gateway", address, SETTINGS, office.steps, reporters) as worker:
        office.intake = worker.intake
        yield office


@pytest.fixture
def office(running):
    running.reset()
    return running


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


def delivery(office, slow=False):
    first = (office.slow,) if slow else (LOUDER, MIRRORED)
    return plan(*first, posting(office.post), delivered=True)


def whats(intake, job_id):
    return [event.what for event in intake.events(job_id) if event.what is not What.PROGRESS]


def test_a_job_is_done_step_by_step(office):
    intake = office.intake
    job_id = submit(intake)
    job = ended(intake, job_id)
    result = intake.result_of(intake.order(job_id), job)
    assert (job.state, job.done) == (State.DONE, 1.0)
    assert result.path.read_text() == "OLLEH"
    assert result.details["key"] == f"{job_id}-0"
    assert whats(intake, job_id) == [
        What.ACCEPTED,
        *[What.BEGAN, What.FINISHED] * 2,
        What.DONE,
    ]
    assert not (intake.store.folder(job_id) / "steps" / "0").exists()  # nobody needs it any more


def test_what_is_delivered_is_marked_before_and_after(office):
    job_id = submit(office.intake, wanted=delivery(office))
    assert ended(office.intake, job_id).state is State.DONE
    assert office.post.delivered == ["OLLEH"]
    begun = whats(office.intake, job_id)[5:]
    assert begun == [What.BEGAN, What.SENDING, What.SENT, What.FINISHED, What.DONE]


def test_a_busy_line_is_tried_again(office):
    office.post.trouble = [BUSY, BUSY]
    job_id = submit(office.intake, wanted=delivery(office))
    assert ended(office.intake, job_id).state is State.DONE
    assert (office.post.tried, office.post.delivered) == (3, ["OLLEH"])
    assert whats(office.intake, job_id).count(What.LATER) == 2
    assert whats(office.intake, job_id).count(What.UNSENT) == 2


def test_a_failure_is_reported_with_its_reason_and_not_tried_again(office):
    office.post.trouble = [WRONG]
    job_id = submit(office.intake, wanted=delivery(office), reporter="told")
    assert ended(office.intake, job_id).state is State.FAILED
    assert office.told.ends == [(job_id, "failed", "there is no such number")]
    assert office.post.tried == 1


def test_a_report_that_fails_is_tried_again(office):
    office.told.trouble = [BUSY]
    job_id = submit(office.intake, reporter="told")
    ended(office.intake, job_id)
    assert office.told.ends == [(job_id, "done", "")]


@pytest.mark.parametrize("trouble", [BROKEN, OSError("cable"), ZeroDivisionError()])
def test_a_delivery_that_breaks_off_is_uncertain_and_never_repeated(office, trouble):
    office.post.trouble = [trouble]
    job_id = submit(office.intake, wanted=delivery(office), reporter="told")
    assert ended(office.intake, job_id).state is State.UNCERTAIN
    assert office.post.tried == 1
    assert office.told.ends[0][1] == "uncertain"


def test_a_step_that_is_wrong_fails_its_job_without_telling_what_somebody_wrote(office, capsys):
    job_id = submit(office.intake, wanted=plan(office.bad))
    job = ended(office.intake, job_id)
    assert job.state is State.FAILED
    assert "unexpected" in job.reason
    assert "secret" not in job.reason
    printed = capsys.readouterr()
    assert "secret words" not in printed.out + printed.err


def test_a_job_at_work_is_cancelled_soon(office):
    job_id = submit(office.intake, wanted=delivery(office, slow=True))
    assert office.entered.wait(10)
    assert office.intake.cancel(job_id).wished
    assert ended(office.intake, job_id).state is State.CANCELLED
    assert office.post.tried == 0


def test_a_job_that_waits_is_cancelled_at_once(office):
    busy = [submit(office.intake, wanted=plan(office.slow)) for _ in range(SETTINGS.workers)]
    assert office.entered.wait(10)
    waiting = submit(office.intake)
    assert office.intake.cancel(waiting).state is State.CANCELLED
    office.gate.set()
    assert all(ended(office.intake, each).state is State.DONE for each in busy)
    last = submit(office.intake)
    ended(office.intake, last)  # it has overtaken nobody: the cancelled one had its turn
    assert whats(office.intake, waiting) == [What.ACCEPTED, What.CANCELLED]


def test_only_so_many_are_at_work_at_once(office):
    jobs = [submit(office.intake, wanted=plan(office.slow)) for _ in range(SETTINGS.workers + 2)]
    assert office.entered.wait(10)
    until = time.monotonic() + 1.0
    most = 0
    while time.monotonic() < until:
        states = [office.intake.job(each).state for each in jobs]
        most = max(most, states.count(State.RUNNING))
    office.gate.set()
    assert most == SETTINGS.workers
    assert all(ended(office.intake, each).state is State.DONE for each in jobs)


def test_a_done_job_can_not_be_cancelled(office):
    job_id = submit(office.intake)
    ended(office.intake, job_id)
    assert office.intake.cancel(job_id).state is State.DONE


def test_the_same_key_gives_the_same_job(office):
    wanted = delivery(office)
    first = submit(office.intake, wanted=wanted, key="k1", owner="a")
    again = submit(office.intake, wanted=wanted, key="k1", owner="a")
    other = submit(office.intake, wanted=wanted, key="k1", owner="b")
    for each in (first, other):
        ended(office.intake, each)
    assert first == again != other
    assert office.post.delivered == ["OLLEH"] * 2


def test_the_same_key_for_another_text_is_refused(office):
    submit(office.intake, text="one", key="k2")
    with pytest.raises(ConflictError, match="used for another"):
        submit(office.intake, text="two", key="k2")


def test_progress_never_goes_back(office):
    job_id = submit(office.intake)
    ended(office.intake, job_id)
    told = [e.data["done"] for e in office.intake.events(job_id) if e.what is What.PROGRESS]
    assert told == sorted(told)


def test_a_second_worker_in_this_process_is_refused(office, tmp_path):
    with pytest.raises(TakenError, match="this process"), Worker(tmp_path, "", SETTINGS, ()):
        pass
    job_id = submit(office.intake)
    assert ended(office.intake, job_id).state is State.DONE


# ── without a worker ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def intake(tmp_path):
    settings = SETTINGS.model_copy(update={"waiting": 2})
    intake = Intake(tmp_path / "gateway", database_address("", tmp_path), settings)
    yield intake
    intake.close()


def test_one_job_too_many_is_refused_before_it_is_accepted(intake):
    for _ in range(2):
        submit(intake)
    with pytest.raises(FullError, match="too many"):
        submit(intake)
    assert len(list(intake.store.ids())) == 2


def test_a_full_disk_refuses_before_it_accepts(tmp_path):
    full = SETTINGS.model_copy(update={"reserve_bytes": 1 << 60})
    intake = Intake(tmp_path / "gateway", database_address("", tmp_path), full)
    with pytest.raises(FullError, match="disk"):
        submit(intake)
    intake.close()
    assert list(intake.store.ids()) == []


def test_what_was_not_accepted_leaves_nothing_behind(intake, tmp_path):
    def refused():
        with intake.stage() as staged:
            (staged / "source" / "x").write_text("x")
            raise RefusedError("not this")

    with pytest.raises(RefusedError):
        refused()
    assert list((tmp_path / "gateway" / "incoming").iterdir()) == []


def test_wishes_and_names_come_back_from_the_disk(intake):
    wishes = Wishes(recipient="a@example.org", rate=1.5)
    job_id = submit(intake, wishes=wishes, name="letter.txt", sender={"message": "<1@x>"})
    order = intake.order(job_id)
    assert (order.wishes, order.name, order.sender) == (wishes, "letter.txt", {"message": "<1@x>"})
    assert order.source.path.read_text() == "hello"


@pytest.mark.parametrize("bad", ["", "../../etc", "a/b", "x" * 65, "ü"])
def test_a_name_that_is_no_id_finds_nothing(intake, bad):
    with pytest.raises(UnknownJobError):
        intake.job(bad)
