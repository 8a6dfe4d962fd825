"""Numbers as English words. Pure."""

from __future__ import annotations

from typing import Final

LARGEST: Final = 10**15 - 1
"""Whole numbers above this are better read digit by digit."""

_SMALL: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS: Final = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES: Final = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_ORDINALS: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def cardinal(number: int) -> str:
    """1234 as "one thousand two hundred thirty-four". Raises ValueError above `LARGEST`."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    if number > LARGEST:
        raise ValueError(f"{number} is too large to be read as one number")
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_SMALL[ones]}" if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_SMALL[hundreds]} hundred" + (f" {cardinal(rest)}" if rest else "")
    scale, name = next(entry for entry in _SCALES if number >= entry[0])
    count, rest = divmod(number, scale)
    return f"{cardinal(count)} {name}" + (f" {cardinal(rest)}" if rest else "")


def ordinal(number: int) -> str:
    """21 as "twenty-first". Raises ValueError above `LARGEST`."""
    words = cardinal(number)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[cut:]
    if last in _ORDINALS:
        return words[:cut] + _ORDINALS[last]
    return words[:cut] + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def year(number: int) -> str:
    """1999 as "nineteen ninety-nine", 2007 as "two thousand seven"; else as a cardinal."""
    century, rest = divmod(number, 100)
    if not 1100 <= number <= 2099 or 2000 <= number <= 2009:
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {f'oh {_SMALL[rest]}' if rest < 10 else cardinal(rest)}"


def digit_by_digit(digits: str, group: int = 4) -> str:
    """The digits one by one: 4821 as "four eight two one".

    Longer runs are grouped by commas, which are heard as pauses; so does anything but 0-9.
    """
    groups: list[str] = []
    for run in "".join(c if c in "0123456789" else " " for c in digits).split():
        groups += _grouped(run, group)
    return ", ".join(" ".join(_SMALL[int(digit)] for digit in part) for part in groups)


def decimal(whole: str, fraction: str) -> str:
    """("2", "50") as "two point five zero"."""
    words = whole_number(whole)
    return f"{words} point {' '.join(_SMALL[int(digit)] for digit in fraction)}"


def whole_number(digits: str) -> str:
    """A run of digits (thousands separators allowed) as a cardinal, or digit by digit.

    Leading zeros and enormous numbers are read digit by digit.
    """
    plain = digits.replace(",", "")
    if (len(plain) > 1 and plain[0] == "0") or len(plain) > 15:
        return digit_by_digit(plain)
    return cardinal(int(plain))


def _grouped(run: str, size: int) -> list[str]:
    """Groups of `size`; a last digit that would stand alone joins the group before it."""
    if len(run) <= size + 1:
        return [run]
    if len(run) == 6:
        return [run[:3], run[3:]]
    parts = [run[i : i + size] for i in range(0, len(run), size)]
    if len(parts[-1]) == 1:
        parts[-2:] = [parts[-2] + parts[-1]]
    return parts
