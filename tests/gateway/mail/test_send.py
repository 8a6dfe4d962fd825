"""Mail handed to a server that takes it, refuses it, or breaks off."""

from __future__ import annotations

import socket

import pytest
from pydantic import SecretStr

from gateway.errors import RefusedError, UnavailableError, UncertainError
from gateway.mail.send import send
from gateway.mail.settings import SubmissionSettings
from tests.gateway.mail.scripted import BREAK, SILENCE, server

MAIL = b"From: gw@gw.example\r\nSubject: Hi\r\n\r\nHello\r\n.\r\n..dots\r\nend"


def sent(port: int, data: bytes = MAIL, recipient: str = "anna@example.org", **more: object) -> str:
    given = {"host": "127.0.0.1", "port": port, "tls": "none", "seconds": 5.0} | more
    return send(data, "gw@gw.example", recipient, SubmissionSettings(**given))


def test_it_arrives_as_it_is():
    with server() as recorded:
        assert sent(recorded.port) == "taken"
    assert recorded.data == MAIL.replace(b"\n.", b"\n..") + b"\r\n"
    assert recorded.commands[:4] == [
        "ehlo localhost",
        f"mail FROM:<gw@gw.example> size={len(MAIL)}".replace("size", "SIZE"),
        "rcpt TO:<anna@example.org>",
        "DATA",
    ]


def test_bare_newlines_cannot_smuggle_a_second_mail():
    smuggled = b"From: a@b.org\n\nx\n.\nMAIL FROM:<evil@x.org>\r.\rDATA\n"
    with server() as recorded:
        sent(recorded.port, smuggled)
    assert recorded.data.count(b"\r\n.\r\n") == 0
    assert sum(command.lower().startswith("mail") for command in recorded.commands) == 1


def test_by_lmtp():
    with server() as recorded:
        assert sent(recorded.port, lmtp=True) == "taken"
    assert recorded.commands[0].startswith("lhlo")


@pytest.mark.parametrize("step", ["greeting", "MAIL", "RCPT", "DATA", "."])
def test_refused_for_good(step):
    with (
        server({step: "550 5.7.1 not you"}) as recorded,
        pytest.raises(RefusedError, match="not you"),
    ):
        sent(recorded.port)


@pytest.mark.parametrize("step", ["greeting", "MAIL", "RCPT", "DATA", "."])
def test_not_now(step):
    with (
        server({step: "451 4.3.0 later"}) as recorded,
        pytest.raises(UnavailableError, match="later"),
    ):
        sent(recorded.port)


@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
def test_broken_off_before_the_data(step):
    with server({step: BREAK}) as recorded, pytest.raises(UnavailableError):
        sent(recorded.port)


def test_broken_off_when_all_was_sent():
    with server({".": BREAK}) as recorded, pytest.raises(UncertainError, match="may or may not"):
        sent(recorded.port)


def test_no_answer_when_all_was_sent():
    with server({".": SILENCE}) as recorded, pytest.raises(UncertainError):
        sent(recorded.port, seconds=0.2)


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(UnavailableError, match="can't be reached"):
        sent(port)


def test_an_address_beyond_ascii_needs_a_server_that_knows_it():
    with server() as recorded, pytest.raises(RefusedError, match="SMTPUTF8"):
        sent(recorded.port, recipient="jürgen@example.org")
    with server({"EHLO": "250-hi\r\n250 SMTPUTF8"}) as recorded:
        sent(recorded.port, recipient="jürgen@example.org")
    assert "rcpt TO:<jürgen@example.org>" in recorded.commands


def test_no_server_is_set():
    with pytest.raises(RefusedError, match=r"submission\.host"):
        send(b"", "a@b.org", "c@d.org", SubmissionSettings())


def test_a_password_never_goes_out_in_the_open():
    settings = SubmissionSettings(
        host="mail.example", tls="none", username="u", password=SecretStr("p")
    )
    with pytest.raises(RefusedError, match="only sent over TLS"):
        send(b"", "a@b.org", "c@d.org", settings)


def test_a_server_without_starttls_is_not_trusted():
    with server() as recorded, pytest.raises(RefusedError, match="STARTTLS"):
        sent(recorded.port, tls="starttls")
