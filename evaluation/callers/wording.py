"""How a caller says a value of a goal, and whether what the bot reads back is that value. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Final

from evaluation.scoring.normalise import normalised
from evaluation.sets.model import Value
from voicebot.dialogue.numerals import digit_by_digit
from voicebot.dialogue.spoken import spoken

DIGITS: Final = frozenset({"customer", "pin", "card_digits"})
"""Values that are said digit by digit."""
SECRET: Final = frozenset({"pin", "card_digits"})
"""Values that nobody may keep."""

_MONTHS: Final = (
    "january february march april may june july august september october november december".split()
)
_NUMBERS: Final[Mapping[str, re.Pattern[str]]] = {
    "amount": re.compile(r"(\b\d )+dollars( (\d )+cents)?"),
    "quantity": re.compile(r"(\b\d )+checks"),
    "date": re.compile(rf"\b({'|'.join(_MONTHS)})( \d\b)+"),
    "time": re.compile(r"(\b\d )+([ap]m)\b"),
}
"""What a value of a field looks like in the one form of `evaluation.scoring.normalise`."""
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
    "delivery": {"text message": r"\btext\b", "email": r"\be ?mail\b"},
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
    """The fields of `wanted` for which `text` names another value than wanted.

    What is not named at all is not contradicted.
    """
    written = " ".join(normalised(text))
    return tuple(
        field
        for field, value in wanted.items()
        if (named := _named(field, written)) and _written(field, value) not in named
    )


def _named(field: str, written: str) -> set[str]:
    """The values of `field` that a text in the one form names, each in that form."""
    if field in NAMES:
        return {name for name, rule in NAMES[field].items() if re.search(rule, written)}
    if field in _NUMBERS:
        return {found.group().strip() for found in _NUMBERS[field].finditer(written)}
    return set()


def _written(field: str, value: Value) -> str:
    """`value` in the one form, as the bot would name it."""
    if field == "amount":
        return " ".join(normalised(f"${float(value):.2f}"))
    if field == "quantity":
        return " ".join(normalised(f"{value} checks"))
    if field == "date":
        day = date.fromisoformat(str(value))
        return " ".join(normalised(f"{day:%B} {day.day}"))
    if field == "time":
        at = time.fromisoformat(str(value))
        half = "AM" if at.hour < 12 else "PM"
        return " ".join(normalised(f"{at.hour % 12 or 12}:{at.minute:02d} {half}"))
    return str(value)
