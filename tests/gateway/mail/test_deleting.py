"""Mail that was heard by telephone is deleted in a real mailbox (dovecot)."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.errors import RefusedError, UnavailableError
from gateway.mail.deleting import Deleting
from gateway.mail.envelope import Envelope
from gateway.mail.imap import is_key, key_of, place_of
from gateway.mail.mailbox import Mailbox
from gateway.mail.settings import MailboxSettings
from tests.gateway.mail.conftest import PASSWORD


def mail(number: int) -> bytes:
    return f"From: anna@example.org\r\nMessage-ID: <{number}@x.org>\r\n\r\nHello\r\n".encode()


@pytest.fixture
def settings(dovecot) -> Callable[..., MailboxSettings]:
    user = f"user-{uuid.uuid4().hex[:8]}"

    def made(**more: Any) -> MailboxSettings:
        given = {"host": "127.0.0.1", "port": dovecot.imap, "tls": "none", "username": user}
        return MailboxSettings(**(given | {"password": SecretStr(PASSWORD)} | more))

    return made


def taken(settings: MailboxSettings, dovecot) -> list[str]:
    """The keys of three mails that have come."""
    accepted: list[Envelope] = []
    for number in range(3):
        dovecot.put(settings.username, mail(number))
    Mailbox(settings, accepted.append, recipient="", largest=10_000).take_all()
    return [one.key for one in accepted]


def test_the_one_that_was_heard_is_gone_and_no_other(dovecot, settings):
    place = settings()
    keys = taken(place, dovecot)
    delete = Deleting(place)
    assert delete(keys[1], "<1@x.org>") is True
    assert dovecot.mails(place.username) == [mail(0), mail(2)]
    assert delete(keys[1], "<1@x.org>") is False  # asked again
    assert dovecot.mails(place.username) == [mail(0), mail(2)]


def test_it_can_be_kept_in_a_folder_of_its_own(dovecot, settings):
    place = settings(deleted_folder="Trash")
    keys = taken(place, dovecot)
    assert Deleting(place)(keys[0], "") is True
    assert dovecot.mails(place.username) == [mail(1), mail(2)]
    assert dovecot.mails(place.username, "Trash") == [mail(0)]


def test_one_that_was_moved_when_it_was_accepted_is_found(dovecot, settings):
    place = settings(accepted_folder="Accepted")
    keys = taken(place, dovecot)
    delete = Deleting(place)
    assert delete(keys[2], "<2@x.org>") is True
    assert dovecot.mails(place.username, "Accepted") == [mail(0), mail(1)]
    assert delete(keys[0], "") is False  # it has no name that it could be found by
    dovecot.put(place.username, mail(1))
    taken(place, dovecot)
    assert delete(keys[1], "<1@x.org>") is False  # several are called so
    assert dovecot.mails(place.username, "Accepted").count(mail(1)) == 3


@pytest.mark.parametrize("key", ["", "mail-0123", "mailbox-0123456789abcdef-1-1", "mailbox-x-1-1"])
def test_what_came_another_way_is_left_alone(settings, key):
    assert Deleting(settings())(key, "<1@x.org>") is False


def test_keys_name_one_message_of_one_account(settings):
    place = settings()
    key = key_of(place, 7, 4711)
    assert is_key(key)
    assert place_of(key, place) == (7, 4711)
    assert place_of(key, settings(folder="Other")) is None
    assert not is_key("mail-0123")


def test_a_mailbox_out_of_reach_is_told(settings):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        away = settings(port=nobody.getsockname()[1])
    with pytest.raises(UnavailableError, match="can't be reached"):
        Deleting(away)(key_of(away, 1, 1), "")
    locked = settings(password=SecretStr("wrong"))
    with pytest.raises(RefusedError, match=r"mailbox\.password"):
        Deleting(locked)(key_of(locked, 1, 1), "")
