"""The post office: server and mailbox at work in threads, opened and closed."""

from __future__ import annotations

import queue
import smtplib
import socket
import threading
import uuid

import pytest
from pydantic import SecretStr

from gateway.errors import MissingPartError, UnavailableError
from gateway.mail.envelope import Envelope
from gateway.mail.office import open_office, unready
from gateway.mail.settings import (
    DoorSettings,
    MailboxSettings,
    MailSettings,
    SmtpServerSettings,
    SubmissionSettings,
)
from tests.gateway.mail.conftest import PASSWORD

DOOR = DoorSettings(senders=("@example.org",), recipients=("@gw.example",), dkim=False)
MAIL = b"From: anna@example.org\r\nTo: text@gw.example\r\nSubject: Hi\r\n\r\nHello\r\n"


def settings_for(**more: object) -> MailSettings:
    given: dict[str, object] = {
        "address": "gw@gw.example",
        "door": DOOR,
        "submission": SubmissionSettings(host="127.0.0.1"),
    }
    return MailSettings.model_validate(given | more)


SERVER = settings_for(server=SmtpServerSettings(enabled=True))


class Notices:
    """What the doors told last."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}
        self.lost: list[bool] = []
        self.all: queue.Queue[str] = queue.Queue()

    def __call__(self, door: str, line: str, *, lost: bool = False) -> None:
        self.lines[door] = line
        self.lost.append(lost)
        self.all.put(line)

    def hear(self, words: str) -> str:
        while words not in (line := self.all.get(timeout=10)):
            pass
        return line


def post(port: int, data: bytes = MAIL) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.sendmail("anna@example.org", ["text@gw.example"], data)


def test_mail_is_taken_in_a_thread_while_it_is_open():
    taken: list[tuple[Envelope, str]] = []
    told = Notices()

    def take(envelope: Envelope) -> None:
        taken.append((envelope, threading.current_thread().name))

    with open_office(SERVER, take, told):
        assert set(told.lines) == {"mail"}
        port = int(told.lines["mail"].removeprefix("SMTP on 127.0.0.1:"))
        post(port)
    ((envelope, thread),) = taken
    assert envelope.recipients == ("text@gw.example",)
    assert thread not in ("mail server", "MainThread")  # the server goes on meanwhile
    with pytest.raises(ConnectionRefusedError):
        post(port)


def test_a_mail_that_is_being_taken_is_finished_before_it_closes():
    begun, end = threading.Event(), threading.Event()
    taken: list[Envelope] = []
    told = Notices()

    def take(envelope: Envelope) -> None:
        begun.set()
        assert end.wait(10)
        taken.append(envelope)

    with open_office(SERVER, take, told):
        port = int(told.lines["mail"].rpartition(":")[2])
        client = threading.Thread(target=post, args=(port,))
        client.start()
        assert begun.wait(10)
        threading.Timer(0.05, end.set).start()
    client.join(10)
    assert len(taken) == 1


def test_nothing_is_opened_that_is_not_set_up():
    told = Notices()
    with open_office(settings_for(), pytest.fail, told):
        assert told.lines == {}
    assert unready(MailSettings()) == ""


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ({"door": DoorSettings()}, "set gateway.mail.door.senders .* and gateway.mail.door.recip"),
        ({"submission": SubmissionSettings()}, "set gateway.mail.submission.host"),
    ],
)
def test_what_has_to_be_set_is_told(missing, told):
    settings = SERVER.model_copy(update=missing)
    with pytest.raises(MissingPartError, match=told), open_office(settings, pytest.fail, Notices()):
        pass


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as other:
        server = SmtpServerSettings(enabled=True, port=other.getsockname()[1])
        with (
            pytest.raises(UnavailableError, match=r"set gateway\.mail\.server\.port"),
            open_office(settings_for(server=server), pytest.fail, Notices()),
        ):
            pass
    assert "mail server" not in {thread.name for thread in threading.enumerate()}


def test_a_certificate_that_is_not_there_is_told():
    server = SmtpServerSettings(enabled=True, certificate="/none")
    with (
        pytest.raises(MissingPartError, match=r"server\.certificate and certificate_key"),
        open_office(settings_for(server=server), pytest.fail, Notices()),
    ):
        pass


def boxed(dovecot, user: str, **more: object) -> MailSettings:
    given: dict[str, object] = {
        "host": "127.0.0.1",
        "port": dovecot.imap,
        "tls": "none",
        "username": user,
        "password": SecretStr(PASSWORD),
    }
    return settings_for(mailbox=MailboxSettings.model_validate(given | more))


def test_a_mailbox_is_watched(dovecot):
    user = f"user-{uuid.uuid4().hex[:8]}"
    dovecot.put(user, MAIL)
    taken: queue.Queue[Envelope] = queue.Queue()
    told = Notices()
    with open_office(boxed(dovecot, user), taken.put, told):
        told.hear(f"watches INBOX at 127.0.0.1:{dovecot.imap}")
        assert taken.get(timeout=10).recipients == ("text@gw.example",)
        dovecot.put(user, MAIL.replace(b"To: text", b"To: voice"))
        assert taken.get(timeout=10).recipients == ("voice@gw.example",)


def test_a_wrong_password_is_told_and_tried_again(dovecot):
    told = Notices()
    settings = boxed(dovecot, "anna", password=SecretStr("wrong"), retry_longest=0.01)
    with open_office(settings, pytest.fail, told):
        assert "check mailbox.username" in told.hear("is not watched")
        assert True in told.lost
        told.hear("looks for")


def test_a_mailbox_that_is_lost_is_told():
    told = Notices()
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    mailbox = MailboxSettings(host="127.0.0.1", port=port, tls="none", retry_seconds=0.01)
    with open_office(settings_for(mailbox=mailbox), pytest.fail, told):
        told.hear("has lost INBOX")
    assert told.lost[:2] == [False, True]
