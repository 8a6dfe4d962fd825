"""Whom mail is accepted for and from."""

from __future__ import annotations

import pytest

from gateway.errors import RefusedError
from gateway.mail import guard
from gateway.mail.headers import Address
from gateway.mail.parse import parse
from gateway.mail.settings import DoorSettings

DOOR = DoorSettings(
    recipients=("voice@gw.example", "@fax.example"), senders=("anna@example.org", "@firm.example")
)


def mail(*fields: str, sender: str = "anna@example.org"):
    return parse("\n".join([f"From: {sender}", *fields, "", "text"]).encode())


@pytest.mark.parametrize(
    "recipient",
    ["voice@gw.example", "VOICE@GW.EXAMPLE", "voice+a@gw.example", "+4930123@fax.example"],
)
def test_recipients_of_ours(recipient):
    assert guard.refuse_recipient(recipient, DOOR) is None


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        ("victim@elsewhere.example", 554),
        ("nobody@gw.example", 550),
        ("victim%elsewhere.example@gw.example", 553),
        ("elsewhere.example!victim@gw.example", 553),
        ("@gw.example:victim@elsewhere.example", 553),
        ("voice@gw.example\r\nRCPT TO:<x@y.example>", 553),
        ("", 553),
        ("voice", 553),
        ("voice@gw.example.evil.example", 554),
        ("x@sub.fax.example", 554),
    ],
)
def test_nothing_is_relayed(recipient, code):
    refusal = guard.refuse_recipient(recipient, DOOR)
    assert refusal is not None
    assert refusal.code == code


def test_without_settings_nobody_gets_anything():
    assert guard.refuse_recipient("a@b.example", DoorSettings()) is not None


def checked(message, signed=("example.org",), door=DOOR, trusted=False):
    return guard.check_sender(message, door, trusted=trusted, confirmed_by=lambda: signed)


def test_a_signed_sender_on_the_list_may():
    assert checked(mail()) == Address("anna@example.org")
    assert checked(mail(sender="x@firm.example"), ("firm.example",)).address == "x@firm.example"


def test_a_sender_who_is_not_on_the_list_may_not():
    with pytest.raises(RefusedError, match="not allowed"):
        checked(mail(sender="eve@example.org"))


@pytest.mark.parametrize("signed", [(), ("evil.example",), ("org",), ("ample.org",)])
def test_a_sender_without_a_signature_of_their_domain_may_not(signed):
    with pytest.raises(RefusedError, match="has not signed"):
        checked(mail(), signed)


def test_whoever_comes_from_a_trusted_system_needs_no_signature():
    door = DOOR.model_copy(update={"trusted_peers": ("10.0.0.0/8", "::1/128")})
    assert guard.is_trusted("10.1.2.3", door)
    assert guard.is_trusted("::1", door)
    assert not guard.is_trusted("11.1.2.3", door)
    assert not guard.is_trusted("", door)
    assert checked(mail(), (), door, trusted=True).address == "anna@example.org"


@pytest.mark.parametrize(
    "fields",
    [
        "From: anna@example.org\nFrom: eve@evil.example",
        "From: anna@example.org, eve@evil.example",
        "Subject: no sender",
        "From: nobody",
    ],
)
def test_a_mail_has_one_sender(fields):
    with pytest.raises(RefusedError, match="one From address"):
        checked(parse(f"{fields}\n\ntext".encode()))


@pytest.mark.parametrize(
    ("sender", "signer", "is_aligned"),
    [
        ("example.org", "example.org", True),
        ("mail.example.org", "example.org", True),
        ("example.org", "mail.example.org", False),
        ("notexample.org", "example.org", False),
        ("example.org", "org", False),
        ("Example.ORG", "example.org.", True),
    ],
)
def test_alignment(sender, signer, is_aligned):
    assert guard.aligned(sender, signer) is is_aligned


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (["Auto-Submitted: auto-replied"], "automatically"),
        (["Auto-Submitted: auto-generated; x=y"], "automatically"),
        (["Precedence: bulk"], "list"),
        (["List-Id: <staff.example.org>"], "list"),
        (["List-Unsubscribe: <mailto:x@y.example>"], "list"),
        (["Return-Path: <>"], "bounce"),
        (["Content-Type: multipart/report; boundary=x; report-type=delivery-status"], "report"),
        (["X-Auto-Response-Suppress: All"], "automatically"),
    ],
)
def test_what_no_person_has_written(fields, reason):
    assert reason in guard.automatic(mail(*fields))


@pytest.mark.parametrize(
    "sender", ["MAILER-DAEMON@x.example", "no-reply@x.example", "staff-bounces@x.example"]
)
def test_programs_as_senders(sender):
    assert "program" in guard.automatic(mail(sender=sender))


def test_an_empty_return_path_is_a_bounce():
    assert "bounce" in guard.automatic(mail(), "")


def test_a_person():
    assert guard.automatic(mail("Auto-Submitted: no"), "anna@example.org") == ""
    assert guard.automatic(mail()) == ""


def test_loops():
    guard.check_loop(mail("Received: x"), DOOR, "gw@gw.example")
    with pytest.raises(RefusedError, match="loop"):
        guard.check_loop(mail("X-Loop: GW@gw.example"), DOOR, "gw@gw.example")
    with pytest.raises(RefusedError, match="more than 30"):
        guard.check_loop(mail(*["Received: x"] * 31), DOOR, "gw@gw.example")
