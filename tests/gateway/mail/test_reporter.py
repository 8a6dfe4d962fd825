"""Before a report goes out, what its listener has deleted is deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.content import Content, Kind
from gateway.errors import GatewayError, RefusedError, UnavailableError
from gateway.jobs.job import Job, Order, State
from gateway.mail import reporter
from gateway.mail.reporter import MailReporter
from gateway.mail.settings import MailSettings
from gateway.transform import Wishes

KEY = "mailbox-0123456789abcdef-1-4711"
ENDED = 1000.0


def order(mailbox: str = KEY) -> Order:
    sender = {"address": "anna@example.org", "message_id": "<1@x.org>", "mailbox": mailbox}
    source = Content(Kind.EMAIL, Path("gone.eml"), "message/rfc822")
    return Order(
        id="job-1",
        created=0.0,
        source=source,
        target=Kind.TEXT,
        path=("call:text:text",),
        costs=(1.0,),
        wishes=Wishes(recipient="+15550100"),
        deliver=True,
        name="mail.eml",
        reporter="mail",
        sender=sender,
        fingerprint="",
    )


def read_out(*, deleted: bool, state: State = State.DONE) -> Job:
    result = {"details": {"heard": True, "deleted": deleted}} if state is State.DONE else None
    return Job(state=state, result=result, changed=ENDED, reason="busy")


class Desk:
    """A reporter whose mails and deletions are only written down."""

    def __init__(self, monkeypatch, now: float = ENDED, error: GatewayError | None = None) -> None:
        self.deleted: list[tuple[str, str]] = []
        self.sent: list[bytes] = []
        self._error = error
        monkeypatch.setattr(reporter, "send", lambda data, *_, **__: self.sent.append(data))
        self.report = MailReporter(MailSettings(), self._delete, clock=lambda: now)

    def _delete(self, key: str, message_id: str) -> bool:
        self.deleted.append((key, message_id))
        if self._error:
            raise self._error
        return True


def test_what_was_deleted_on_the_telephone_is_deleted_in_the_mailbox(monkeypatch):
    desk = Desk(monkeypatch)
    desk.report(order(), read_out(deleted=True), "job-1-report")
    assert desk.deleted == [(KEY, "<1@x.org>")]
    (sent,) = desk.sent
    assert b"delete" not in sent.lower()  # the sender need not know


@pytest.mark.parametrize(
    ("mailbox", "job"),
    [
        (KEY, read_out(deleted=False)),
        (KEY, read_out(deleted=True, state=State.FAILED)),
        ("", read_out(deleted=True)),
    ],
)
def test_nothing_else_is(monkeypatch, mailbox, job):
    desk = Desk(monkeypatch)
    desk.report(order(mailbox), job, "job-1-report")
    assert desk.deleted == []
    assert len(desk.sent) == 1


def test_a_mailbox_out_of_reach_is_tried_again_for_an_hour(monkeypatch):
    away = UnavailableError("the mailbox can't be reached")
    desk = Desk(monkeypatch, ENDED + 3500, away)
    with pytest.raises(UnavailableError):
        desk.report(order(), read_out(deleted=True), "job-1-report")
    assert desk.sent == []
    desk = Desk(monkeypatch, ENDED + 3700, away)
    desk.report(order(), read_out(deleted=True), "job-1-report")
    assert len(desk.sent) == 1


def test_one_that_does_not_let_us_in_holds_nobody_up(monkeypatch):
    desk = Desk(monkeypatch, error=RefusedError("wrong password"))
    desk.report(order(), read_out(deleted=True), "job-1-report")
    assert len(desk.sent) == 1
