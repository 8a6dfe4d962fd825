"""For whom a mail in a mailbox is meant."""

from __future__ import annotations

import pytest

from gateway.mail.addressed import meant_for
from gateway.mail.parse import parse
from gateway.mail.settings import DoorSettings, MailboxSettings, MailSettings

SETTINGS = MailSettings(address="gw@gw.example", door=DoorSettings(recipients=("@gw.example",)))


def meant(header: str, settings: MailSettings = SETTINGS) -> tuple[str, ...]:
    return meant_for(parse(f"From: a@example.org\r\n{header}\r\nHello\r\n".encode()), settings)


@pytest.mark.parametrize(
    ("header", "recipients"),
    [
        ("To: Gate <text@gw.example>\r\n", ("text@gw.example",)),
        ("To: voice@other.example, text@gw.example\r\n", ("text@gw.example",)),
        ("To: b@example.org\r\nCc: sms+15550100@gw.example\r\n", ("sms+15550100@gw.example",)),
        (
            "Delivered-To: fax+15550100@gw.example\r\n"
            "To: text@gw.example, fax+15550100@gw.example\r\n",
            ("fax+15550100@gw.example",),
        ),
        # The account itself asks for nothing.
        ("Delivered-To: inbox@gw.example\r\nTo: text@gw.example\r\n", ("text@gw.example",)),
        ("To: text@gw.example, text@gw.example\r\n", ("text@gw.example",)),
        ("To: friends:;\r\n", ("voice@gw.example",)),
    ],
)
def test_meant_for(header, recipients):
    assert meant(header) == recipients


def test_the_setting_says_what_others_are_for():
    mailbox = MailboxSettings(recipient="text+de@gw.example")
    settings = SETTINGS.model_copy(update={"mailbox": mailbox})
    assert meant("", settings) == ("text+de@gw.example",)


def test_there_are_not_too_many():
    many = ", ".join(f"sms+155501{n:02}@gw.example" for n in range(50))
    assert len(meant(f"To: {many}\r\n")) == SETTINGS.server.recipients
