"""Dates, times of day and amounts of money brought to one order of words. Pure.

Works on tokens in which every number stands as single digits (`evaluation.scoring.numbers`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from evaluation.scoring.numbers import ORDINAL
from evaluation.scoring.written import MONTHS, in_parts

_MONTHS: Final = frozenset(MONTHS)
_HALVES: Final = frozenset({"am", "pm"})
_UNITS: Final = {"dollar": "dollars", "euro": "euros", "pound": "pounds"}
_PARTS: Final = {"dollars": "cents", "euros": "cents", "pounds": "pence"}
_SMALL: Final = {"cent": "cents", "penny": "pence"}
_DAY_JOINTS: Final = frozenset({"and", "or", "to", "until", "through"})
_AFTER_CENTS: Final = frozenset("from to into in on for and please".split())
"""Words behind "forty two dollars fifty" that show the fifty to be cents."""

_Rewritten = tuple[list[str], int]
_Reader = Callable[[Sequence[str], int], _Rewritten | None]
"""Reads at a position: the words to be put there, and the position to go on at."""


def _each(words: Sequence[str], reader: _Reader) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(words):
        read = reader(words, at)
        if read is None:
            found.append(words[at])
            at += 1
        else:
            found += read[0]
            at = read[1]
    return found


def _digits(words: Sequence[str], at: int) -> int:
    """The position after the digits at `at`; `at` where there are none."""
    while at < len(words) and words[at].isdigit():
        at += 1
    return at


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def dates(words: Sequence[str]) -> list[str]:
    """ "The 3 th of december" and "december the 3 th" as "december 3"."""
    return _each(words, _date)


def _date(words: Sequence[str], at: int) -> _Rewritten | None:
    if words[at] in _MONTHS:
        first = at + (_word(words, at + 1) == "the") + 1
        after = _digits(words, first)
        marked = _word(words, after) == ORDINAL
        if _is_day(words[first:after]) and (marked or first == at + 1):
            further, place = _further_days(words, after + marked)
            return [words[at], *words[first:after], *further], place
        return None
    first = at + (words[at] == "the")
    if not first < len(words) or not words[first].isdigit() or _follows_number(words, at):
        return None
    after = _digits(words, first)
    place = after + (_word(words, after) == ORDINAL)
    place += _word(words, place) == "of"
    if _word(words, place) in _MONTHS and _is_day(words[first:after]):
        return [words[place], *words[first:after]], place + 1
    return None


def _further_days(words: Sequence[str], at: int) -> _Rewritten:
    """More days of the month that was named: "and 2 5 th"."""
    if _word(words, at) not in _DAY_JOINTS:
        return [], at
    first = at + 1 + (_word(words, at + 1) == "the")
    after = _digits(words, first)
    if not _is_day(words[first:after]) or _word(words, after) != ORDINAL:
        return [], at
    further, place = _further_days(words, after + 1)
    return [words[at], *words[first:after], *further], place


def _is_day(digits: Sequence[str]) -> bool:
    return len(digits) in (1, 2) and 1 <= int("".join(digits)) <= 31


def _follows_number(words: Sequence[str], at: int) -> bool:
    """Does a number or a month stand right before, which the digits at `at` then belong to?"""
    former = _word(words, at - 1)
    return former.isdigit() or former in _MONTHS or former == "point"


def clock_times(words: Sequence[str]) -> list[str]:
    """ "Half past 3" as "3 3 0", "a quarter to 4" as "3 4 5", "2 oclock p m" as "2 pm"."""
    return _each(words, _time)


def _time(words: Sequence[str], at: int) -> _Rewritten | None:
    former = _word(words, at - 1)
    if former.isdigit() and words[at] in ("a", "p") and _word(words, at + 1) == "m":
        return [f"{words[at]}m"], at + 2
    if words[at] == "oclock" and former.isdigit() and _word(words, at + 1) in _HALVES:
        return [], at + 1
    if former.isdigit():
        return None
    start = at + (words[at] == "a" and _word(words, at + 1) == "quarter")
    minutes = _minutes(words, start)
    if minutes is None:
        return None
    count, joint = minutes
    after = _digits(words, joint + 1)
    if after - joint not in (2, 3) or not 1 <= int("".join(words[joint + 1 : after])) <= 12:
        return None
    hour = int("".join(words[joint + 1 : after]))
    if words[joint] == "to":
        hour, count = (hour - 2) % 12 + 1, 60 - count
    return list(f"{hour}{count:02d}"), after


def _minutes(words: Sequence[str], at: int) -> tuple[int, int] | None:
    """Minutes before or after an hour: their number and where "past" or "to" stands.

    Minutes in figures before "to" are none: "9 to 5" is how long a shop is open.
    """
    named = {"quarter": 15, "half": 30}.get(_word(words, at))
    if named is not None:
        past = _word(words, at + 1) == "past"
        to = named == 15 and _word(words, at + 1) == "to"
        return (named, at + 1) if past or to else None
    after = _digits(words, at)
    if after - at not in (1, 2) or not 0 < int("".join(words[at:after])) < 30:
        return None
    joint = after + (_word(words, after) == "minutes")
    return (int("".join(words[at:after])), joint) if _word(words, joint) == "past" else None


def money(words: Sequence[str]) -> list[str]:
    """ "1 2 point 5 0 dollars" and "1 2 dollars and 5 0 cents" as "1 2 dollars 5 0 cents"."""
    return _each(words, _amount)


def _amount(words: Sequence[str], at: int) -> _Rewritten | None:
    if not words[at].isdigit() or _word(words, at - 1).isdigit():
        return None
    after = _digits(words, at)
    whole = "".join(words[at:after])
    if _word(words, after) in _SMALL:
        return [*whole, _SMALL[words[after]]], after + 1
    if _word(words, after) == "point":
        return _with_point(words, after, whole)
    unit = _UNITS.get(_word(words, after), _word(words, after))
    if unit not in _PARTS:
        return None
    cents, place = _cents(words, after + 1, _PARTS[unit])
    return _split(in_parts(whole, cents, unit, _PARTS[unit])), place


def _with_point(words: Sequence[str], point: int, whole: str) -> _Rewritten | None:
    """An amount with its cents behind a point."""
    after = _digits(words, point + 1)
    unit = _UNITS.get(_word(words, after), _word(words, after))
    if unit not in _PARTS or after - point != 3:
        return None
    cents = "".join(words[point + 1 : after])
    return _split(in_parts(whole, cents, unit, _PARTS[unit])), after + 1


def _cents(words: Sequence[str], at: int, part: str) -> tuple[str, int]:
    """Cents behind an amount of the large unit: (digits, position after them); ("", at): none."""
    first = at + (_word(words, at) == "and")
    after = _digits(words, first)
    digits = "".join(words[first:after])
    if len(digits) in (1, 2) and _SMALL.get(_word(words, after), _word(words, after)) == part:
        return digits, after + 1
    ends = after == len(words) or words[after] in _AFTER_CENTS
    return (digits, after) if first == at and len(digits) == 2 and ends else ("", at)


def _split(amount: str) -> list[str]:
    """Figures of an amount as single digits."""
    return [part for word in amount.split() for part in (word if word.isdigit() else [word])]
