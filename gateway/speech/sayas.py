"""The readings that SSML's say-as asks for: letters one by one, digits, dates, amounts. Pure.

The kinds are those of the W3C note "SSML 1.0 say-as attribute values" (2005) and the ones in
common use beside it. English is put into words; for other languages, what has to be spelled is
spelled, and the voice reads the rest as it knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from voicebot.dialogue import numerals
from voicebot.dialogue.numerals import digit_by_digit
from voicebot.dialogue.spoken import spoken

_MARKS: Final = {
    "@": "at",
    ".": "dot",
    ",": "comma",
    "-": "dash",
    "_": "underscore",
    "+": "plus",
    "/": "slash",
    "\\": "backslash",
    "#": "hash",
    "*": "star",
    "&": "ampersand",
    ":": "colon",
    ";": "semicolon",
    "!": "exclamation mark",
    "?": "question mark",
    "%": "percent",
    "=": "equals",
    "$": "dollar",
    "'": "apostrophe",
    '"': "quote",
    "(": "open bracket",
    ")": "close bracket",
}
_MONTHS: Final = (
    "January February March April May June July August September October November December"
).split()
_ORDERS: Final = ("mdy", "dmy", "ymd", "ydm", "md", "dm", "my", "ym", "y", "m", "d")
_SPELLED: Final = frozenset({"characters", "spell-out", "verbatim", "digits", "telephone"})


def said_as(text: str, kind: str, form: str = "", *, english: bool = True) -> str:
    """`text` in the words of this reading; unchanged where the kind is not known.

    `form` is SSML's `format`: for dates the order of their parts, as in "dmy".
    """
    text = unicodedata.normalize("NFKC", text).strip()
    kind = kind.strip().lower()
    if english:
        reading = _ENGLISH.get(kind)
        return reading(text, form.strip().lower()) if reading else text
    if kind in _SPELLED:
        return " ".join(c for c in text if c.isalnum() or (kind == "telephone" and c == "+"))
    return text


def _characters(text: str, _: str) -> str:
    """Letters and digits one by one, marks by their names, a breath where there is a space."""
    groups = []
    for group in text.split():
        names = (_MARKS.get(c) or _letter(c) for c in group)
        groups.append(" ".join(name for name in names if name))
    return ", ".join(group for group in groups if group)


def _letter(character: str) -> str:
    if character.isdecimal():
        return digit_by_digit(str(unicodedata.digit(character)))
    return character.upper() if character.isalpha() else ""


def _digits(text: str, _: str) -> str:
    return ", ".join(digit_by_digit(run) for run in re.findall(r"[0-9]+", _plain_digits(text)))


def _telephone(text: str, _: str) -> str:
    """Digit by digit in the groups that are written; letters as they stand ("ext")."""
    parts = re.findall(r"\+|[0-9]+|[A-Za-z]+", _plain_digits(text))
    words = [
        "plus" if part == "+" else digit_by_digit(part) if part.isdigit() else part
        for part in parts
    ]
    return ", ".join(words).replace("plus, ", "plus ")


def _date(text: str, form: str) -> str:
    """A date whose parts come in the order `form`; without one, as it is usually read."""
    parts = re.findall(r"[0-9]+|[A-Za-z]+", _plain_digits(text))
    if form not in _ORDERS or len(parts) != len(form):
        return spoken(text)
    named = dict(zip(form, parts, strict=True))
    month = _month(named["m"]) if "m" in named else ""
    day = named.get("d", "")
    year = named.get("y", "")
    if ("m" in named and not month) or not _is_day(day) or not _is_year(year):
        return spoken(text)
    if day:
        day = numerals.ordinal(int(day))
    year_words = numerals.year(int(year)) if year else ""
    said = " ".join(word for word in (month, day) if word)
    return f"{said}, {year_words}" if day and year else f"{said} {year_words}".strip()


def _month(text: str) -> str:
    if text.isdigit():
        return _MONTHS[int(text) - 1] if len(text) <= 2 and 1 <= int(text) <= 12 else ""
    found = [month for month in _MONTHS if month.lower().startswith(text.lower())]
    return found[0] if len(text) >= 3 and found else ""


def _is_day(text: str) -> bool:
    return not text or (text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 31)


def _is_year(text: str) -> bool:
    return not text or (text.isdigit() and 1 <= len(text) <= 4)


def _currency(text: str, _: str) -> str:
    return spoken(text)


def _cardinal(text: str, _: str) -> str:
    """A number that is counted, however long; "1,234" and "-5" as well."""
    found = re.fullmatch(r"([+\-−]?)([0-9][0-9, ]*)", _plain_digits(text))
    if found is None:
        return spoken(text)
    words = numerals.whole_number(found.group(2).replace(" ", "").replace(",", ""))
    return f"minus {words}" if found.group(1) in ("-", "−") else words


def _ordinal(text: str, _: str) -> str:
    found = re.fullmatch(r"([0-9]{1,15})(?:st|nd|rd|th|\.)?", _plain_digits(text).lower())
    return numerals.ordinal(int(found.group(1))) if found else spoken(text)


def _plain_digits(text: str) -> str:
    """Digits of all scripts as 0-9."""
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in text)


_ENGLISH: Final[dict[str, Callable[[str, str], str]]] = {
    "characters": _characters,
    "spell-out": _characters,
    "verbatim": _characters,
    "digits": _digits,
    "telephone": _telephone,
    "date": _date,
    "currency": _currency,
    "cardinal": _cardinal,
    "number": _cardinal,
    "ordinal": _ordinal,
}
