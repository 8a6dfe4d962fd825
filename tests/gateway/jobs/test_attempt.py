"""One attempt at a step: what it makes of every way to end, and what a dead process left."""

from __future__ import annotations

import errno

import pytest

from gateway.content import Content, Kind
from gateway.errors import CancelledError, RefusedError
from gateway.jobs.attempt import BROKEN_OFF, Attempts, Outcome, StepWork
from gateway.jobs.job import Order, State, What, name_of, packed
from gateway.jobs.settings import JobSettings
from gateway.jobs.store import JobStore
from gateway.transform import Transform, Wishes
from tests.gateway.jobs.steps import BROKEN, BUSY, LOUDER, MIRRORED, WRONG, Post, plan, posting

SETTINGS = JobSettings(
    retry_seconds=10, longest_retry_seconds=60, give_up_seconds=1000, crashes=3, step_seconds=100
)


class Bench:
    """A job and its steps, with clocks that stand still."""

    def __init__(self, folder, *steps, delivered=False):
        self.now = 0.0
        self.store = JobStore(folder, clock=lambda: self.now)
        self.plan = plan(*steps, delivered=delivered)
        staged = self.store.stage()
        path = staged / "source" / "a.txt"
        path.write_text("hello")
        source = Content(Kind.TEXT, path, "text/plain")
        self.order = Order(
            "j",
            0.0,
            source,
            steps[-1].target,
            tuple(name_of(each) for each in steps),
            tuple(each.cost for each in steps),
            Wishes(media_type="application/pdf"),
            delivered,
        )
        self.store.admit(staged, self.order)
        self.order = self.store.order("j")
        clock = {"wall": lambda: self.now, "clock": lambda: self.now}
        self.attempts = Attempts(self.store, SETTINGS, **clock)
        self.source = packed(self.order.source, self.store.folder("j"))

    def attempt(self, step=0, source=None):
        return self.attempts.carry_out(self.order, step, source or self.source, self.plan)

    def whats(self):
        return [event.what for event in self.store.events("j")][1:]

    def happens(self, what, **data):
        self.store.append("j", lambda _: (what, data))


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def delivery(tmp_path, post):
    step = Transform("post", Kind.TEXT, Kind.TEXT, 1.0, 0.0, post, delivers=True)
    return Bench(tmp_path, step, delivered=True)


def failing(error):
    def run(source, wishes, work):
        raise error

    return Transform("fail", Kind.TEXT, Kind.FAX, 1.0, 0.0, run)


def test_a_step_hands_on_what_it_made(tmp_path):
    bench = Bench(tmp_path, LOUDER, MIRRORED)
    made = bench.attempt()
    assert made.content["path"] == "steps/0/louder.txt"
    assert bench.attempt(1, made.content).content["path"] == "steps/1/mirrored.txt"
    assert bench.whats().count(What.FINISHED) == 2


def test_an_outcome_survives_the_database():
    for outcome in (Outcome({"kind": "text"}), Outcome(state=State.FAILED, reason="x"),
                    Outcome(again=3.0)):  # fmt: skip
        assert Outcome.from_json(outcome.as_json()) == outcome


def test_only_the_last_step_hears_of_the_wished_media_type(tmp_path):
    heard = []

    def hear(source, wishes, work):
        heard.append(wishes.media_type)
        return source

    steps = [
        Transform("a", Kind.TEXT, Kind.SMS, 1.0, 0.0, hear),
        Transform("b", Kind.SMS, Kind.FAX, 1.0, 0.0, hear),
    ]
    bench = Bench(tmp_path, *steps)
    bench.attempt(0)
    bench.attempt(1)
    assert heard == [None, "application/pdf"]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (WRONG, State.FAILED),
        (CancelledError("no"), State.CANCELLED),
        (BROKEN, State.UNCERTAIN),
        (ZeroDivisionError(), State.FAILED),
        (OSError(errno.EIO, "io"), State.FAILED),
        (MemoryError(), State.FAILED),
    ],
)
def test_every_error_has_its_end(tmp_path, error, state):
    assert Bench(tmp_path, failing(error)).attempt().state is state


def test_what_may_help_later_is_tried_later_and_later_until_it_is_given_up(tmp_path):
    bench = Bench(tmp_path, failing(BUSY))
    pauses = []
    while (outcome := bench.attempt()).again is not None:
        pauses.append(outcome.again)
        bench.now += outcome.again
    assert pauses[:4] == [10, 20, 40, 60]
    assert sum(pauses) <= SETTINGS.give_up_seconds
    assert outcome.state is State.FAILED
    assert "given up" in outcome.reason
    assert "the line is busy" in outcome.reason


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_tried_again(tmp_path, code):
    assert Bench(tmp_path, failing(OSError(code, "full"))).attempt().again == 10


def test_a_step_that_kills_the_process_again_and_again_is_given_up(tmp_path):
    bench = Bench(tmp_path, LOUDER)
    for _ in range(SETTINGS.crashes - 1):
        bench.happens(What.BEGAN, step=0)
    assert bench.attempt().content is not None
    bench = Bench(tmp_path / "other", LOUDER)
    for _ in range(SETTINGS.crashes):
        bench.happens(What.BEGAN, step=0)
    outcome = bench.attempt()
    assert outcome.state is State.FAILED
    assert "broke down 3 times" in outcome.reason


def test_a_delivery_that_the_process_died_in_is_not_repeated(delivery, post):
    delivery.happens(What.BEGAN, step=0)
    delivery.happens(What.SENDING, step=0)
    outcome = delivery.attempt()
    assert (outcome.state, outcome.reason, post.tried) == (State.UNCERTAIN, BROKEN_OFF, 0)


def resuming(tmp_path, post):
    step = Transform("post", Kind.TEXT, Kind.TEXT, 1.0, 0.0, post, delivers=True, resumes=True)
    return Bench(tmp_path, step, delivered=True)


def test_a_delivery_that_can_find_out_is_taken_up_again_even_if_it_was_called_off(tmp_path, post):
    bench = resuming(tmp_path, post)
    bench.happens(What.BEGAN, step=0)
    bench.happens(What.SENDING, step=0)
    bench.store.wish_cancelled("j")
    assert bench.attempt().content is not None
    assert post.delivered == ["hello"]
    assert bench.attempt().content is not None
    assert post.tried == 1


def test_a_delivery_that_kills_the_process_again_and_again_is_uncertain(tmp_path, post):
    bench = resuming(tmp_path, post)
    for _ in range(SETTINGS.crashes):
        bench.happens(What.BEGAN, step=0)
        bench.happens(What.SENDING, step=0)
    outcome = bench.attempt()
    assert (outcome.state, outcome.reason, post.tried) == (State.UNCERTAIN, BROKEN_OFF, 0)


def test_a_delivery_that_is_known_to_have_arrived_is_not_repeated(delivery, post):
    delivery.happens(What.BEGAN, step=0)
    delivery.happens(What.SENDING, step=0)
    delivery.happens(What.SENT, step=0, content=delivery.source)
    outcome = delivery.attempt()
    assert (outcome.content, post.tried) == (delivery.source, 0)


def test_a_delivery_that_is_known_not_to_have_arrived_is_repeated(delivery, post):
    post.trouble = [BUSY]
    assert delivery.attempt().again == 10
    assert delivery.attempt().content is not None
    assert post.delivered == ["hello"]
    assert [w for w in delivery.whats() if w in (What.SENDING, What.SENT, What.UNSENT)] == [
        What.SENDING,
        What.UNSENT,
        What.SENDING,
        What.SENT,
    ]


def test_the_mark_is_on_the_disk_before_anything_is_sent(tmp_path):
    seen = []

    def look(source, wishes, work):
        seen.extend(event.what for event in bench.store.events("j"))
        return source

    step = Transform("post", Kind.TEXT, Kind.TEXT, 1.0, 0.0, look, delivers=True)
    bench = Bench(tmp_path, step, delivered=True)
    bench.attempt()
    assert seen[-1] is What.SENDING


def test_a_delivery_is_not_called_off_halfway(tmp_path):
    def patient(source, wishes, work):
        bench.store.wish_cancelled("j")
        for _ in range(10):
            bench.now += 1.0
            work.progress(0.5)
        return source

    step = Transform("post", Kind.TEXT, Kind.TEXT, 1.0, 0.0, patient, delivers=True)
    bench = Bench(tmp_path, step, delivered=True)
    assert bench.attempt().content is not None


def test_nothing_is_begun_when_it_is_not_wanted_any_more(tmp_path, post):
    bench = Bench(tmp_path, LOUDER, MIRRORED, posting(post), delivered=True)
    bench.store.wish_cancelled("j")
    assert bench.attempt(2).state is State.CANCELLED
    assert post.tried == 0


def test_what_is_over_stays_over(tmp_path):
    bench = Bench(tmp_path, LOUDER)
    bench.happens(What.CANCELLED)
    assert bench.attempt().state is State.CANCELLED
    assert What.BEGAN not in bench.whats()


def test_a_step_may_not_take_too_long(tmp_path):
    bench = Bench(tmp_path, LOUDER)
    work = StepWork(bench.store, bench.order, 0, 100.0, lambda: bench.now)
    work.progress(0.1)
    bench.now = 101.0
    with pytest.raises(RefusedError, match="minutes"):
        work.progress(0.2)


def test_progress_is_told_seldom_and_never_backwards(tmp_path):
    bench = Bench(tmp_path, LOUDER, MIRRORED)
    work = StepWork(bench.store, bench.order, 1, 100.0, lambda: bench.now)
    for done in (0.0, 0.5, 0.3, 0.501, 0.502, 0.9):
        for _ in range(5):
            bench.now += 0.2
            work.progress(done)
    told = [e.data["done"] for e in bench.store.events("j") if e.what is What.PROGRESS]
    assert told == [0.25, 0.625, 0.925]


def test_a_step_goes_on_where_it_was_after_the_process_died(tmp_path):
    def count(source, wishes, work):
        for number in range(4):
            part = work.folder / f"part{number}"
            if not part.exists():
                part.touch()
                if number == 2 and not died:
                    died.append(True)
                    raise KeyboardInterrupt  # stands for the end of the process
                done.append(number)
        return source

    done, died = [], []
    bench = Bench(tmp_path, Transform("count", Kind.TEXT, Kind.SMS, 1.0, 0.0, count))
    with pytest.raises(KeyboardInterrupt):
        bench.attempt()
    assert bench.attempt().content is not None
    assert done == [0, 1, 3]
    assert bench.store.job("j").starts == 0
