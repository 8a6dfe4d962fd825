"""What is written in figures and signs, rewritten towards the words for it. Pure.

Money, percent, decimals, dates, times, telephone numbers, addresses: a recognizer writes "$12.50"
for "twelve dollars and fifty cents". Here signs become words and figures stay figures; that numbers
in words are the same as those in figures is seen to in `evaluation.scoring.numbers`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

MONTHS: Final = (
    "january february march april may june july august september october november december"
).split()
_UNITS: Final = {
    "$": ("dollars", "cents"),
    "us$": ("dollars", "cents"),
    "usd": ("dollars", "cents"),
    "€": ("euros", "cents"),
    "eur": ("euros", "cents"),
    "£": ("pounds", "pence"),
    "gbp": ("pounds", "pence"),
    "¥": ("yen", ""),
}
MONEY: Final = frozenset(word for pair in _UNITS.values() for word in pair if word)
"""Names of money as they stand in normalised texts."""
_SCALES: Final = {"k": "thousand", "m": "million", "bn": "billion", "mn": "million"}

_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def rewritten(text: str, *, money: bool = True) -> str:
    """`text` in lower case with signs as words; never raises.

    `money=False` leaves the names of money out where only a sign stands for them: the reading for
    somebody who said "forty two fifty" and of whom "$42.50" was written.
    """
    text = _plain(text)
    for pattern, rewrite in _RULES:
        text = pattern.sub(rewrite, text)
    text = _MONEY_BEFORE.sub(lambda found: _money(found, named=money), text)
    text = _MONEY_AFTER.sub(lambda found: _money(found, named=money), text)
    for pattern, rewrite in _NUMBER_RULES:
        text = pattern.sub(rewrite, text)
    return text


def _plain(text: str) -> str:
    """Compatibility forms resolved, accents dropped, digits of all scripts as 0-9, lower case."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = []
    for character in folded:
        if unicodedata.combining(character):
            continue
        value = unicodedata.digit(character, None)
        kept.append(character if value is None else str(value))
    return "".join(kept).translate(_QUOTES)


def _money(found: re.Match[str], *, named: bool) -> str:
    unit, part = _UNITS[found["sign"]]
    whole, _, fraction = found["amount"].replace(",", "").partition(".")
    scale = found["scale"] or ""
    if scale:
        number = f"{whole} point {fraction}" if fraction else whole
        words = f"{number} {_SCALES.get(scale, scale)} {unit if named else ''}"
    elif not named:
        words = f"{whole} {fraction}"
    elif part and len(fraction) == 2:
        words = in_parts(whole, fraction, unit, part)
    elif fraction:
        words = f"{whole} point {fraction} {unit}"
    else:
        words = f"{whole} {unit}"
    return f" {words} "


def in_parts(whole: str, fraction: str, unit: str, part: str) -> str:
    """("12", "05", "dollars", "cents") as "12 dollars 5 cents"; what is zero isn't named."""
    cents = fraction.lstrip("0")
    if not cents:
        return f"{whole} {unit}"
    return f"{cents} {part}" if not whole.strip("0") else f"{whole} {unit} {cents} {part}"


def _numeric_date(found: re.Match[str]) -> str:
    """2026-12-03 or 12/03/2026: the month comes first, unless it can be no month."""
    month, day, year = int(found["m"]), int(found["d"]), found["y"]
    if month > 12 >= day:
        month, day = day, month
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return found.group()
    return f" {MONTHS[month - 1]} {day} {year} "


def _clock(found: re.Match[str]) -> str:
    """10:30, 9:05 am, 2:00 pm: the full hour has no minutes, and without am or pm an o'clock."""
    hour, minute, half = found["hour"].lstrip("0") or "0", found["minute"], found["half"]
    if half:
        half = f"{half[0]}m"
    if minute == "00":
        return f" {hour} {half or 'oclock'} "
    return f" {hour} {minute} {half or ''} "


def _address(found: re.Match[str]) -> str:
    named = found.group().replace("@", " at ").replace(".", " dot ")
    return f" {named.replace('_', ' underscore ').replace('-', ' dash ')} "


def _month_name(found: re.Match[str]) -> str:
    return next(month for month in MONTHS if month.startswith(found.group(1)[:3]))


def _fixed(words: str) -> Callable[[re.Match[str]], str]:
    return lambda _: words


def _rule(pattern: str, rewrite: str | Callable[[re.Match[str]], str]) -> _Rule:
    return re.compile(pattern), _fixed(rewrite) if isinstance(rewrite, str) else rewrite


_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "−": "-"})
_AMOUNT: Final = r"(?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_SIGN: Final = r"(?P<sign>us\$|usd|eur|gbp|[$€£¥])"
_SHORT_MONTH: Final = r"(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"

_MONEY_BEFORE: Final = re.compile(
    rf"(?<![a-z]){_SIGN}\s?{_AMOUNT}(?:\s?(?P<scale>thousand|million|billion|k|mn?|bn)\b)?"
)
_MONEY_AFTER: Final = re.compile(rf"(?<![\w.,]){_AMOUNT}\s?(?P<scale>){_SIGN}(?!\w)")
_RULES: Final = (
    _rule(r"(?<!\S)-(?=[$€£¥]?\d)", " minus "),
    _rule(r"\bo'clock\b", " oclock "),
    _rule(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:https?://)?www\.[\w.-]+\w", _address),
    _rule(r"\b[a-z\d-]+\.(?:com|org|net|edu|gov)\b", _address),
    _rule(r"(?<![\w-])(?P<y>[12]\d{3})-(?P<m>\d\d)-(?P<d>\d\d)(?![\w-])", _numeric_date),
    _rule(r"(?<![\w/])(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>[12]\d{3})(?![\w/])", _numeric_date),
    _rule(rf"\b{_SHORT_MONTH}(?=\s+\d)", _month_name),
    _rule(rf"(?<=\d ){_SHORT_MONTH}", _month_name),
    _rule(
        r"(?<![\d.,:$€£])(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?::00)?"
        r"(?:\s*(?P<half>[ap])\.?\s?m\b\.?|(?<=:\d\d)(?![\d:]))",
        _clock,
    ),
    _rule(r"(?<=\d)\s*([ap])\.?\s?m\b\.?", lambda found: f" {found.group(1)}m "),
)
_NUMBER_RULES: Final = (
    _rule(r"(?<!\S)-(?=[$€£¥]?\d)", " minus "),
    _rule(r"(?<=\d),(?=\d{3}(?!\d))", ""),
    _rule(r"(?<=\d)\s?¢", " cents "),
    _rule(r"(?<=\d)\s*%|\bper cent\b", " percent "),
    _rule(r"(?<![\w.])\.(?=\d)|(?<=\d)\.(?=\d)", " point "),
    _rule(r"(?<=\d)k\b", " thousand "),
    _rule(r"(?<=\d)(?:st|nd|rd|th)\b", " th "),
    _rule(r"(?<=\d)\s?–\s?(?=\d)", " to "),
    _rule(r"#\s?(?=\d)|\bno\.\s?(?=\d)", " number "),
    _rule(r"\+(?=\s?\d)", " plus "),
    _rule(r"&", " and "),
)
