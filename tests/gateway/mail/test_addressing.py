"""What addresses ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import RefusedError
from gateway.mail.addressing import Service, Wanted, not_wanted, wanted


@pytest.mark.parametrize(
    ("recipient", "asked"),
    [
        ("voice@gw.example", Wanted(Service.VOICE)),
        ("Text@gw.example", Wanted(Service.TEXT)),
        ("voice+de@gw.example", Wanted(Service.VOICE, language="de")),
        ("voice+pt-br+attachments@gw.example", Wanted(Service.VOICE, "", "pt-br", True)),
        ("fax+4930123456@gw.example", Wanted(Service.FAX, "+4930123456")),
        ("FAX=+49-30-123456@gw.example", Wanted(Service.FAX, "+4930123456")),
        ("FAX=+4930123456/T33S=1@gw.example", Wanted(Service.FAX, "+4930123456")),
        ("sms+4917012345@gw.example", Wanted(Service.SMS, "+4917012345")),
        ("call+4930123456+en+attachments@x.org", Wanted(Service.CALL, "+4930123456", "en", True)),
    ],
)
def test_wanted(recipient, asked):
    assert wanted(recipient) == asked
    assert not_wanted(recipient) == ""


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [
        ("pigeon@gw.example", "is not converted"),
        ("@gw.example", "is not converted"),
        ("fax@gw.example", "number is missing"),
        ("fax+@gw.example", "number is missing"),
        ("sms+12@gw.example", "telephone number"),
        ("fax+evil;rm@gw.example", "telephone number"),
        ("voice+../../x@gw.example", "neither a language"),
        ("voice+shouting@gw.example", "neither a language"),
    ],
)
def test_nothing_is_wanted(recipient, reason):
    assert reason in not_wanted(recipient)


@given(st.text(max_size=80))
def test_anything_is_an_order_or_refused(local):
    try:
        asked = wanted(f"{local}@gw.example")
    except RefusedError:
        return
    assert asked.number == "" or asked.number[1:].isdigit()
