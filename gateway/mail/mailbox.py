"""Mail from an IMAP mailbox (RFC 3501; IDLE: RFC 2177), each message accepted exactly once.

Blocking, for a thread of its own. A message is named by account, folder, UIDVALIDITY and UID, which
never name another one. It is handed to `accept`, which makes it durable under that key, and then
marked (or moved): broken off in between, it is handed over again under the same key.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from imapclient import IMAPClient

from gateway.errors import GatewayError, RefusedError, UnavailableError
from gateway.mail.envelope import Envelope
from gateway.mail.imap import BROKEN, connected, key_of, move
from gateway.mail.settings import MailboxSettings

ACCEPTED: Final = b"$GatewayAccepted"
REFUSED: Final = b"$GatewayRefused"
"""Keywords that messages get, where the server lets clients define keywords."""

_POLL: Final = 1.0  # seconds between looks whether it is time to stop
_AT_ONCE: Final = 50  # messages that are asked for in one go

_log = structlog.get_logger("gateway.mail")

Accept = Callable[[Envelope], None]
"""Makes a mail durable. GatewayError without `retry`: the message is marked as refused; with
`retry`, and OSError: it stays, and comes again."""


@dataclass(slots=True)
class _Taken:
    """How many messages were accepted, and how many have to wait."""

    accepted: int = 0
    postponed: int = 0


class Mailbox:
    """One folder of one account. `recipient` stands for whom its mail is meant for."""

    def __init__(
        self,
        settings: MailboxSettings,
        accept: Accept,
        *,
        recipient: str,
        largest: int,
        context: ssl.SSLContext | None = None,
        lost: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`lost` is told why a watched mailbox was lost, and '' when it is there again."""
        self._lost = lost
        self._settings = settings
        self._accept = accept
        self._recipient = recipient
        self._largest = largest
        self._context = context

    def watch(self, stop: threading.Event) -> None:
        """Take every message there is and that comes, until `stop` is set; connect again as needed.

        Raises:
            RefusedError: name or password are wrong; somebody has to change the settings.
        """
        wait = self._settings.retry_seconds
        while not stop.is_set():
            try:
                with connected(self._settings, self._context) as client:
                    wait = self._settings.retry_seconds
                    self._lost("")
                    self._serve(client, stop)
            except (*BROKEN, UnavailableError) as error:
                self._lost(type(error).__name__)
                _log.warning("mailbox_lost", reason=type(error).__name__, again_in=wait)
                stop.wait(wait)
                wait = min(2 * wait, self._settings.retry_longest)

    def take_all(self) -> int:
        """Take what is there now, once; how many messages were accepted.

        Raises:
            RefusedError: name, password or folder are wrong.
            UnavailableError: the server can't be reached, or a message can't be taken now.
        """
        try:
            with connected(self._settings, self._context) as client:
                taken = self._take(client, threading.Event())
        except BROKEN as error:
            raise UnavailableError(f"the mailbox can't be reached: {error}") from error
        if taken.postponed:
            raise UnavailableError(f"{taken.postponed} mails can't be taken now; try again later")
        return taken.accepted

    def _serve(self, client: IMAPClient, stop: threading.Event) -> None:
        idle = client.has_capability("IDLE")
        while not stop.is_set():
            if self._take(client, stop).postponed:
                stop.wait(self._settings.poll_seconds)
            elif idle:
                self._idle(client, stop)
            else:
                stop.wait(self._settings.poll_seconds)

    def _idle(self, client: IMAPClient, stop: threading.Event) -> None:
        """Wait until something happens in the folder, or it is time to ask again."""
        client.idle()
        try:
            left = self._settings.idle_seconds
            while left > 0 and not stop.is_set():
                if any(_is_news(told) for told in client.idle_check(timeout=min(_POLL, left))):
                    return
                left -= _POLL
        finally:
            client.idle_done()

    def _take(self, client: IMAPClient, stop: threading.Event) -> _Taken:
        """Take the messages that are not marked yet."""
        taken = _Taken()
        selected = client.select_folder(self._settings.folder)
        self._check_keywords(selected)
        validity = int(selected[b"UIDVALIDITY"])
        criteria = ["UNDELETED", "UNKEYWORD", ACCEPTED.decode(), "UNKEYWORD", REFUSED.decode()]
        waiting = list(client.search(criteria))
        for at in range(0, len(waiting), _AT_ONCE):
            some = waiting[at : at + _AT_ONCE]
            sizes = client.fetch(some, ["RFC822.SIZE"])
            for uid in some:
                if stop.is_set():
                    return taken
                if uid in sizes:  # else somebody has just deleted it
                    size = int(sizes[uid][b"RFC822.SIZE"])
                    self._take_one(client, uid, size, validity, taken)
        return taken

    def _check_keywords(self, selected: Mapping[bytes, Any]) -> None:
        kept = selected.get(b"PERMANENTFLAGS", ())
        if b"\\*" not in kept and ACCEPTED not in kept and not self._settings.accepted_folder:
            raise RefusedError(
                "the mailbox keeps no keywords: set mailbox.accepted_folder and"
                " mailbox.refused_folder, where its messages are moved"
            )

    def _take_one(
        self, client: IMAPClient, uid: int, size: int, validity: int, taken: _Taken
    ) -> None:
        key = key_of(self._settings, validity, uid)
        try:
            if size > self._largest:
                raise RefusedError(f"the mail is larger than {self._largest >> 20} MB")
            fetched = client.fetch([uid], ["BODY.PEEK[]"]).get(uid)
            if fetched is None:
                return
            data = bytes(fetched[b"BODY[]"])
            self._hand_over(Envelope(data, _return_path(data), (self._recipient,), "", key))
        except GatewayError as error:
            _log.info("mail_refused", mail=key, reason=type(error).__name__, again=error.retry)
            if error.retry:
                taken.postponed += 1
            else:
                self._mark(client, uid, REFUSED, self._settings.refused_folder)
            return
        self._mark(client, uid, ACCEPTED, self._settings.accepted_folder)
        taken.accepted += 1

    def _hand_over(self, envelope: Envelope) -> None:
        try:
            self._accept(envelope)
        except OSError as error:  # ours (a full disk), not the connection's
            raise UnavailableError(f"no mail can be taken now: {error.strerror}") from error

    def _mark(self, client: IMAPClient, uid: int, keyword: bytes, folder: str) -> None:
        client.add_flags([uid], [keyword, b"\\Seen"], silent=True)
        if folder:
            move(client, uid, folder)


def _is_news(told: Any) -> bool:
    """Does a line of IDLE speak of new messages?"""
    return isinstance(told, tuple) and len(told) > 1 and told[1] in (b"EXISTS", b"RECENT")


def _return_path(data: bytes) -> str | None:
    """The return path that the delivering system has written down; None if it has not."""
    for line in data[:16_384].replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].split(b"\n"):
        if line.lower().startswith(b"return-path:"):
            return line.partition(b":")[2].strip().strip(b"<>").decode("ascii", "replace")
    return None
