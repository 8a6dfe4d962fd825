"""Mails that the gateway sends: a text, a voice with its transcript, fax pages, reports.

Everything in a header is put on one line first, so that nothing from outside can add a field. A
mail made twice from the same key has the same Message-ID and the same parts' boundaries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, getaddresses
from typing import Final

from gateway.errors import RefusedError
from gateway.mail.charsets import one_line, tidy
from gateway.mail.filenames import safe_name
from gateway.mail.guard import LOOP_FIELD
from gateway.mail.headers import Address, addresses

_MOST_REFERENCES: Final = 20


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent. `key` names it: the same key gives the same Message-ID.

    `answers` is the Message-ID that it answers ('' for none), `references` the thread before.
    `automatic` is the value of Auto-Submitted (RFC 3834).
    """

    key: str
    sender: Address
    recipient: Address | None
    subject: str
    text: str
    when: datetime
    hostname: str
    files: Sequence[tuple[str, str, bytes]] = field(default=(), repr=False)
    answers: str = ""
    references: tuple[str, ...] = ()
    automatic: str = "auto-generated"
    reply_to: Address | None = None


def compose(letter: Letter) -> bytes:
    """The letter in its wire form (RFC 5322, CRLF; 7-bit unless an address is not, RFC 6532).

    `files` are (name, media type, bytes).
    """
    mail = begun(letter)
    mail.set_content(tidy(letter.text).rstrip("\n") + "\n", cte="quoted-printable")
    for number, (name, media_type, data) in enumerate(letter.files, 1):
        main, _, sub = media_type.partition("/")
        mail.add_attachment(
            data, maintype=main, subtype=sub, filename=safe_name(name, media_type, number)
        )
    return wire(mail, letter.key)


def begun(letter: Letter) -> EmailMessage:
    """A mail with the header fields of a letter."""
    people = (letter.sender, letter.recipient, letter.reply_to)
    is_plain = all(one.address.isascii() for one in people if one)
    mail = EmailMessage(policy=SMTP if is_plain else SMTPUTF8)  # an address can't be encoded
    mail["Message-ID"] = message_id(letter.key, letter.hostname)
    mail["Date"] = format_datetime(letter.when)
    mail["From"] = _shown(letter.sender)
    if letter.recipient:
        mail["To"] = _shown(letter.recipient)
    if letter.reply_to:
        mail["Reply-To"] = _shown(letter.reply_to)
    mail["Subject"] = one_line(letter.subject, 200)
    if letter.answers:
        mail["In-Reply-To"] = letter.answers
        thread = [*letter.references, letter.answers]
        mail["References"] = " ".join(dict.fromkeys(thread[-_MOST_REFERENCES:]))
    mail["Auto-Submitted"] = letter.automatic
    mail[LOOP_FIELD] = letter.sender.address
    mail["X-Auto-Response-Suppress"] = "All"  # what Exchange looks at instead of Auto-Submitted
    return mail


def wire(mail: EmailMessage, key: str) -> bytes:
    """A mail in its wire form; the boundaries of its parts are made from `key`."""
    for number, part in enumerate(mail.walk()):
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            part.set_boundary(f"=_{_digest(f'{key}/{number}')}")
    return mail.as_bytes()


def message_id(key: str, hostname: str) -> str:
    """A Message-ID that belongs to `key` and tells nothing about it."""
    return f"<{_digest(key)}@{hostname}>"


def party(text: str, name: str = "") -> Address:
    """An address that somebody has given, as `a@b` or `Name <a@b>`.

    Raises:
        RefusedError: it is none.
    """
    if any(mark in text for mark in "\r\n"):
        raise RefusedError("a mail address can't have several lines")
    found = addresses(text) if len(getaddresses([text])) == 1 else ()
    if len(found) != 1:
        raise RefusedError(f"{one_line(text, 80)!r} is not one mail address (name@domain)")
    return Address(found[0].address, name or found[0].name)


def answer_subject(subject: str) -> str:
    """`Re: ` and the subject, once."""
    subject = one_line(subject, 190)
    return subject if subject[:3].lower() in ("re:", "aw:") else f"Re: {subject}".rstrip()


def _shown(party_: Address) -> HeaderAddress:
    local, _, domain = party_.address.rpartition("@")
    return HeaderAddress(one_line(party_.name, 100), local, domain)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
