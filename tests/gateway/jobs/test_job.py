"""What follows from the events of a job: pure."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.content import Content, Kind
from gateway.jobs.job import OVER, Event, Job, Order, State, What, packed, unpacked
from gateway.transform import Wishes

CONTENT = {"kind": "text", "path": "x", "media_type": "text/plain", "details": {}}
DATA = {
    What.BEGAN: {"step": 0},
    What.PROGRESS: {"done": 0.5},
    What.FINISHED: {"step": 0},
    What.SENDING: {"step": 0},
    What.SENT: {"step": 0, "content": CONTENT},
    What.UNSENT: {"step": 0},
    What.LATER: {"step": 0, "reason": "busy", "seconds": 30},
    What.DONE: {"content": CONTENT},
    What.FAILED: {"reason": "no"},
    What.UNCERTAIN: {"reason": "broken"},
}


def job_after(*whats):
    events = [Event(n, float(n), what, DATA.get(what, {})) for n, what in enumerate(whats, 1)]
    return Job.of(events)


def order(**more):
    source = Content(Kind.TEXT, Path("/j/source/a.txt"), "text/plain", {"from": "me"})
    fields = {
        "id": "j",
        "created": 1.0,
        "source": source,
        "target": Kind.FAX,
        "path": ("a:text:sms", "b:sms:fax"),
        "costs": (1.0, 3.0),
        "wishes": Wishes(rate=1.5),
    }
    return Order(**{**fields, **more})


def test_an_order_comes_back_from_its_json():
    given = order(name="a.txt", reporter="mail", sender={"to": "x"}, fingerprint="f", deliver=True)
    assert Order.from_json(given.as_json(Path("/j")), Path("/j")) == given


def test_a_folder_that_moves_takes_its_files_along():
    written = packed(order().source, Path("/j"))
    assert written["path"] == "source/a.txt"
    assert unpacked(written, Path("/elsewhere")).path == Path("/elsewhere/source/a.txt")


@pytest.mark.parametrize(
    ("step", "done", "whole"),
    [(0, 0.0, 0.0), (0, 1.0, 0.25), (1, 0.0, 0.25), (1, 0.5, 0.625), (1, 1.0, 1.0), (1, 7.0, 1.0)],
)
def test_progress_weighs_the_steps_by_what_they_cost(step, done, whole):
    assert order().progress(step, done) == pytest.approx(whole)


def test_starts_without_an_end_are_counted():
    assert job_after(What.ACCEPTED, What.BEGAN).starts == 1
    assert job_after(What.ACCEPTED, What.BEGAN, What.BEGAN, What.BEGAN).starts == 3
    assert job_after(What.ACCEPTED, What.BEGAN, What.BEGAN, What.LATER, What.BEGAN).starts == 1
    assert job_after(What.ACCEPTED, What.BEGAN, What.BEGAN, What.FINISHED).starts == 0


def test_waiting_for_another_try_is_idle_and_says_why():
    waiting = job_after(What.ACCEPTED, What.BEGAN, What.LATER)
    assert (waiting.idle, waiting.waiting, waiting.wait_until) == (True, "busy", 33.0)
    again = waiting.after(Event(4, 40.0, What.BEGAN, {"step": 0}))
    assert (again.idle, again.waiting, again.tries) == (False, "", 1)


def test_a_delivery_is_in_doubt_between_its_two_marks():
    assert job_after(What.ACCEPTED, What.BEGAN, What.SENDING).sending
    assert not job_after(What.ACCEPTED, What.BEGAN, What.SENDING, What.UNSENT).sending
    sent = job_after(What.ACCEPTED, What.BEGAN, What.SENDING, What.SENT)
    assert (sent.sending, sent.sent) == (False, CONTENT)


@given(st.lists(st.sampled_from(list(What)), max_size=30))
def test_whatever_happens_the_end_is_the_end_and_progress_never_goes_back(whats):
    job, state, done = Job(), State.ACCEPTED, 0.0
    for number, what in enumerate(whats, 1):
        job = job.after(Event(number, float(number), what, DATA.get(what, {})))
        assert job.done >= done
        if state in OVER:
            assert job.state is state
        state, done = job.state, job.done
    assert job.events == len(whats)
