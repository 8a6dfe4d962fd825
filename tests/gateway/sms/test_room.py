"""Short messages that become jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from gateway.content import Kind
from gateway.errors import MissingPartError
from gateway.jobs.intake import Intake
from gateway.jobs.settings import JobSettings, database_address
from gateway.mail.settings import MailSettings, SubmissionSettings
from gateway.mail.transforms import transforms as mail_transforms
from gateway.sms.messages import conversions, read_message, short_message
from gateway.sms.room import MessageRoom
from gateway.sms.settings import InboundSettings, SmsSettings

MAIL = MailSettings(submission=SubmissionSettings(host="127.0.0.1"))
MESSAGE = short_message("Call me back 😀", "k", to="+15550199", sender="+15550123")


@pytest.fixture
def intake(tmp_path) -> Iterator[Intake]:
    settings = JobSettings(reserve_bytes=0)
    intake = Intake(tmp_path / "gateway", database_address("", tmp_path), settings)
    yield intake
    intake.close()


@pytest.fixture
def room(intake) -> Callable[..., MessageRoom]:
    def made(mail: MailSettings = MAIL, **inbound: object) -> MessageRoom:
        steps = [*conversions(SmsSettings()), *mail_transforms(mail)]
        return MessageRoom(intake, InboundSettings.model_validate(inbound), steps)

    return made


def test_a_message_becomes_one_job_however_often_it_is_handed_in(room, intake):
    desk = room(mail_to="desk@example.org")
    desk.take(MESSAGE, "sms-1")
    desk.take(MESSAGE, "sms-1")
    ((order, job),) = intake.newest()
    assert not job.over
    assert order.path == ("join:sms:text", "compose:text:email", "mail:email:email")
    assert (order.target, order.deliver) == (Kind.EMAIL, True)
    assert order.wishes.recipient == "desk@example.org"
    assert order.wishes.subject == "SMS from +15550123"
    assert read_message(order.source) == MESSAGE
    desk.take(MESSAGE, "sms-2")
    assert len(intake.newest()) == 2


def test_without_an_address_it_is_kept_as_a_text(room, intake):
    room(mail=MailSettings()).take(MESSAGE, "sms-1")
    ((order, _),) = intake.newest()
    assert order.path == ("join:sms:text",)
    assert (order.target, order.deliver) == (Kind.TEXT, False)


@pytest.mark.parametrize(
    ("number", "address"),
    [("+15550199", "a@x.org"), ("15550199", "a@x.org"), ("72404", ""), ("+15550198", "b@x.org")],
)
def test_each_number_may_have_its_own_address(room, number, address):
    numbers = {"+15550199": "a@x.org", "72404": ""}
    assert room(mail_to="b@x.org", by_number=numbers).address_for(number) == address


def test_that_no_mail_can_be_sent_is_told_at_once(room):
    with pytest.raises(MissingPartError, match=r"submission\.host"):
        room(mail=MailSettings(), mail_to="desk@example.org")


@pytest.mark.parametrize("address", ["desk", "a@b@c", "a b@example.org", "a@x.org,b@x.org"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match="mail_to"):
        InboundSettings.model_validate({"mail_to": address})
