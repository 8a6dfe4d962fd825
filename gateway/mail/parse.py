"""Bytes from anywhere to a `Message`: broken MIME, wrong character sets, bombs and all.

The parts are found by the standard library's parser with its plain policy (`compat32`), which
never gives up on bad input. What can make it slow (nesting times lines, endless parameters) is
refused before it runs. Nothing is unpacked, fetched or executed.
"""

from __future__ import annotations

import binascii
import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import policy
from email.message import Message as Part
from typing import Final

from gateway.errors import RefusedError
from gateway.mail import headers
from gateway.mail.charsets import decode, tidy
from gateway.mail.filenames import media_type, safe_name, unique
from gateway.mail.flowed import unflowed
from gateway.mail.message import Attachment, Message
from gateway.mail.settings import MEGABYTE, ParseSettings

_CONTAINER: Final = re.compile(rb"(?im)^content-type:\s*(?:multipart|message)/")
_CONTENT_FIELD: Final = re.compile(rb"(?im)^content-[a-z-]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*")
_LONGEST_CONTENT_FIELD: Final = 8_000  # bytes; reading its parameters takes quadratic time
_WORK: Final = 12_000_000  # lines times nested parts: what the parser gets through in seconds
_ENCRYPTED: Final = frozenset(
    {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
)
_MACHINE_PARTS: Final = frozenset(
    {"message/delivery-status", "message/disposition-notification", "text/rfc822-headers"}
)
_SIGNATURES: Final = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)


def parse(data: bytes, settings: ParseSettings | None = None) -> Message:
    """Read a mail in its wire form (RFC 5322).

    Raises:
        RefusedError: it is too large, too deeply nested or has too many parts; or it is no mail.
    """
    settings = settings or ParseSettings()
    if len(data) > settings.size:
        raise RefusedError(
            f"the mail is larger than {settings.size / MEGABYTE:g} MB; send it in parts"
        )
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    _check(data, settings)
    root = email.message_from_bytes(data, policy=policy.compat32)
    if not root.keys():
        raise RefusedError("this is no mail: it has no header field")
    return _message(root, settings, 0, _Budget(settings))


def _check(data: bytes, settings: ParseSettings) -> None:
    """Refuse what would keep the parser busy for long."""
    if data.find(b"\n\n") > settings.header_bytes or (
        b"\n\n" not in data and len(data) > settings.header_bytes
    ):
        raise RefusedError(f"the header of the mail is larger than {settings.header_bytes} bytes")
    containers = sum(1 for _ in _CONTAINER.finditer(data))
    if containers > settings.containers:
        raise RefusedError(f"the mail has more than {settings.containers} nested parts")
    if data.count(b"\n") * (containers + 1) > _WORK:
        raise RefusedError("the mail has too many lines in too many nested parts")
    if any(len(found[0]) > _LONGEST_CONTENT_FIELD for found in _CONTENT_FIELD.finditer(data)):
        raise RefusedError(f"a Content field has more than {_LONGEST_CONTENT_FIELD} bytes")


@dataclass(slots=True)
class _Budget:
    """What may still be taken from a mail and all that is enclosed in it."""

    settings: ParseSettings
    parts: int = 0
    attachments: int = 0

    def count(self, depth: int) -> None:
        self.parts += 1
        if self.parts > self.settings.parts:
            raise RefusedError(f"the mail has more than {self.settings.parts} parts")
        if depth > self.settings.depth:
            raise RefusedError(f"the mail's parts are nested more than {self.settings.depth} deep")


@dataclass(slots=True)
class _Found:
    """What has been gathered from the parts of one mail."""

    texts: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    enclosed: list[Message] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    encrypted: bool = False
    dropped: int = 0
    cut: bool = False


def _message(root: Part, settings: ParseSettings, depth: int, budget: _Budget) -> Message:
    found = _Found()
    for part, alternative in _leaves(root, depth, budget):
        _take(part, alternative, found, budget, depth)
    text, html = "\n\n".join(found.texts), "\n".join(found.html)
    found.cut |= len(text) > settings.text_characters or len(html) > settings.html_characters
    left_out = []
    if found.dropped:
        left_out.append(f"{found.dropped} more attachments")
    if found.cut:
        left_out.append("the end of a very long text")
    return replace(
        _head(root),
        text=text[: settings.text_characters],
        html=html[: settings.html_characters],
        attachments=tuple(found.attachments),
        enclosed=tuple(found.enclosed),
        encrypted=found.encrypted,
        left_out=tuple(left_out),
    )


def _head(root: Part) -> Message:
    raw = [(name.lower(), str(value)) for name, value in root.raw_items()]

    def all_of(name: str) -> list[str]:
        return [value for called, value in raw if called == name]

    def first(name: str) -> str:
        return next(iter(all_of(name)), "")

    return Message(
        senders=tuple(one for value in all_of("from")[:5] for one in headers.addresses(value)),
        reply_to=headers.addresses(first("reply-to")),
        to=headers.addresses(first("to")),
        cc=headers.addresses(first("cc")),
        subject=headers.decoded(first("subject")),
        date=headers.date(first("date")),
        message_id=next(iter(headers.message_ids(first("message-id"))), ""),
        references=headers.message_ids(first("references") or first("in-reply-to")),
        media_type=root.get_content_type(),
        fields=tuple((name, headers.unfolded(value)) for name, value in raw),
    )


def _leaves(root: Part, depth: int, budget: _Budget) -> Iterator[tuple[Part, bool]]:
    """The parts with content, in their order; True: of a multipart/alternative."""
    stack = [(root, depth, False)]
    while stack:
        part, level, alternative = stack.pop()
        budget.count(level)
        kind = part.get_content_type()
        if (
            kind in _ENCRYPTED
            or not part.is_multipart()
            or part.get_content_maintype() == "message"
        ):
            yield part, alternative
            continue
        inside = alternative or kind == "multipart/alternative"
        children = [child for child in part.get_payload() if isinstance(child, Part)]
        stack.extend((child, level + 1, inside) for child in reversed(children))


def _take(part: Part, alternative: bool, found: _Found, budget: _Budget, depth: int) -> None:
    kind = part.get_content_type()
    if kind in _ENCRYPTED and "signed-data" not in str(part.get("Content-Type", "")):
        found.encrypted = True
    elif kind in _MACHINE_PARTS or kind in _SIGNATURES:
        pass
    elif part.is_multipart() and kind == "message/rfc822":
        inner = part.get_payload(0)
        if isinstance(inner, Part):
            found.enclosed.append(_message(inner, budget.settings, depth + 1, budget))
    elif not part.is_multipart():
        _take_leaf(part, kind, alternative, found, budget)


def _take_leaf(part: Part, kind: str, alternative: bool, found: _Found, budget: _Budget) -> None:
    content = _content(part)
    attached = part.get_content_disposition() == "attachment"
    if kind in ("text/plain", "text/html") and not attached and not _claimed_name(part):
        text = _text(part, content, budget.settings, found)
        (found.html if kind == "text/html" else found.texts).append(text)
        return
    if alternative and kind == "text/calendar":  # the invitation that the text tells about
        return
    if budget.attachments >= budget.settings.attachments:
        found.dropped += 1
        return
    budget.attachments += 1
    sniffed = media_type(content, kind)
    name = safe_name(_claimed_name(part), sniffed, len(found.attachments) + 1)
    inline = not attached and sniffed.startswith("image/") and bool(part.get("Content-ID"))
    found.attachments.append(Attachment(unique(name, found.names), sniffed, content, inline))


def _content(part: Part) -> bytes:
    """The decoded content; where it can't be decoded, as it is."""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, binascii.Error):  # uuencode and base64 that are none
        content = None
    if isinstance(content, bytes):
        return content
    return str(part.get_payload()).encode("utf-8", "surrogateescape")


def _text(part: Part, content: bytes, settings: ParseSettings, found: _Found) -> str:
    most = (
        settings.html_characters
        if part.get_content_subtype() == "html"
        else settings.text_characters
    )
    if len(content) > 4 * most:
        found.cut = True
    text = tidy(decode(content[: 4 * most], _parameter(part, "charset")))
    if part.get_content_subtype() == "plain" and _parameter(part, "format").lower() == "flowed":
        text = unflowed(text, delete_space=_parameter(part, "delsp").lower() == "yes")
    return text.strip("\n") if part.get_content_subtype() == "plain" else text


def _claimed_name(part: Part) -> str:
    try:
        name = part.get_filename() or ""
    except (
        ValueError,
        LookupError,
        UnicodeError,
        TypeError,
    ):  # continued parameters (RFC 2231) out of order
        return ""
    return headers.decoded(name) if name.isascii() else headers.unfolded(name)


def _parameter(part: Part, name: str) -> str:
    """A parameter of Content-Type, '' if there is none."""
    try:
        value = part.get_param(name, "")
    except (ValueError, LookupError, UnicodeError, TypeError):
        return ""
    if isinstance(value, tuple):  # RFC 2231: character set, language, value
        value = value[2]
    return str(value)
