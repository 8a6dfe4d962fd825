"""What a file is, by its contents first and its name second, and what a name asks for.

Contents can't lie about a format that has a signature; text, mail and raw telephone audio have
none, so for these the name decides, then the media type the sender gave, then how they look.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.content import Content, Kind
from gateway.errors import RefusedError

_HEAD: Final = 4096  # bytes that are looked at
_MOST_JSON: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Form:
    """A kind in one media type."""

    kind: Kind
    media_type: str


_TEXT: Final = Form(Kind.TEXT, "text/plain")
_MARKDOWN: Final = Form(Kind.TEXT, "text/markdown")
_SSML: Final = Form(Kind.TEXT, "application/ssml+xml")
_EMAIL: Final = Form(Kind.EMAIL, "message/rfc822")
_SMS: Final = Form(Kind.SMS, "application/json")
_TIFF: Final = Form(Kind.FAX, "image/tiff")
_PDF: Final = Form(Kind.FAX, "application/pdf")

_SOURCES: Final[Mapping[str, Form]] = {
    **dict.fromkeys((".txt", ".text", ".log"), _TEXT),
    **dict.fromkeys((".md", ".markdown"), _MARKDOWN),
    ".ssml": _SSML,
    **dict.fromkeys((".eml", ".mail"), _EMAIL),
    **dict.fromkeys((".sms", ".sms.json"), _SMS),
    **dict.fromkeys((".tif", ".tiff"), _TIFF),
    ".pdf": _PDF,
    ".png": Form(Kind.FAX, "image/png"),
    **dict.fromkeys((".jpg", ".jpeg"), Form(Kind.FAX, "image/jpeg")),
    ".wav": Form(Kind.VOICE, "audio/wav"),
    ".mp3": Form(Kind.VOICE, "audio/mpeg"),
    **dict.fromkeys((".ogg", ".oga", ".opus"), Form(Kind.VOICE, "audio/ogg")),
    ".flac": Form(Kind.VOICE, "audio/flac"),
    **dict.fromkeys((".au", ".snd"), Form(Kind.VOICE, "audio/basic")),
    **dict.fromkeys((".ulaw", ".ul", ".pcmu"), Form(Kind.VOICE, "audio/PCMU")),
    **dict.fromkeys((".m4a", ".aac"), Form(Kind.VOICE, "audio/mp4")),
    ".amr": Form(Kind.VOICE, "audio/amr"),
    **dict.fromkeys((".mp4", ".m4v", ".mov", ".3gp"), Form(Kind.VOICE, "video/mp4")),
    **dict.fromkeys((".webm", ".mkv"), Form(Kind.VOICE, "video/webm")),
}
"""Endings of names of what comes in."""

_TARGETS: Final[Mapping[str, Form]] = {
    ending: _SOURCES[ending]
    for ending in (
        *(".txt", ".text", ".eml", ".sms", ".sms.json", ".tif", ".tiff", ".pdf"),
        *(".wav", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".au", ".ulaw", ".ul", ".pcmu"),
    )
} | {
    ".srt": Form(Kind.TEXT, "application/x-subrip"),
    ".vtt": Form(Kind.TEXT, "text/vtt"),
    ".json": Form(Kind.TEXT, "application/json"),
}
"""Endings of names of what can be made."""

_SIGNATURES: Final[tuple[tuple[int, bytes, Form], ...]] = (
    (0, b"II*\0", _TIFF),
    (0, b"MM\0*", _TIFF),
    (0, b"\x89PNG\r\n\x1a\n", _SOURCES[".png"]),
    (0, b"\xff\xd8\xff", _SOURCES[".jpg"]),
    (8, b"WAVE", _SOURCES[".wav"]),
    (0, b"ID3", _SOURCES[".mp3"]),
    (0, b"OggS", _SOURCES[".ogg"]),
    (0, b"fLaC", _SOURCES[".flac"]),
    (0, b".snd", _SOURCES[".au"]),
    (0, b"#!AMR", _SOURCES[".amr"]),
    (4, b"ftypM4A", _SOURCES[".m4a"]),
    (4, b"ftyp", _SOURCES[".mp4"]),
    (0, b"\x1aE\xdf\xa3", _SOURCES[".webm"]),
)
_PDF_WITHIN: Final = 1024  # bytes; readers look for a PDF's signature that far

_FOREIGN: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK\x03\x04", "a ZIP archive or an office document: send a PDF"),
    (b"\xd0\xcf\x11\xe0", "an office document: send a PDF"),
    (b"{\\rtf", "an RTF document: send plain text or a PDF"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"GIF8", "a GIF image: send PNG, JPEG, TIFF or PDF"),
)

_HEADERS: Final = re.compile(
    rb"(?:From |(?:Return-Path|Received|Delivered-To|From|To|Subject|Date|Message-ID|MIME-Version"
    rb"|DKIM-Signature|Reply-To|Content-Type|X-[\w-]+):)",
    re.IGNORECASE,
)
_HEADER_LINE: Final = re.compile(rb"[!-9;-~]+:")
_SSML_START: Final = re.compile(
    rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<speak[\s>]", re.DOTALL
)
_HTML_START: Final = re.compile(rb"\s*(?:<!doctype\s+html|<html[\s>])", re.IGNORECASE)


def recognised(path: Path, name: str = "", media_type: str = "") -> Content:
    """What the file at `path` is. `name` and `media_type` are the words of whoever sent it.

    Raises:
        RefusedError: it is empty, or nothing that the gateway converts.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise RefusedError(f"the file can't be read: {error.strerror}") from error
    if not head:
        raise RefusedError("the file is empty")
    form = _by_signature(head) or _by_name(name or path.name, head) or _by_type(media_type, head)
    form = form or _by_look(head, path)
    return Content(form.kind, path, form.media_type)


def asked_for(name: str) -> Form:
    """What a file of this name is to become.

    Raises:
        RefusedError: the ending says nothing, or nothing that can be made.
    """
    form = _TARGETS.get(_ending(name))
    if form is None:
        known = " ".join(sorted(_TARGETS))
        raise RefusedError(f"the name {name[-60:]!r} does not say what it is to become: {known}")
    return form


def _by_signature(head: bytes) -> Form | None:
    for at, mark, form in _SIGNATURES:
        if head[at : at + len(mark)] == mark:
            return form
    for mark, what in _FOREIGN:
        if head.startswith(mark):
            raise RefusedError(f"the file is {what}")
    return _PDF if b"%PDF-" in head[:_PDF_WITHIN] and b"\0" not in head[:5] else None


def _by_name(name: str, head: bytes) -> Form | None:
    form = _SOURCES.get(_ending(name))
    if form is None:
        return None
    if form.kind is Kind.FAX:  # all of these have a signature
        raise RefusedError(f"the file is called {_ending(name)}, but it is none")
    if form.kind in (Kind.TEXT, Kind.SMS) and b"\0" in head and not _is_utf16(head):
        raise RefusedError("the file is called a text, but it holds other bytes than text")
    return form


def _by_type(media_type: str, head: bytes) -> Form | None:
    """The media type that a client gave; text/plain and bare bytes say nothing."""
    media_type = media_type.partition(";")[0].strip().lower()
    if media_type.startswith(("audio/", "video/")):
        return Form(Kind.VOICE, "audio/PCMU" if media_type == "audio/pcmu" else media_type)
    if media_type == _EMAIL.media_type:
        return _EMAIL
    is_text = b"\0" not in head
    return _SSML if media_type == _SSML.media_type and is_text else None


def _by_look(head: bytes, path: Path) -> Form:
    if b"\0" in head and not _is_utf16(head):
        raise RefusedError("the file is no text, audio, mail, page or short message")
    if _HTML_START.match(head):
        raise RefusedError("the file is a page of HTML: send its text, or send it as mail")
    if _SSML_START.match(head):
        return _SSML
    if head.lstrip()[:1] == b"{" and _is_message(path):
        return _SMS
    return _EMAIL if _is_mail(head) else _TEXT


def _is_mail(head: bytes) -> bool:
    """It begins with a header that mails have, and a second one follows."""
    lines = head.splitlines()
    following = [line for line in lines[1:] if line[:1] not in (b" ", b"\t")]
    return bool(
        _HEADERS.match(head)
        and following
        and (not following[0] or _HEADER_LINE.match(following[0]))
    )


def _is_message(path: Path) -> bool:
    if path.stat().st_size > _MOST_JSON:
        return False
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and {"text", "segments"} <= data.keys()


def _is_utf16(head: bytes) -> bool:
    return head.startswith((b"\xff\xfe", b"\xfe\xff"))


def _ending(name: str) -> str:
    name = name.lower()
    return ".sms.json" if name.endswith(".sms.json") else Path(name).suffix
