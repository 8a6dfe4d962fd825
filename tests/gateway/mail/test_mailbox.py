"""Mail fetched from a real mailbox (dovecot), each once."""

from __future__ import annotations

import errno
import itertools
import queue
import socket
import threading
import uuid

import pytest
from pydantic import SecretStr

from gateway.errors import RefusedError, UnavailableError
from gateway.mail.envelope import Envelope
from gateway.mail.mailbox import Mailbox
from gateway.mail.settings import MailboxSettings
from tests.gateway.mail.conftest import PASSWORD


def mail(subject: str, size: int = 0) -> bytes:
    return (
        f"Return-Path: <anna@example.org>\r\nFrom: anna@example.org\r\nSubject: {subject}\r\n\r\n"
        f"Hello\r\n{'x' * size}\r\n"
    ).encode()


@pytest.fixture
def user() -> str:
    return f"user-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def mailbox(dovecot, user):
    def made(accept, largest=10_000, **more: object) -> Mailbox:
        given: dict[str, object] = {
            "host": "127.0.0.1",
            "port": dovecot.imap,
            "tls": "none",
            "username": user,
            "password": SecretStr(PASSWORD),
            "retry_seconds": 0.01,
            "poll_seconds": 300.0,  # what comes sooner was told by IDLE
        }
        settings = MailboxSettings(**(given | more))
        return Mailbox(settings, accept, recipient="voice@gw.example", largest=largest)

    return made


def subjects(accepted: list[Envelope]) -> list[str]:
    return [one.data.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for one in accepted]


def test_each_mail_is_taken_once(dovecot, user, mailbox):
    accepted: list[Envelope] = []
    for number in range(3):
        dovecot.put(user, mail(f"{number}"))
    assert mailbox(accepted.append).take_all() == 3
    assert mailbox(accepted.append).take_all() == 0
    dovecot.put(user, mail("3"))
    assert mailbox(accepted.append).take_all() == 1
    assert subjects(accepted) == ["0", "1", "2", "3"]
    assert len({one.key for one in accepted}) == 4
    first = accepted[0]
    assert first.data == mail("0")
    assert (first.sender, first.recipients) == ("anna@example.org", ("voice@gw.example",))


def test_broken_off_before_it_is_marked_it_comes_again_under_the_same_key(dovecot, user, mailbox):
    accepted: list[Envelope] = []
    dovecot.put(user, mail("once"))

    def accept_and_die(envelope: Envelope) -> None:
        accepted.append(envelope)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mailbox(accept_and_die).take_all()
    assert mailbox(accepted.append).take_all() == 1
    assert accepted[0].key == accepted[1].key


def test_it_can_be_moved(dovecot, user, mailbox):
    accepted: list[Envelope] = []

    def accept(envelope: Envelope) -> None:
        if b"bad" in envelope.data:
            raise RefusedError("bad")
        accepted.append(envelope)

    dovecot.put(user, mail("good"))
    dovecot.put(user, mail("bad"))
    moving = mailbox(accept, accepted_folder="Accepted", refused_folder="Refused")
    assert moving.take_all() == 1
    assert dovecot.mails(user) == []
    assert dovecot.mails(user, "Accepted") == [mail("good")]
    assert dovecot.mails(user, "Refused") == [mail("bad")]


def test_a_refused_mail_is_not_offered_again(dovecot, user, mailbox):
    offered: list[Envelope] = []

    def refuse(envelope: Envelope) -> None:
        offered.append(envelope)
        raise RefusedError("no")

    dovecot.put(user, mail("x"))
    assert mailbox(refuse).take_all() == 0
    assert mailbox(refuse).take_all() == 0
    assert len(offered) == 1


def test_what_is_too_large_is_not_even_fetched(dovecot, user, mailbox):
    offered: list[Envelope] = []
    dovecot.put(user, mail("large", size=20_000))
    dovecot.put(user, mail("small"))
    assert mailbox(offered.append).take_all() == 1
    assert subjects(offered) == ["small"]


@pytest.mark.parametrize("error", [UnavailableError("later"), OSError(errno.ENOSPC, "full")])
def test_what_cannot_be_taken_now_stays_and_the_others_come_through(dovecot, user, mailbox, error):
    accepted: list[Envelope] = []
    failing = [error]

    def accept(envelope: Envelope) -> None:
        if b"first" in envelope.data and failing:
            raise failing.pop()
        accepted.append(envelope)

    dovecot.put(user, mail("first"))
    dovecot.put(user, mail("second"))
    with pytest.raises(UnavailableError, match="1 mails"):
        mailbox(accept).take_all()
    assert mailbox(accept).take_all() == 1
    assert subjects(accepted) == ["second", "first"]


def test_a_wrong_password(mailbox):
    with pytest.raises(RefusedError, match=r"mailbox\.password"):
        mailbox(lambda _: None, password=SecretStr("wrong")).take_all()


def test_nobody_listens(mailbox):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(UnavailableError, match="can't be reached"):
        mailbox(lambda _: None, port=port).take_all()


def test_new_mail_is_taken_when_it_comes(dovecot, user, mailbox):
    came: queue.Queue[Envelope] = queue.Queue()
    stop = threading.Event()
    dovecot.put(user, mail("before"))
    watching = threading.Thread(target=mailbox(came.put).watch, args=(stop,))
    watching.start()
    try:
        assert subjects([came.get(timeout=20)]) == ["before"]
        dovecot.put(user, mail("after"))
        assert subjects([came.get(timeout=20)]) == ["after"]
    finally:
        stop.set()
        watching.join(20)
    assert not watching.is_alive()


def test_a_lost_connection_is_made_again(dovecot, user, mailbox, monkeypatch):
    came: queue.Queue[Envelope] = queue.Queue()
    stop, failures = threading.Event(), itertools.count()
    watched = mailbox(came.put)
    serve = watched._serve

    def broken_at_first(client, stopping) -> None:
        if next(failures) < 2:
            client.socket().close()
        serve(client, stopping)

    monkeypatch.setattr(watched, "_serve", broken_at_first)
    dovecot.put(user, mail("x"))
    watching = threading.Thread(target=watched.watch, args=(stop,))
    watching.start()
    try:
        assert subjects([came.get(timeout=20)]) == ["x"]
    finally:
        stop.set()
        watching.join(20)
