"""The alphabets of short messages: GSM 7-bit (default and extension table) and UCS-2. Pure.

Source: 3GPP TS 23.038, 6.2.1 (default alphabet), 6.2.1.1 (extension table), 6.2.3 (UCS-2). The
mobile networks' "UCS-2" is UTF-16, big-endian: characters beyond the basic plane take two units.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final

ESCAPE: Final = 0x1B
"""The septet before a character of the extension table."""

_DEFAULT: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_CODES: Final = {
    **{character: bytes([code]) for code, character in enumerate(_DEFAULT) if code != ESCAPE},
    **{character: bytes([ESCAPE, code]) for code, character in _EXTENSION.items()},
}
_UNKNOWN: Final = " "
"""What a phone shows for an escape into a table that it does not have (6.2.1, note 1)."""

_TYPEWRITTEN: Final = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "‛": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "‟": '"',
        "«": '"',
        "»": '"',
        "‹": "'",
        "›": "'",
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "—": "-",
        "―": "-",
        "−": "-",
        "…": "...",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u00ad": None,
        "\u200b": None,
        "\ufeff": None,
    }
)


class Alphabet(StrEnum):
    """How the characters of a message are coded."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"


class NotInAlphabet(ValueError):
    """A character can't be written in the GSM alphabet; the message names it."""


def alphabet_of(text: str) -> Alphabet:
    """The alphabet that `text` needs: the GSM one if all of its characters are in it."""
    return Alphabet.GSM7 if all(character in _CODES for character in text) else Alphabet.UCS2


def units(character: str, alphabet: Alphabet) -> int:
    """How much room a character takes: septets, or 16-bit units."""
    if alphabet is Alphabet.GSM7:
        return len(encode_gsm7(character))
    return 2 if ord(character) > 0xFFFF else 1


def encode(text: str, alphabet: Alphabet) -> bytes:
    """The user data of `text`; a septet takes one byte (SMPP packs none).

    Raises:
        NotInAlphabet: a character is not in the GSM alphabet.
    """
    if alphabet is Alphabet.GSM7:
        return encode_gsm7(text)
    return text.encode("utf-16-be", "replace")


def decode(data: bytes, alphabet: Alphabet) -> str:
    """The text of user data. What is broken in it becomes a space or U+FFFD."""
    if alphabet is Alphabet.GSM7:
        return decode_gsm7(data)
    return data.decode("utf-16-be", "replace")


def encode_gsm7(text: str) -> bytes:
    """The septets of `text`, one in a byte.

    Raises:
        NotInAlphabet: a character is not in the alphabet.
    """
    try:
        return b"".join(_CODES[character] for character in text)
    except KeyError as error:
        raise NotInAlphabet(f"{error.args[0]!r} is not in the GSM alphabet") from error


def decode_gsm7(septets: bytes) -> str:
    """The text of septets, one in a byte; the eighth bits are not looked at."""
    text, escaped = [], False
    for septet in septets:
        code = septet & 0x7F
        if escaped:
            text.append(_EXTENSION.get(code, _UNKNOWN if code == ESCAPE else _DEFAULT[code]))
            escaped = False
        elif code == ESCAPE:
            escaped = True
        else:
            text.append(_DEFAULT[code])
    return "".join(text)


def composed(text: str) -> str:
    """`text` as phones expect it: composed characters, plain line ends, no control characters."""
    folded = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in folded if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))


def typewritten(text: str) -> str:
    """`text` with typographic quotes, dashes and spaces as a typewriter has them; nothing else.

    One such character makes a message of 160 characters need three segments instead of one.
    """
    return text.translate(_TYPEWRITTEN)
