"""How a caller says a value of a goal, and whether what the bot reads back is that value. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from itertools import groupby
from typing import Final

from evaluation.sets.model import Value
from evaluation.words import normalized
from voicebot.dialogue.numerals import digit_by_digit
from voicebot.dialogue.spoken import spoken

DIGITS: Final = frozenset({"customer", "pin", "card_digits"})
"""Values that are said digit by digit."""
SECRET: Final = frozenset({"pin", "card_digits"})
"""Values that nobody may keep."""

_MONTHS: Final = (
    "january february march april may june july august september october november december".split()
)
_MONTH: Final = re.compile(rf"\b({'|'.join(_MONTHS)})\b")
_CLOCK: Final = re.compile(r"\b[ap]\.?\s?m\b|o'clock")
_MONEY: Final = re.compile(r"\$|\bdollars?\b")
_CHEQUES: Final = re.compile(r"\bche(ck|que)s?\b")
_ACCOUNTS: Final = {
    "checking": r"check(?:ing|in)\b|chequing",
    "savings": r"savings?\b",
    "money market": r"money market",
}
NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "source": {kind: rf"from (?:your )?(?:{rule})" for kind, rule in _ACCOUNTS.items()},
    "target": {kind: rf"to (?:your )?(?:{rule})" for kind, rule in _ACCOUNTS.items()},
    "account": {kind: rf"for (?:your )?(?:{rule})" for kind, rule in _ACCOUNTS.items()},
    "card": {"debit": r"\bdebit card", "credit": r"\bcredit card"},
    "delivery": {"text message": r"\btext\b", "email": r"\be-?mail\b"},
    "payee": {
        "electric": r"electric",
        "water": r"water",
        "phone": r"bluebell|\bphone|mobile",
        "rent": r"quayside|\brent\b|properties",
        "gas": r"\bgas\b",
        "internet": r"lantern|broadband|internet",
    },
    "branch": {
        "Market Street": r"market street",
        "Riverside": r"river ?side",
        "Airport": r"airport",
        "Old Town": r"old ?town",
    },
}
"""What the values of a field are called when the bot reads them back."""


def said(field: str, value: Value) -> str:
    """`value` as a caller says it: 50 of "amount" is "fifty dollars".

    Raises:
        ValueError: a date that is not YYYY-MM-DD, a time that is not HH:MM.
    """
    if field in DIGITS:
        return digit_by_digit(str(value))
    if field == "amount":
        cents = round(float(value) * 100)
        return spoken(f"${cents // 100}.{cents % 100:02d}" if cents % 100 else f"${cents // 100}")
    if field == "quantity":
        return spoken(str(value))
    if field == "date":
        day = date.fromisoformat(str(value))
        return spoken(f"{day:%B} {day.day}")
    if field == "time":
        return _clock(time.fromisoformat(str(value)))
    return str(value)


def _clock(at: time) -> str:
    hour = spoken(str(at.hour % 12 or 12))
    half = "in the morning" if at.hour < 12 else "in the afternoon"
    return f"{hour} {spoken(f'{at.minute:02d}')} {half}" if at.minute else f"{hour} {half}"


def contradictions(text: str, wanted: Mapping[str, Value]) -> tuple[str, ...]:
    """The fields of `wanted` for which `text` (small letters) names another value than wanted.

    What is not named at all is not contradicted.
    """
    named = {*_numbers(text), *_MONTH.findall(text)}
    return tuple(
        field for field, value in wanted.items() if _contradicted(field, value, text, named)
    )


def _contradicted(field: str, value: Value, text: str, named: set[str]) -> bool:
    if field in NAMES:
        mentioned = [name for name, rule in NAMES[field].items() if re.search(rule, text)]
        return bool(mentioned) and value not in mentioned
    if field not in _READ or not named:
        return False
    spoken_of, right = _READ[field]
    return spoken_of.search(text) is not None and not right(value, named)


def _is_amount(value: Value, named: set[str]) -> bool:
    dollars, cents = divmod(round(float(value) * 100), 100)
    if not cents:
        return bool({str(dollars), f"{dollars}00"} & named)
    return f"{dollars}{cents:02d}" in named or {str(dollars), str(cents)} <= named


def _is_quantity(value: Value, named: set[str]) -> bool:
    return str(value) in named


def _is_date(value: Value, named: set[str]) -> bool:
    day = date.fromisoformat(str(value))
    return _MONTHS[day.month - 1] in named and str(day.day) in named


def _is_time(value: Value, named: set[str]) -> bool:
    at = time.fromisoformat(str(value))
    hour = str(at.hour % 12 or 12)
    return f"{hour}{at.minute:02d}" in named or (at.minute == 0 and hour in named)


_READ: Final[Mapping[str, tuple[re.Pattern[str], Callable[[Value, set[str]], bool]]]] = {
    "amount": (_MONEY, _is_amount),
    "quantity": (_CHEQUES, _is_quantity),
    "date": (_MONTH, _is_date),
    "time": (_CLOCK, _is_time),
}
"""By field: what shows that one is named, and whether it is the wanted one."""


def _numbers(text: str) -> list[str]:
    """The numbers in `text`, each as its digits: "$1,234.50" and "fifty" are "123450" and "50"."""
    text = re.sub(r"\$([\d,]+\.\d\d)\b", r"\1 dollars", text)
    digits = groupby(normalized(text), str.isdigit)
    return ["".join(run) for numeric, run in digits if numeric]
