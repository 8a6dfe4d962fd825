"""Signatures of mails, with real keys and a DNS that is a dictionary."""

from __future__ import annotations

import dkim
import pytest

from gateway.errors import RefusedError, UnavailableError
from gateway.mail.dkim_check import signers
from gateway.mail.envelope import Envelope
from gateway.mail.intake import judge
from gateway.mail.settings import DoorSettings, MailSettings
from tests.gateway.mail.keys import signing_key

MAIL = b"From: anna@example.org\r\nTo: gw@gw.example\r\nSubject: Hi\r\n\r\nPay 100 dollars.\r\n"


@pytest.fixture(scope="module")
def key() -> tuple[bytes, bytes]:
    return signing_key()


@pytest.fixture
def lookup(key):
    return {b"s1._domainkey.example.org.": key[1], b"s1._domainkey.evil.example.": key[1]}.get


def signed(key, domain=b"example.org", mail=MAIL, **more) -> bytes:
    return dkim.sign(mail, b"s1", domain, key[0], **more) + mail


def test_a_signed_mail(key, lookup):
    assert signers(signed(key), lookup=lookup) == ("example.org",)


def test_also_with_bare_newlines(key, lookup):
    assert signers(signed(key).replace(b"\r\n", b"\n"), lookup=lookup) == ("example.org",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"100 dollars", b"900 dollars"),
        (b"From: anna", b"From: eve"),
        (b"From: anna@example.org", b"From: eve@example.org\r\nFrom: anna@example.org"),
    ],
)
def test_a_changed_mail(key, lookup, old, new):
    assert signers(signed(key).replace(old, new), lookup=lookup) == ()


def test_no_signature_and_no_key(key):
    assert signers(MAIL, lookup={}.get) == ()
    assert signers(signed(key), lookup=lambda name, timeout: None) == ()


def test_a_signature_of_a_part_only(key, lookup):
    partly = signed(key, length=True)
    assert signers(partly + b"And 900 more.\r\n", lookup=lookup) == ()
    assert signers(partly, lookup=lookup) == ()


@pytest.mark.parametrize(
    "field", [b"garbage", b"v=1; a=rsa-sha256; d=example.org; s=s1; h=; bh=; b=", b"\xff\xfe", b""]
)
def test_broken_signatures(field, lookup):
    assert signers(b"DKIM-Signature: " + field + b"\r\n" + MAIL, lookup=lookup) == ()


def test_a_dns_that_does_not_answer(key):
    def silent(name: bytes, timeout: float) -> bytes:
        raise dkim.DnsTimeoutError("no answer")

    with pytest.raises(UnavailableError, match="try later"):
        signers(signed(key), lookup=silent)


def test_only_so_many_signatures_are_looked_at(key):
    asked = []

    def lookup(name: bytes, timeout: float) -> None:
        asked.append(name)

    mail = MAIL
    for number in range(8):
        mail = dkim.sign(mail, b"s%d" % number, b"example.org", key[0]) + mail
    assert signers(mail, lookup=lookup, most=3) == ()
    assert len(asked) == 3


def envelope(data: bytes, sender: str | None = "anna@example.org") -> Envelope:
    return Envelope(data, sender, ("gw@gw.example",), "192.0.2.1", "key")


SETTINGS = MailSettings(address="gw@gw.example", door=DoorSettings(senders=("@example.org",)))


def test_a_mail_is_judged(key, lookup):
    arrived = judge(envelope(signed(key)), SETTINGS, lookup=lookup)
    assert arrived.sender.address == "anna@example.org"
    assert arrived.message.text == "Pay 100 dollars."


@pytest.mark.parametrize("domain", [None, b"evil.example"])
def test_a_forged_mail_is_refused(key, lookup, domain):
    data = signed(key, domain) if domain else MAIL
    with pytest.raises(RefusedError, match="not certain"):
        judge(envelope(data), SETTINGS, lookup=lookup)


def test_a_bounce_is_refused(key, lookup):
    with pytest.raises(RefusedError, match="bounce"):
        judge(envelope(signed(key), ""), SETTINGS, lookup=lookup)


def test_what_we_have_sent_ourselves_is_refused(key, lookup):
    data = signed(key, mail=b"X-Loop: gw@gw.example\r\n" + MAIL)
    with pytest.raises(RefusedError, match="loop"):
        judge(envelope(data), SETTINGS, lookup=lookup)
