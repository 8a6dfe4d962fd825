"""Bytes of a mail to text, whatever character set they claim to be in."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

# What browsers and mail programs read under a name (https://encoding.spec.whatwg.org/#names-and-labels),
# because senders mean the larger set, and names that Python does not know.
_MEANT: Final = {
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "big5": "big5hkscs",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-user-defined": "cp1252",
}
# Text codecs of Python that are no character set of mail; some take quadratic time.
_NEVER: Final = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
# Control and invisible format characters (bidirectional overrides, zero-width) but tab and newline.
_INVISIBLE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
# Joiners belong into words of some scripts; beside white space they only hide something.
_LOOSE_JOINER: Final = re.compile(r"(?<!\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\S)")


def decode(data: bytes, charset: str | None) -> str:
    """The text of `data`; never fails.

    An unknown or missing character set is guessed: UTF-8 where it is valid, else Windows-1252.
    """
    codec = _codec(charset)
    if codec in (None, "cp1252"):
        # A UTF-8 text under a Western name is far more frequent than a Western text that happens
        # to be valid UTF-8.
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            codec = "cp1252"
    try:
        text = data.decode(codec or "cp1252", errors="replace")
    except (UnicodeError, ValueError):  # a codec that knows no replacement
        text = data.decode("cp1252", errors="replace")
    return _SURROGATE.sub("�", text)  # utf-7 and others can make halves of a pair


def tidy(text: str) -> str:
    """Without control characters and invisible ones, with plain newlines, composed (NFC)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    return unicodedata.normalize("NFC", _LOOSE_JOINER.sub("", _INVISIBLE.sub("", text)))


def one_line(text: str, longest: int) -> str:
    """Tidy, on one line, at most `longest` characters."""
    return " ".join(tidy(text[: 4 * longest]).split())[:longest].rstrip()


def _codec(charset: str | None) -> str | None:
    """Python's name of the character set, or None if there is none."""
    if not charset or len(charset) > 40:
        return None
    name = charset.strip().strip("\"'").lower().partition("*")[0]
    name = _MEANT.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    normal = found.name.replace("_", "-")
    if normal in _NEVER or not getattr(found, "_is_text_encoding", True):
        return None
    return found.name
