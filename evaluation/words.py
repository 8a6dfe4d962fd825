"""Texts made comparable for word error rates: the same thing written differently is no error.

"Nineteen eighty nine", "1989" and "one nine eight nine" become "1 9 8 9"; "A-M-Y" and "AMY" become
"a m y" where that is nearer to the reference: recognizers write spelled letters and shouted words
in capitals alike. All recognizers go through the same rules, so none is favoured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import jiwer

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
}
_ORDINALS: Final = {
    word: number
    for number, word in enumerate(
        "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split()
    )
} | {"twentieth": 20, "thirtieth": 30}
_TOKEN: Final = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
_ORDINAL_END: Final = re.compile(r"(\d)(?:st|nd|rd|th)\b")
_CAPITALS: Final = re.compile(r"\b[A-Z]+\d*\b")
_SAME: Final = {"oh": "zero", "ok": "okay", "mister": "mr"}


def normalized(text: str, *, spell: bool = False) -> list[str]:
    """The words of `text` in lower case, numbers as single digits.

    `spell` takes what is written in capitals for spelled letters.
    """
    # "1,234" and "10:30": signs that recognizers write and people do not say
    text = re.sub(r"(?<=\d)[,.:](?=\d)", "", _ORDINAL_END.sub(r"\1 th", text))
    if spell:
        text = _CAPITALS.sub(lambda found: " ".join(found.group()), text)
    words = _TOKEN.findall(text.lower())
    return _digits([_SAME.get(word, word) for word in words])


def comparable(reference: str, hypothesis: str) -> tuple[list[str], list[str]]:
    """Both as words; what the reference spells is spelled in the hypothesis, too."""
    wanted = normalized(reference)
    spelled = _spelled_words(wanted)
    readings = [
        [part for word in reading for part in (list(word) if word in spelled else [word])]
        for reading in (normalized(hypothesis), normalized(hypothesis, spell=True))
    ]
    return wanted, min(readings, key=lambda heard: _distance(wanted, heard))


def _spelled_words(words: Sequence[str]) -> set[str]:
    """What the runs of single letters in `words` would be, written as a word."""
    runs = re.findall(r"(?:\b[a-z]\b ?){2,}", " ".join(words))
    return {run.replace(" ", "") for run in runs}


def _digits(words: Sequence[str]) -> list[str]:
    """Number words as digits: "forty five" is 4 5, "two hundred" is 2 0 0, "fifth" is 5 th."""
    found: list[str] = []
    tens = 0  # that a unit may still be added to
    for word in words:
        ordinal = _ORDINALS.get(word)
        number = _UNITS.get(word, _TENS.get(word, ordinal))
        if word == "hundred" and found and found[-1].isdigit():
            found += ["0", "0"]
        elif number is None:
            found += list(word) if word.isdigit() else [word]
        elif tens and number < 10:
            found[-1] = str(number)
        else:
            found += list(str(number))
        tens = number if word in _TENS and number is not None else 0
        if ordinal is not None:
            found.append("th")
    return found


@dataclass(frozen=True, slots=True)
class Errors:
    """Word errors of one text: substitutions, insertions and deletions, of `words`."""

    errors: int
    words: int


def word_errors(reference: str, hypothesis: str) -> Errors:
    """Compare one text with what was heard."""
    wanted, heard = comparable(reference, hypothesis)
    return Errors(_distance(wanted, heard), len(wanted))


def _distance(wanted: Sequence[str], heard: Sequence[str]) -> int:
    if not wanted or not heard:
        return len(wanted) + len(heard)
    done = jiwer.process_words(" ".join(wanted), " ".join(heard))
    return int(done.substitutions + done.insertions + done.deletions)
