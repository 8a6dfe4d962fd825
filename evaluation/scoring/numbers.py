"""Numbers in words, in figures and mixed, as strings of digits. Pure.

Works on lower-case tokens as `evaluation.scoring.normalise` cuts them: words without hyphens, and
runs of figures without signs. An ordinal is its number followed by the token "th".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_UNITS: Final = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS: Final = {
    word: 10 * number
    for number, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
} | {"fourty": 40}
_SCALES: Final = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ORDINALS: Final = (
    dict(
        zip(
            "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh "
            "twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth "
            "nineteenth".split(),
            _UNITS,
            strict=True,
        )
    )
    | {f"{word[:-1]}ieth": word for word in _TENS}
    | {f"{word}th": word for word in ("hundred", *_SCALES)}
)
ORDINAL: Final = "th"
"""The token behind the digits of an ordinal."""
_ZEROS: Final = frozenset({"oh", "o", "nought", "naught"})
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3}

_Read = tuple[str, int]
"""Digits, and the position after what they were read from."""


def digits_for_numbers(tokens: Sequence[str]) -> list[str]:
    """`tokens` with every number as single digits: "forty five" is 4 5, "second" is 2 th.

    Numbers that follow one another stay digits in a row, so that "nineteen eighty nine" is what
    "1989" is. "Oh" and "o" are 0 beside a digit, "double" and "triple" repeat the digit or letter
    behind them, "two point five" keeps its point as a word.
    """
    words = [part for token in tokens for part in _cardinal_of(token)]
    found: list[str] = []
    at = 0
    while at < len(words):
        read = _number(words, at, split_and=at > 0 and words[at - 1] == "between")
        if read is None:
            found.append(words[at])
            at += 1
        else:
            found += read[0]
            at = read[1]
    return _repeated(_zeros(found))


def _cardinal_of(token: str) -> tuple[str, ...]:
    """An ordinal word as its cardinal and the mark; "second" as "two th"."""
    cardinal = _ORDINALS.get(token)
    return (token,) if cardinal is None else (cardinal, ORDINAL)


def _number(words: Sequence[str], at: int, *, split_and: bool) -> _Read | None:
    """A number at `at`; `split_and`: "and" joins two numbers ("between 200 and 300")."""
    total, lowest = 0, 10**15
    position = at
    while True:
        group = _group(words, position, bare=position == at, split_and=split_and)
        if group is None:
            break
        digits, after = group
        scale = _SCALES.get(words[after], 0) if after < len(words) else 0
        if scale and scale < lowest and len(digits) <= 6:
            total, lowest, position = total + int(digits) * scale, scale, after + 1
            position = _past_and(words, position, split_and=split_and)
        elif position == at:
            return group
        elif len(digits) <= 3:
            return str(total + int(digits)), after
        else:
            break
    if position == at:
        return None
    return str(total), position - (words[position - 1] == "and")


def _group(words: Sequence[str], at: int, *, bare: bool, split_and: bool) -> _Read | None:
    """A number below a thousand, or one in figures; with `bare` also the "a" of "a hundred"."""
    if at + 1 < len(words) and bare and words[at] in ("a", "an"):
        one = words[at + 1] == "hundred" or words[at + 1] in _SCALES
        small: _Read | None = ("1", at + 1) if one else None
    else:
        small = _below_hundred(words, at)
    if small is None:
        return None
    digits, after = small
    if words[after : after + 1] != ["hundred"] or len(digits) > 2 or not int(digits):
        return small
    hundreds = int(digits) * 100
    rest_at = _past_and(words, after + 1, split_and=split_and)
    rest = _below_hundred(words, rest_at)
    if rest is None or len(rest[0]) > 2 or words[rest[1] : rest[1] + 1] == ["hundred"]:
        return str(hundreds), after + 1
    return str(hundreds + int(rest[0])), rest[1]


def _below_hundred(words: Sequence[str], at: int) -> _Read | None:
    """0 to 99 in words, or any run of figures."""
    if at >= len(words):
        return None
    word = words[at]
    if word.isdigit():
        return word, at + 1
    if word in _UNITS:
        return str(_UNITS[word]), at + 1
    if word not in _TENS:
        return None
    unit = _UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
    if 0 < unit < 10:
        return str(_TENS[word] + unit), at + 2
    return str(_TENS[word]), at + 1


def _past_and(words: Sequence[str], at: int, *, split_and: bool) -> int:
    """The position behind an "and" within a number; `at` where there is none."""
    if split_and or words[at : at + 1] != ["and"]:
        return at
    follows = _below_hundred(words, at + 1)
    if follows is None or len(follows[0]) > 2:
        return at
    return at if words[follows[1] : follows[1] + 1] == ["hundred"] else at + 1


def _zeros(words: Sequence[str]) -> list[str]:
    """ "Oh" and "o" beside a digit are 0; from left to right, so that "oh oh seven" is one, too."""
    found = list(words)
    for order in (range(len(found)), reversed(range(len(found)))):
        for at in order:
            beside = found[max(0, at - 1) : at] + found[at + 1 : at + 2]
            if found[at] in _ZEROS and any(word.isdigit() for word in beside):
                found[at] = "0"
    return found


def _repeated(words: Sequence[str]) -> list[str]:
    """ "Double 5" is 5 5, "double l" is l l; "double u" is the letter w."""
    found: list[str] = []
    at = 0
    while at < len(words):
        following = words[at + 1] if at + 1 < len(words) else ""
        if words[at] == "double" and following == "u":
            found.append("w")
        elif words[at] in _TIMES and len(following) == 1:
            found += [following] * _TIMES[words[at]]
        else:
            found.append(words[at])
            at += 1
            continue
        at += 2
    return found
