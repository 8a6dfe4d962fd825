"""Texts made comparable: the same thing written differently is no error. Pure.

The rules, in this order; both sides of a comparison go through all of them, so that no recognizer
is favoured by its way of writing:

1. Case, accents, punctuation and quotation marks do not count; hyphens part words.
2. Signs are words: $12.50 is "12 dollars 50 cents", 2.5 % "2 point 5 percent", 22nd "22 th".
3. Dates are month, day, year: 2026-12-03, 12/03/2026, "the 3rd of December, 2026" and "Dec. 3 2026"
   are "december 3 2026". A day of a month has no mark of an ordinal.
4. Times are hour, minutes, half of the day: "2:00 pm" is "2 pm", "2:00" is "2 oclock", "half past
   three" "3 30", "a quarter to four" "3 45".
5. Contractions are opened ("I'd" is "i would", "it's been" "it has been"), titles and "ok" written
   out, British spelling is American, fillers ("uh", "um") are left out.
6. Numbers are single digits, whatever they are made of: "one thousand two hundred and five", 1,205
   and "twelve oh five" are 1 2 0 5; "second" is 2 th; "double four" is 4 4. A number with many
   digits counts as many words: it has as many chances to be wrong.
7. Spelled letters stand alone: "A-M-Y" and "A. M. Y." are a m y; "AMY" is read so where that is
   nearer to the reference (`comparable`).

`normalised` is idempotent: what it gives stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import jiwer

from evaluation.scoring.lexicon import in_one_form
from evaluation.scoring.numbers import digits_for_numbers
from evaluation.scoring.phrases import clock_times, dates, money
from evaluation.scoring.written import MONEY, rewritten

_TOKEN: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[0-9]+")
_CAPITALS: Final = re.compile(r"\b[A-Z]+\d*\b")
_ROUNDS: Final = 6
"""A rule may complete something for another one; two rounds are usual."""


@lru_cache(maxsize=4096)
def _normalised(text: str, money_named: bool) -> tuple[str, ...]:
    words: list[str] = []
    for _ in range(_ROUNDS):
        former = words
        words = _TOKEN.findall(rewritten(text, money=money_named))
        words = digits_for_numbers(in_one_form(words))
        words = money(clock_times(dates(words)))
        if words == former:
            break
        text = " ".join(words)
    return tuple(words)


def normalised(text: str, *, spell: bool = False, named_money: bool = True) -> list[str]:
    """The words of `text` in the one form; numbers as single digits. Never raises.

    `spell` takes what is written in capitals for spelled letters; `named_money=False` leaves out
    the names of money that only a sign stands for ("$42.50" for "forty two fifty").
    """
    if spell:
        text = _CAPITALS.sub(lambda found: " ".join(found.group()), text)
    return list(_normalised(text, named_money))


def comparable(reference: str, hypothesis: str) -> tuple[list[str], list[str]]:
    """Both in the one form; of the hypothesis the reading that is nearest to the reference.

    What the reference spells is spelled in the hypothesis, too, and names of money that stand there
    as signs only, and that nobody said ("5, 10 and 20 dollars", written "$5, $10 and $20"), are
    left out.
    """
    wanted = normalised(reference)
    spelled = _spelled_words(wanted)
    plain = [
        normalised(hypothesis, spell=spell, named_money=named)
        for named in (True, False)
        for spell in (False, True)
    ]
    signs = len(plain[0]) - len(plain[2])
    plain.append(_without_unsaid_money(wanted, plain[0], signs))
    taken_apart = [[p for word in heard for p in _letters(word, spelled)] for heard in plain]
    readings = {tuple(heard): heard for heard in (*plain, *taken_apart)}.values()
    return wanted, min(readings, key=lambda heard: distance(wanted, heard))


def _without_unsaid_money(wanted: list[str], heard: list[str], most: int) -> list[str]:
    """`heard` without up to `most` names of money that the reference has not."""
    if most <= 0 or not wanted or not heard:
        return heard
    done = jiwer.process_words(" ".join(wanted), " ".join(heard))
    unsaid = [
        at
        for chunk in done.alignments[0]
        if chunk.type == "insert"
        for at in range(chunk.hyp_start_idx, chunk.hyp_end_idx)
        if heard[at] in MONEY
    ]
    left_out = set(unsaid[:most])
    return [word for at, word in enumerate(heard) if at not in left_out]


def _letters(word: str, spelled: set[str]) -> Sequence[str]:
    """A word that the reference spells, in letters; another one as it is."""
    return list(word) if word in spelled else [word]


def _spelled_words(words: Sequence[str]) -> set[str]:
    """What the runs of single letters in `words` would be, written as a word."""
    runs = re.findall(r"(?:\b[a-z]\b ?){2,}", " ".join(words))
    return {run.replace(" ", "") for run in runs}


def distance(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """How many words have to be changed, left out or put in, at the least."""
    if not wanted or not heard:
        return len(wanted) + len(heard)
    done = jiwer.process_words(" ".join(wanted), " ".join(heard))
    return int(done.substitutions + done.insertions + done.deletions)
