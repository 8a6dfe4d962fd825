"""Header fields of a mail (RFC 5322, RFC 2047): decoded, bounded, never failing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final

from gateway.mail.charsets import decode, one_line

LONGEST_FIELD: Final = 8_000
"""Characters of a field that are read; what comes after is left out."""

_LONGEST_SUBJECT: Final = 998
_LONGEST_NAME: Final = 120
_LONGEST_ADDRESS: Final = 254  # RFC 5321, 4.5.3.1.3 without its brackets
_MOST_ADDRESSES: Final = 100
_FOLD: Final = re.compile(r"\s*[\r\n]+[ \t]*")
_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:@\"\\\x00-\x20\x7f]{1,64}@[^\W_](?:[\w.-]{0,252}\w)?")
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,250}>")


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address (lower-case domain) and the name shown with it, '' if there is none."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """What is after the @."""
        return self.address.rpartition("@")[2]

    @property
    def spoken(self) -> str:
        """The name, or the address where there is no name."""
        return self.name or self.address


def unfolded(raw: str) -> str:
    """A raw field on one line; bytes beyond ASCII are read as UTF-8 or Windows-1252."""
    raw = _FOLD.sub(" ", raw[:LONGEST_FIELD]).strip()
    if raw.isascii():
        return raw
    return decode(raw.encode("utf-8", "surrogateescape"), None)


def decoded(raw: str, longest: int = _LONGEST_SUBJECT) -> str:
    """A field as people read it: its encoded words decoded, on one line, without controls."""
    text = unfolded(raw)
    try:
        pieces = decode_header(text) if "=?" in text else [(text, None)]
    except (HeaderParseError, ValueError):  # base64 that is none
        pieces = [(text, None)]
    shown = "".join(
        piece if isinstance(piece, str) else decode(piece, charset) for piece, charset in pieces
    )
    return one_line(shown, longest)


def addresses(raw: str) -> tuple[Address, ...]:
    """The addresses of a From, To or similar field; what is no address is left out."""
    text = unfolded(raw)
    try:
        pairs = getaddresses([text])
    except (RecursionError, IndexError, ValueError):  # comments within comments and the like
        return ()
    found = (address(mailbox, name) for name, mailbox in pairs[:_MOST_ADDRESSES])
    return tuple(one for one in found if one is not None)


def address(mailbox: str, name: str = "") -> Address | None:
    """`mailbox` if it is a plain address (no quoting, no literal), else None."""
    mailbox = mailbox.strip()
    if len(mailbox) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(mailbox):
        return None
    local, _, domain = mailbox.rpartition("@")
    if ".." in domain:
        return None
    return Address(f"{local}@{domain.lower()}", decoded(name, _LONGEST_NAME).strip("'\" "))


def date(raw: str) -> datetime | None:
    """The time of a Date field, with its zone; None if it is none."""
    try:
        parsed = parsedate_to_datetime(unfolded(raw)[:100])
        parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        parsed.astimezone(UTC)  # raises where the zone leads out of the calendar
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return parsed


def message_ids(raw: str, most: int = 50) -> tuple[str, ...]:
    """The message identifiers of a Message-ID, In-Reply-To or References field, newest last."""
    return tuple(_MESSAGE_ID.findall(unfolded(raw)))[-most:]
