"""Names and types of attachments: what the sender says is only a hint."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from typing import Final

from gateway.mail.charsets import one_line

_LONGEST: Final = 100  # characters; at most 4 bytes each, and file systems take 255 bytes
_LONGEST_EXTENSION: Final = 12
_FORBIDDEN: Final = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
# Names of devices on Windows, where results are opened, too.
_DEVICE: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
_OFFICE: Final = ("application/vnd.openxmlformats", "application/vnd.oasis", "application/vnd.ms-")

_MAGIC: Final = (
    (b"%PDF-", "application/pdf"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
    (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!", "application/vnd.rar"),
    (b"\x1f\x8b", "application/gzip"),
)


def media_type(data: bytes, declared: str) -> str:
    """What the bytes are; the declared type only where they don't tell and it can do no harm."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav"
    if data[4:8] == b"ftyp":
        return declared if declared.startswith(("audio/", "video/")) else "video/mp4"
    if data[:4] == b"PK\x03\x04":
        return declared if declared.startswith(_OFFICE) else "application/zip"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if b"%PDF-" in data[:1024]:  # junk before the header is allowed by usage
        return "application/pdf"
    if declared.startswith("text/") and b"\0" not in data[:4096]:
        return declared
    return "application/octet-stream"


def safe_name(claimed: str, kind: str, number: int) -> str:
    """A file name without any path, control, or trick in it; `number` names a nameless one."""
    name = unicodedata.normalize("NFC", one_line(claimed, 500))
    name = re.split(r"[/\\]", name)[-1]
    name = _FORBIDDEN.sub("_", name).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _LONGEST_EXTENSION:
        stem, extension = name, ""
    if not stem:
        guessed = (mimetypes.guess_extension(kind) or ".bin")[1:]
        stem, extension = f"attachment-{number}", extension or guessed
    if _DEVICE.match(f"{stem}."):
        stem = f"_{stem}"
    tail = f".{extension}" if extension else ""
    return f"{stem[: _LONGEST - len(tail)].rstrip('. ')}{tail}"


def unique(name: str, taken: set[str]) -> str:
    """`name`, with a number where that name is taken already; the result is taken from now on."""
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{stem} ({number}){dot}{extension}"
    taken.add(candidate.casefold())
    return candidate
