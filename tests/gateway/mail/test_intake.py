"""Whose mail is taken in: confirmed by a signature, or by the system that it comes from."""

from __future__ import annotations

from collections.abc import Sequence

import dkim
import pytest

from gateway.errors import RefusedError, UnavailableError
from gateway.mail.envelope import Envelope
from gateway.mail.intake import judge
from gateway.mail.settings import DoorSettings, MailSettings
from tests.gateway.mail.keys import signing_key

MAIL = b"From: anna@example.org\r\nSubject: Hi\r\n\r\nHello\r\n"
PEER = "192.0.2.7"


def resolve(name: str, kind: str) -> Sequence[str]:
    zone = {
        ("example.org", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
        ("mail.example.org", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
        ("evil.example", "TXT"): ["v=spf1 +all"],
    }
    return zone.get((name, kind), ())


def silent(name: str, kind: str) -> Sequence[str]:
    raise TimeoutError("the DNS does not answer")


def taken(peer: str = PEER, sender: str = "anna@example.org", data: bytes = MAIL, **more) -> str:
    door = DoorSettings(senders=("*",), spf=more.pop("spf", True))
    ask = {"lookup": lambda *_, **__: None, "resolve": resolve} | more
    envelope = Envelope(data, sender, ("voice@gw.example",), peer, "key")
    return judge(envelope, MailSettings(door=door), **ask).sender.address


def test_the_system_that_may_send_for_the_sender_is_enough():
    assert taken() == "anna@example.org"


@pytest.mark.parametrize(
    "given",
    [
        {"peer": "203.0.113.1"},  # not allowed to send
        {"sender": "mallory@evil.example"},  # allowed, but for another domain
        {"sender": "anna@mail.example.org"},  # one below that of the From field
        {"sender": None},
        {"peer": ""},  # from a mailbox
        {"peer": "127.0.0.1"},
        {"spf": False},
    ],
)
def test_another_one_is_not(given):
    with pytest.raises(RefusedError, match=r"not signed this mail \(DKIM\) and does not confirm"):
        taken(**given)


def test_a_domain_above_that_of_the_sender_is():
    mail = MAIL.replace(b"anna@", b"anna@sales.")
    assert taken(data=mail) == "anna@sales.example.org"


def test_a_signature_is_enough_although_the_dns_says_nothing_of_spf():
    private, record = signing_key()
    signed = dkim.sign(MAIL, b"s1", b"example.org", private) + MAIL
    lookup = {b"s1._domainkey.example.org.": record}.get
    assert taken(data=signed, lookup=lookup, resolve=silent) == "anna@example.org"


def test_what_can_not_be_found_out_now_is_asked_later():
    with pytest.raises(UnavailableError, match="try later"):
        taken(resolve=silent)


def test_spf_is_enough_although_the_key_can_not_be_looked_up():
    def broken(*_: object, **__: object) -> bytes:
        raise dkim.DnsTimeoutError

    private, _ = signing_key()
    signed = dkim.sign(MAIL, b"s1", b"example.org", private) + MAIL
    assert taken(data=signed, lookup=broken) == "anna@example.org"
