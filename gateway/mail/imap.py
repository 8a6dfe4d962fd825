"""A connection to an IMAP mailbox (RFC 3501), and how messages in it are named and moved."""

from __future__ import annotations

import contextlib
import hashlib
import re
import ssl
from collections.abc import Iterator
from typing import Final

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from gateway.errors import RefusedError, UnavailableError
from gateway.mail.settings import MailboxSettings

BROKEN: Final = (IMAPClientError, OSError, ssl.SSLError)
"""What a connection raises that is lost, or that does not do what it is asked for."""

_KEY: Final = re.compile(r"mailbox-([0-9a-f]{16})-(\d{1,10})-(\d{1,10})")


@contextlib.contextmanager
def connected(
    settings: MailboxSettings, context: ssl.SSLContext | None = None
) -> Iterator[IMAPClient]:
    """A client, logged in, as long as the context is open.

    Raises:
        RefusedError: name or password are wrong.
        UnavailableError: passwords can't be checked now.
        IMAPClientError, OSError: the mailbox can't be reached (`BROKEN`).
    """
    client = IMAPClient(
        settings.host,
        settings.port,
        ssl=settings.tls == "tls",
        ssl_context=context or ssl.create_default_context(),
        timeout=SocketTimeout(settings.connect_seconds, settings.read_seconds),
    )
    try:
        if settings.tls == "starttls":
            client.starttls(context or ssl.create_default_context())
        try:
            client.login(settings.username, settings.password.get_secret_value())
        except LoginError as error:
            if "[UNAVAILABLE]" in str(error):  # RFC 5530
                raise UnavailableError("the mailbox can't check passwords now") from error
            raise RefusedError(
                "the mailbox does not let us in: check mailbox.username and mailbox.password"
            ) from error
        yield client
    finally:
        with contextlib.suppress(*BROKEN):  # nothing depends on a polite goodbye
            client.logout()


def move(client: IMAPClient, uid: int, folder: str) -> None:
    """Move a message of the selected folder; the other one is made, if there is none."""
    if not client.folder_exists(folder):
        client.create_folder(folder)
    if client.has_capability("MOVE"):
        client.move([uid], folder)
        return
    client.copy([uid], folder)
    remove(client, uid)


def remove(client: IMAPClient, uid: int) -> None:
    """Delete a message of the selected folder."""
    client.delete_messages([uid], silent=True)
    if client.has_capability("UIDPLUS"):  # without it, others' deleted mail would go, too
        client.uid_expunge([uid])


def key_of(settings: MailboxSettings, validity: int, uid: int) -> str:
    """Names a message by account, folder, UIDVALIDITY and UID, which never name another one."""
    return f"mailbox-{_account(settings)}-{validity}-{uid}"


def place_of(key: str, settings: MailboxSettings) -> tuple[int, int] | None:
    """UIDVALIDITY and UID of the message that `key_of` has named in this folder of this account;
    None: it names none."""
    found = _KEY.fullmatch(key)
    if found is None or found[1] != _account(settings):
        return None
    return int(found[2]), int(found[3])


def is_key(key: str) -> bool:
    """Does it name a message of some mailbox?"""
    return _KEY.fullmatch(key) is not None


def _account(settings: MailboxSettings) -> str:
    where = f"{settings.username}@{settings.host}:{settings.port}/{settings.folder}"
    return hashlib.sha256(where.encode()).hexdigest()[:16]
