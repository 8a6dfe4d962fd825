"""Spoken answers and received faxes become jobs that end as mail, each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import GatewaySettings
from gateway.content import Content, Kind
from gateway.errors import MissingPartError
from gateway.jobs.intake import Intake
from gateway.jobs.settings import database_address
from gateway.lines.inward import Inward
from gateway.transforms import assemble

MAIL = {"address": "bot@example.net", "submission": {"host": "mail.example.net"}}


@pytest.fixture
def intake(tmp_path: Path):
    address = database_address("", tmp_path)
    found = Intake(tmp_path / "gateway", address, GatewaySettings().jobs)
    yield found
    found.close()


def inward(intake: Intake, mail: object = MAIL, **more: str) -> Inward:
    settings = GatewaySettings.model_validate({"mail": mail} if mail else {})
    places = {"answers_to": "", "faxes_to": "office@example.org"} | more
    return Inward(intake, assemble(settings), **places)


def answer(folder: Path, **details: str) -> Content:
    path = folder / "answer-000.wav"
    path.write_bytes(b"RIFF" + bytes(400))
    known = {"key": "job-0/answer-000", "from": "+15550100", "subject": "Re: Lunch"}
    return Content(Kind.VOICE, path, "audio/wav", known | details)


def fax(folder: Path) -> Content:
    path = folder / "pages.tiff"
    path.write_bytes(b"II*\0" + bytes(400))
    return Content(Kind.FAX, path, "image/tiff", {"fax": "call-1", "from": "+4930123", "pages": 2})


def jobs(intake: Intake):
    return [order for order, _ in intake.newest()]


def test_an_answer_goes_to_whoever_wrote_once(intake: Intake, tmp_path: Path) -> None:
    there = inward(intake)
    for _ in range(2):
        there.answered(answer(tmp_path, to="anna@example.com", in_reply_to="<1@x>"))
    (order,) = jobs(intake)
    assert order.wishes.recipient == "anna@example.com"
    assert order.path[-1] == "mail:email:email"
    assert order.deliver
    assert order.source.path.read_bytes() == (tmp_path / "answer-000.wav").read_bytes()
    assert order.source.details["in_reply_to"] == "<1@x>"


@pytest.mark.parametrize("to", ["", "+15550123"])
def test_an_answer_to_nobody_goes_where_it_is_said(intake: Intake, tmp_path: Path, to: str) -> None:
    inward(intake).answered(answer(tmp_path, to=to))
    assert jobs(intake) == []
    inward(intake, answers_to="desk@example.org").answered(answer(tmp_path, to=to))
    (order,) = jobs(intake)
    assert order.wishes.recipient == "desk@example.org"


def test_an_answer_does_not_fail_the_call_where_there_is_no_mail(
    intake: Intake, tmp_path: Path
) -> None:
    inward(intake, mail=None, faxes_to="").answered(answer(tmp_path, to="anna@example.com"))
    assert jobs(intake) == []


def test_a_fax_goes_to_the_address_that_is_set_once(intake: Intake, tmp_path: Path) -> None:
    there = inward(intake)
    for _ in range(2):
        there.fax_came(fax(tmp_path))
    (order,) = jobs(intake)
    assert order.wishes.recipient == "office@example.org"
    assert order.path == ("compose:fax:email", "mail:email:email")
    assert order.source.details["from"] == "+4930123"


def test_a_fax_stays_in_the_inbox_where_nobody_is_named(intake: Intake, tmp_path: Path) -> None:
    inward(intake, faxes_to="").fax_came(fax(tmp_path))
    assert jobs(intake) == []


@pytest.mark.parametrize("named", ["faxes_to", "answers_to"])
def test_an_address_without_mail_is_told_at_the_start(intake: Intake, named: str) -> None:
    with pytest.raises(MissingPartError, match=r"submission\.host"):
        inward(intake, mail=None, **{"faxes_to": "", named: "office@example.org"})


def test_mail_that_was_set_up_in_another_way_does_not_mail_it_twice(
    intake: Intake, tmp_path: Path
) -> None:
    inward(intake).fax_came(fax(tmp_path))
    inward(intake, faxes_to="other@example.org").fax_came(fax(tmp_path))
    assert len(jobs(intake)) == 1
