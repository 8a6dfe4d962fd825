"""Mails that become durable jobs, with the real queue, and come back to a real mailbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.content import Content, Kind
from gateway.errors import MissingPartError, RefusedError
from gateway.jobs.intake import Intake
from gateway.jobs.job import Job, State
from gateway.jobs.settings import JobSettings, database_address
from gateway.jobs.worker import Worker
from gateway.mail.deleting import Deleting
from gateway.mail.envelope import Envelope, content_key
from gateway.mail.parse import parse
from gateway.mail.reporter import NAME, MailReporter
from gateway.mail.room import MailRoom
from gateway.mail.settings import DoorSettings, MailSettings, SubmissionSettings
from gateway.mail.transforms import transforms
from gateway.transform import Transform, Wishes, Work

JOBS = JobSettings(poll_seconds=0.02, reserve_bytes=0, retry_seconds=0.05, nice=0)


def sending_fax(content: Content, wishes: Wishes, work: Work) -> Content:
    """Stands for a telephone line."""
    if wishes.recipient == "+15550199":
        raise RefusedError("there is no fax at this number")
    return content


class Office:
    """A mail room and a worker."""

    def __init__(self, intake: Intake, settings: MailSettings, steps: list[Transform]) -> None:
        self.intake = intake
        self.room = MailRoom(intake, settings, steps)

    def take(self, data: bytes, *recipients: str) -> tuple[str, ...]:
        key = content_key(data, "a@example.org", recipients)
        return self.room.take(Envelope(data, "a@example.org", recipients, "127.0.0.1", key))

    def end_of(self, job: str) -> Job:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            found = self.intake.job(job)
            if found.over and found.reported:
                return found
            time.sleep(0.01)
        raise AssertionError(self.intake.events(job))


@pytest.fixture(scope="module")
def office(dovecot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("data")
    settings = MailSettings(
        address="gw@gw.example",
        door=DoorSettings(senders=("@example.org",), trusted_peers=("127.0.0.1",)),
        submission=SubmissionSettings(host="127.0.0.1", port=dovecot.lmtp, tls="none", lmtp=True),
    )
    fax = Transform("fax", Kind.FAX, Kind.FAX, 1.0, 0.0, sending_fax, delivers=True)
    steps = [*transforms(settings), fax]
    address = database_address("", folder)
    reporters = {NAME: MailReporter(settings, Deleting(settings.mailbox))}
    with Worker(folder / "gateway", address, JOBS, steps, reporters) as worker:
        assert worker.intake is not None
        yield Office(worker.intake, settings, steps)


@pytest.fixture
def mail(request: pytest.FixtureRequest) -> Callable[..., bytes]:
    def made(sender: str, text: str = "The price is 4,200 dollars.") -> bytes:
        message = EmailMessage()
        message["From"] = sender
        message["Subject"] = "Offer"
        message["Message-ID"] = f"<{sender}>"
        message.set_content(text)
        return message.as_bytes()

    return made


def test_a_text_comes_back_once_however_often_it_is_handed_in(office, mail, dovecot):
    data = mail("anna@example.org")
    (job,) = office.take(data, "text@gw.example")
    assert office.take(data, "text@gw.example") == (job,)
    assert office.end_of(job).state is State.DONE
    assert office.take(data, "text@gw.example") == (job,)
    (answer,) = map(parse, dovecot.mails("anna@example.org"))
    assert answer.subject == "Re: Offer"
    assert "4,200 dollars" in answer.text
    assert answer.references == ("<anna@example.org>",)


def test_a_fax_is_reported_as_delivered(office, mail, dovecot):
    (job,) = office.take(mail("bert@example.org"), "fax+15550100@gw.example")
    assert office.end_of(job).state is State.DONE
    (got,) = dovecot.mails("bert@example.org")
    report = parse(got)
    assert report.media_type == "multipart/report"
    assert report.subject == "Delivered: Offer"
    assert b"Final-Recipient: fax; +15550100" in got
    assert b"Action: delivered" in got
    assert "Pages: 2." in report.text  # with the cover
    assert report.first("auto-submitted") == "auto-replied"


def test_a_fax_that_fails_is_reported_with_its_reason(office, mail, dovecot):
    (job,) = office.take(mail("carl@example.org"), "fax+15550199@gw.example")
    assert office.end_of(job).state is State.FAILED
    (got,) = dovecot.mails("carl@example.org")
    assert b"Action: failed" in got
    assert "there is no fax at this number" in parse(got).text
    assert b"Return-Path: <>" in got  # so that nobody answers it
    assert b"Message-ID: <carl@example.org>" in got


def test_several_recipients_are_several_jobs(office, mail, dovecot):
    data = mail("dora@example.org")
    jobs = office.take(data, "text@gw.example", "fax+15550100@gw.example", "TEXT@gw.example")
    assert len(set(jobs)) == 2
    assert {office.end_of(job).state for job in jobs} == {State.DONE}
    assert len(dovecot.mails("dora@example.org")) == 2


@pytest.mark.parametrize(
    ("sender", "recipients", "error"),
    [
        ("eve@evil.example", ("text@gw.example",), "not allowed"),
        ("emil@example.org", ("text@gw.example", "pigeon@gw.example"), "not converted"),
        ("emil@example.org", ("text@gw.example", "sms+15550100@gw.example"), "nothing here leads"),
    ],
)
def test_what_is_refused_is_refused_as_a_whole(office, mail, sender, recipients, error):
    before = len(office.intake.newest())
    with pytest.raises((RefusedError, MissingPartError), match=error):
        office.take(mail(sender), *recipients)
    assert len(office.intake.newest()) == before
