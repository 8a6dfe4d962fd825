"""Is what the gateway made of a hostile input harmless?"""

from __future__ import annotations

import email
from collections.abc import Callable, Iterator, Mapping
from email import policy
from typing import Final

from PIL import Image

from gateway.content import Content, Kind
from gateway.errors import GatewayError
from gateway.sms.messages import read_message

_MOST_PAGES: Final = 201  # 200 and a cover
_ONCE: Final = ("from", "to", "subject", "date", "message-id", "content-type", "mime-version")
_NEVER: Final = ("bcc", "resent-to", "cc")
_LONGEST_LINE: Final = 998  # bytes (RFC 5322, 2.1.1)
_CONTROLS: Final = frozenset(range(32)) - frozenset(b"\t\n\f\r")


def faults(made: Content, secret: str) -> tuple[str, ...]:
    """What is wrong with a result; nothing, if it is as it should be."""
    if not made.path.is_file() or not made.path.stat().st_size:
        return ("the result is no file, or empty",)
    data = made.path.read_bytes()
    found = list(_FAULTS[made.kind](made, data))
    if secret.encode() in data:
        found.append("the secret is in the result")
    return tuple(found)


def _text(_: Content, data: bytes) -> Iterator[str]:
    try:
        data.decode()
    except UnicodeDecodeError:
        yield "the text is not UTF-8"
    if controls := _CONTROLS & set(data):
        yield f"control characters in the text: {sorted(controls)}"


def _mail(_: Content, data: bytes) -> Iterator[str]:
    message = email.message_from_bytes(data, policy=policy.default)
    names = [name.lower() for name in message]
    yield from (f"{names.count(name)} fields {name}" for name in _ONCE if names.count(name) > 1)
    yield from (f"a field {name} that nobody wished" for name in _NEVER if name in names)
    yield from (f"the mail has a defect: {type(one).__name__}" for one in message.defects)
    if any(len(line) > _LONGEST_LINE for line in data.splitlines()):
        yield "a line of the mail is too long"


def _pages(made: Content, data: bytes) -> Iterator[str]:
    if made.media_type == "application/pdf":
        if not data.startswith(b"%PDF-"):
            yield "the pages are no PDF"
        return
    with Image.open(made.path) as image:
        pages = getattr(image, "n_frames", 1)
    if pages > _MOST_PAGES:
        yield f"{pages} pages"
    if pages != made.details.get("pages"):
        yield f"{pages} pages, but {made.details.get('pages')} are told"


def _voice(_: Content, data: bytes) -> Iterator[str]:
    if len(data) <= 44:
        yield "the voice is nothing but a header"


def _short_message(made: Content, _: bytes) -> Iterator[str]:
    try:
        read_message(made).parts()
    except GatewayError as error:
        yield f"the short message can't be read again: {error}"


_FAULTS: Final[Mapping[Kind, Callable[[Content, bytes], Iterator[str]]]] = {
    Kind.TEXT: _text,
    Kind.EMAIL: _mail,
    Kind.FAX: _pages,
    Kind.VOICE: _voice,
    Kind.SMS: _short_message,
}
