"""Amounts of money in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from voicebot.dialogue.numerals import cardinal, decimal, whole_number

_NAMES: Final = {
    "$": ("dollar", "cent"),
    "USD": ("US dollar", "cent"),
    "US$": ("US dollar", "cent"),
    "€": ("euro", "cent"),
    "EUR": ("euro", "cent"),
    "£": ("pound", "penny"),
    "GBP": ("pound", "penny"),
    "¥": ("yen", ""),
    "CHF": ("Swiss franc", "centime"),
}
_PLURALS: Final = {"penny": "pence", "yen": "yen"}
_SCALES: Final = {
    "k": "thousand",
    "m": "million",
    "bn": "billion",
    "thousand": "thousand",
    "million": "million",
    "billion": "billion",
}

_SIGN: Final = r"US\$|USD|EUR|GBP|CHF|[$€£¥]"
_AMOUNT: Final = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALE: Final = r"(?:\s?(?P<scale>k|m|bn|thousand|million|billion)\b)?"


def _before(match: re.Match[str]) -> str:
    """A sign before the number: $1,234.50, -£3, USD 12, $1.5 million."""
    minus = "minus " if match.group("minus") else ""
    return minus + amount(match.group("amount"), match.group("sign"), match.group("scale") or "")


def _after(match: re.Match[str]) -> str:
    """A sign after the number: 12.50 €, 40 USD."""
    return amount(match.group("amount"), match.group("sign"), "")


def _dollars(match: re.Match[str]) -> str:
    """A number with decimals before the word: 12.50 dollars."""
    return amount(match.group("amount"), {"d": "$", "e": "€", "p": "£"}[match.group("word")[0]], "")


def amount(number: str, sign: str, scale: str) -> str:
    """("1,234.50", "$", "") as "one thousand two hundred thirty-four dollars and fifty cents"."""
    unit, part = _NAMES[sign]
    whole, _, fraction = number.partition(".")
    if scale:
        words = decimal(whole, fraction) if fraction else whole_number(whole)
        return f"{words} {_SCALES[scale]} {_plural(unit, 2)}"
    if len(fraction) > 2 or (fraction and not part):
        return f"{decimal(whole, fraction)} {_plural(unit, 2)}"
    cents = int(fraction.ljust(2, "0")) if fraction else 0
    counted = _counted(whole, unit)
    if not cents:
        return counted
    small = f"{cardinal(cents)} {_plural(part, cents)}"
    return small if not int(whole.replace(",", "")) else f"{counted} and {small}"


def _counted(whole: str, unit: str) -> str:
    one = whole.replace(",", "").lstrip("0") == "1"
    return f"{whole_number(whole)} {unit if one else _plural(unit, 2)}"


def _plural(unit: str, count: int) -> str:
    return unit if count == 1 else _PLURALS.get(unit, f"{unit}s")


RULES: Final[tuple[tuple[str, Callable[[re.Match[str]], str]], ...]] = (
    (
        rf"(?P<minus>(?<![\w])[-−]\s?)?(?<![A-Za-z])(?P<sign>{_SIGN})\s?(?P<amount>{_AMOUNT}){_SCALE}",
        _before,
    ),
    (rf"(?<![\w.,])(?P<amount>{_AMOUNT})\s?(?P<sign>{_SIGN})(?!\w)", _after),
    (
        r"(?<![\w.,])(?P<amount>(?:\d{1,3}(?:,\d{3})+|\d+)\.\d\d)\s(?P<word>dollars|euros|pounds)\b",
        _dollars,
    ),
)
"""Patterns and their rewritings, in the order in which they are tried."""
