"""Dates and times of day in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from voicebot.dialogue.numerals import cardinal, ordinal, year

_MONTHS: Final = (
    "January February March April May June July August September October November December"
).split()
_MONTH: Final = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|Jun(?:e|\.)?|"
    r"Jul(?:y|\.)?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|"
    r"Dec(?:ember|\.)?)(?![A-Za-z])"
)
_DAY: Final = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?!\d)"
_YEAR: Final = r"(?P<year>1[1-9]\d\d|20\d\d)(?![\d,]*\d)"


def _written(match: re.Match[str]) -> str:
    """A date with the name of the month, in either order."""
    groups = match.groupdict()
    return _date(_month(groups["month"]), int(groups["day"]), groups.get("year"))


def _numeric(match: re.Match[str]) -> str:
    """2026-12-03, or 12/03/2026 (month first, unless that is no month)."""
    month, day = int(match.group("m")), int(match.group("d"))
    if month > 12 >= day:
        month, day = day, month
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match.group(0)
    return _date(_MONTHS[month - 1], day, match.group("year"))


def _month_and_year(match: re.Match[str]) -> str:
    return f"{_month(match.group('month'))} {year(int(match.group('year')))}"


def _date(month: str, day: int, year_digits: str | None) -> str:
    said = f"{month} {ordinal(day)}"
    return f"{said}, {year(int(year_digits))}" if year_digits else said


def _month(name: str) -> str:
    return next(month for month in _MONTHS if month.startswith(name[:3]))


def _time(match: re.Match[str]) -> str:
    """10:30 am, 9am, 14:05."""
    groups = match.groupdict()
    hour, minute = int(groups["hour"]), int(groups["minute"] or 0)
    half = (groups["half"] or "").lower().replace(".", "")
    if half:
        said = cardinal(hour) + (f" {_minutes(minute)}" if minute else "")
        return f"{said} {half[0].upper()} M"
    if minute:
        return f"{cardinal(hour)} {_minutes(minute)}"
    if hour == 0:
        return "midnight"
    return f"{cardinal(hour)} o'clock" if hour <= 12 else f"{cardinal(hour)} hundred"


def _minutes(minute: int) -> str:
    return f"oh {cardinal(minute)}" if minute < 10 else cardinal(minute)


def _year_alone(match: re.Match[str]) -> str:
    return match.group(1) + year(int(match.group("year")))


_HALF: Final = r"(?P<half>[aApP]\.?[mM]\b\.?(?=\s+[a-z0-9(]|[,;?!])|[aApP]\.?[mM]\b)"

RULES: Final[tuple[tuple[str, Callable[[re.Match[str]], str]], ...]] = (
    (r"(?<=\d:[0-5]\d)\s?[–—-]\s?(?=\d{1,2}:[0-5]\d)", lambda _: " to "),
    (r"(?<![\w-])(?P<year>[12]\d{3})-(?P<m>\d\d)-(?P<d>\d\d)(?![\w-])", _numeric),
    (r"(?<![\w/])(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<year>[12]\d{3})(?![\w/])", _numeric),
    (rf"(?<![\w.,:])(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?", _written),
    (rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}(?![:.,]\d)(?:,?\s+{_YEAR})?", _written),
    (rf"\b{_MONTH},?\s+{_YEAR}", _month_and_year),
    (
        rf"(?<![\w:.,$€£])(?P<hour>1[0-2]|0?[1-9])(?:[:.](?P<minute>[0-5]\d))?\s?{_HALF}",
        _time,
    ),
    (
        r"(?<![\w:.,])(?P<hour>2[0-3]|[01]?\d):(?P<minute>[0-5]\d)(?::\d\d)?(?![\w:])(?P<half>)",
        _time,
    ),
    (
        rf"(?i)\b((?:in|since|until|till|of|year|before|after|by|from)\s+){_YEAR}(?![\w.%])",
        _year_alone,
    ),
)
"""Patterns and their rewritings, in the order in which they are tried."""
