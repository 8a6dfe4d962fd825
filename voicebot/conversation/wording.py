"""How an utterance stands by its words alone: finished, left hanging, in the middle of a list.

Works on what a recognizer writes, English, with or without punctuation: "two hundred and",
"F-I-N-D", "6, 4, 5,", "I'd like a". Purely a matter of the last few words; no model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_WORD: Final = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?|\d+(?:st|nd|rd|th)?")
_TRAILING: Final = re.compile(r"(?:,|;|:|-|–|—|…|\.\.\.)\s*$")

_UNITS: Final = (
    "zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS: Final = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_DIGIT_WORDS: Final = frozenset(_UNITS[:11])
_REPEATS: Final = {"double": 2, "triple": 3}
_NUMBERS: Final = frozenset([*_UNITS, *_TENS, *_ORDINALS, "hundred", "thousand", "million"])

# Not here: what ends a sentence as readily ("that", "it", "you", "have", "do", "please").
_HANGING: Final = frozenset(
    "and or but so because if which who than then as like "
    "the a an another every my your his its our their "
    "of for from with without in into on onto at by about between per via to until "
    "i i'm i'd i'll i've we they he she it's is are was were am be been has had "
    "would could should may might must gonna wanna want "
    "um uh er erm hmm well double triple point plus dash".split()
)
_ABBREVIATIONS: Final = frozenset("PIN ATM OK ID IBAN USA UK PO TV AM PM".split())
_MONTHS: Final = frozenset(
    "january february march april june july august september october november december".split()
)
_YES: Final = frozenset(
    "yes yeah yep yup sure correct right okay ok absolutely definitely exactly certainly".split()
)
_NO: Final = frozenset("no nope nah not don't never neither wrong incorrect".split())
_POLITE: Final = frozenset(
    "please thanks thank you that's that is it it's i do don't did didn't a of course ahead go the "
    "thing all sir ma'am".split()
)

_DECLINING: Final = frozenset("thanks thank all".split())


class Ending(StrEnum):
    """How the words heard so far end."""

    NOTHING = "nothing"
    """No words at all."""
    HANGING = "hanging"
    """In the middle of a phrase: "and", "to the", "two hundred and", "um"."""
    LETTERS = "letters"
    """With a spelled letter: more of them may follow."""
    DIGITS = "digits"
    """With a digit or a number: more of them may follow."""
    BRIEF = "brief"
    """One or two words, or a single letter or digit: it may be all or a beginning."""
    WORDS = "words"
    """With an ordinary word of a longer utterance."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that endpointing wants to know of a text: it can be kept where the text can't.

    `items` letters and digits stand at its end, `digits` were said in all; the recognizer wrote
    that it goes on (`trailing`); it is a yes or no (`yes_no`), ends with what is counted (`unit`),
    is a date without a day (`dayless`), or a polite no (`declines`).
    """

    ending: Ending
    items: int = 0
    digits: int = 0
    trailing: bool = False
    yes_no: bool = False
    unit: bool = False
    dayless: bool = False
    declines: bool = False


def standing_of(text: str) -> Standing:
    """How `text` stands."""
    return Standing(
        ending_of(text),
        items_at_the_end(text),
        digits_in(text),
        trails_off(text),
        is_yes_or_no(text),
        has_unit(text),
        lacks_a_day(text),
        declines(text),
    )


def words_of(text: str) -> list[str]:
    """The words, as they are written; numbers in figures are words, too."""
    return _WORD.findall(text)


def ending_of(text: str) -> Ending:
    """How `text` ends."""
    words = words_of(text)
    if not words:
        return Ending.NOTHING
    if _is_number(words[-1]) or _is_spelled(words):
        if len(words) == 1 and items_at_the_end(text) == 1:
            return Ending.BRIEF
        return Ending.DIGITS if _is_number(words[-1]) else Ending.LETTERS
    if words[-1].lower() in _HANGING:
        return Ending.HANGING
    return Ending.BRIEF if len(words) <= 2 else Ending.WORDS


def items_at_the_end(text: str) -> int:
    """How many letters and digits stand at the end of `text`: "about O G T E" has four."""
    count = 0
    for word in reversed(words_of(text)):
        if not (_is_number(word) or len(word) == 1 or word.isupper()):
            break
        count += len(word) if word.isupper() or word[0].isdigit() else 1
    return count


def declines(text: str) -> bool:
    """Is it all a polite no, after which most people still say goodbye: "No, thank you."?"""
    words = [word.lower() for word in words_of(text)]
    return (
        len(words) > 1
        and words[0] in ("no", "nope", "nah")
        and not _DECLINING.isdisjoint(words[1:])
        and all(word in _POLITE or word in _NO for word in words)
    )


def trails_off(text: str) -> bool:
    """Does the recognizer itself write that more is to come: a comma, a dash, an ellipsis?"""
    return _TRAILING.search(text) is not None


def _is_number(word: str) -> bool:
    return word[0].isdigit() or word.lower() in _NUMBERS


def _is_spelled(words: list[str]) -> bool:
    last = words[-1]
    if len(last) == 1:
        # "A" and "I" are words as well: letters only after another letter, or alone.
        return last not in "aAiI" or len(words) == 1 or len(words[-2]) == 1
    return last.isupper() and last not in _ABBREVIATIONS


def digits_in(text: str) -> int:
    """How many digits were said: figures, and the words for them ("double four" is two)."""
    count, repeat = 0, 1
    for word in (found.lower() for found in words_of(text)):
        if word in _REPEATS:
            repeat = _REPEATS[word]
            continue
        figures = sum(character.isdigit() for character in word)
        said = figures or (word in _DIGIT_WORDS)
        count += said * (repeat if said == 1 else 1)
        repeat = 1
    return count


def is_yes_or_no(text: str) -> bool:
    """Is it an answer to a yes/no question and nothing besides? At most five words."""
    words = [word.lower() for word in words_of(text)]
    if not words or len(words) > 5 or not any(word in _YES | _NO for word in words):
        return False
    return all(word in _YES | _NO | _POLITE for word in words)


def names_one_of(text: str, choices: tuple[str, ...]) -> bool:
    """Do the last words name one of the choices, with little around it?"""
    words = [word.lower() for word in words_of(text)]
    for choice in choices:
        wanted = [word.lower() for word in words_of(choice)]
        if wanted and len(words) <= len(wanted) + 3:
            rest = words[:-1] if words and words[-1] in _POLITE else words
            if words[-len(wanted) :] == wanted or rest[-len(wanted) :] == wanted:
                return True
    return False


def lacks_a_day(text: str) -> bool:
    """A date that ends with its month ("the month of September"): a day may follow."""
    words = [word.lower() for word in words_of(text)]
    return bool(words) and words[-1] in _MONTHS and not any(word[0].isdigit() for word in words)


def has_unit(text: str) -> bool:
    """An amount that ends with what is counted: "dollars", "cents"."""
    words = [word.lower() for word in words_of(text)]
    return bool(words) and words[-1] in {"dollars", "dollar", "bucks", "cents", "cent"}
