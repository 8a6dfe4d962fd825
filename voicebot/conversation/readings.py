"""Which of several readings of the same sound was meant? The one that answers the question. Pure.

A recognizer gives more than one reading of what it heard, and the best by its own judgement is not
always what was said: of four digits that run together it may write three. Where the dialogue waits
for something definite, a reading that has it is more likely than one that almost has it.

Only the choice of what the dialogue is told is made here. When the turn is over is judged by the
best reading alone: a fourth digit that is imagined must not cut off the one that is being said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from voicebot.conversation.events import Expectation
from voicebot.conversation.wording import digits_in, is_yes_or_no, names_one_of, words_of

_BRIEF: Final = 3
"""Words; who says more says something else than the awaited word."""
_NEARLY: Final = 2
"""Digits by which a reading may be wrong and still be a try at the awaited number."""


def answering(expects: Expectation) -> Callable[[str], bool] | None:
    """Tells of a reading whether it is the awaited answer; None where anything may be."""
    match expects.kind:
        case "digits" if expects.length is not None:
            return lambda text: digits_in(text) == expects.length
        case "yes_no":
            return is_yes_or_no
        case "choice" if expects.hints:
            return lambda text: names_one_of(text, expects.hints)
    return None


def is_a_try(text: str, expects: Expectation) -> bool:
    """Is `text`, though not the awaited answer, perhaps the same misheard?"""
    if expects.kind == "digits" and expects.length is not None:
        said = digits_in(text)
        twice = said == 2 * expects.length  # written down twice
        return said > 0 and (twice or abs(said - expects.length) <= _NEARLY)
    return 0 < len(words_of(text)) <= _BRIEF


def chosen(text: str, alternatives: tuple[str, ...], expects: Expectation) -> int:
    """Which reading answers the question: 0 for `text`, else 1 + its place in `alternatives`."""
    fits = answering(expects)
    if fits is None or fits(text) or not is_a_try(text, expects):
        return 0
    return next((n for n, other in enumerate(alternatives, 1) if fits(other)), 0)
