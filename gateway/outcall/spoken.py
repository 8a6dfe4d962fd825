"""What a listener wants, by key or by word. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Final

from voicebot.conversation.wording import is_yes_or_no, words_of


class Wish(StrEnum):
    """What can be wished for on the call."""

    REPEAT = "repeat"
    NEXT = "next"
    DELETE = "delete"
    ANSWER = "answer"
    GOODBYE = "goodbye"
    YES = "yes"
    NO = "no"


KEYS: Final[Mapping[str, Wish]] = {
    "1": Wish.REPEAT,
    "2": Wish.NEXT,
    "3": Wish.DELETE,
    "4": Wish.ANSWER,
    "9": Wish.GOODBYE,
}
HINTS: Final = ("repeat", "next", "delete", "answer", "goodbye", "yes", "no")
"""Words for the recognizer to expect."""

_WORDS: Final[Mapping[str, Wish]] = {
    "repeat": Wish.REPEAT,
    "again": Wish.REPEAT,
    "next": Wish.NEXT,
    "skip": Wish.NEXT,
    "delete": Wish.DELETE,
    "erase": Wish.DELETE,
    "remove": Wish.DELETE,
    "answer": Wish.ANSWER,
    "reply": Wish.ANSWER,
    "respond": Wish.ANSWER,
    "goodbye": Wish.GOODBYE,
    "bye": Wish.GOODBYE,
    "stop": Wish.GOODBYE,
    "quit": Wish.GOODBYE,
}
_PHRASES: Final[Mapping[tuple[str, str], Wish]] = {
    ("hang", "up"): Wish.GOODBYE,
    ("one", "more"): Wish.REPEAT,
    ("go", "on"): Wish.NEXT,
}
_BRIEF: Final = 6
"""Words; who says more is talking to somebody else."""
_NOT: Final = frozenset({"not", "don't", "never", "no"})


def wish_in(readings: Iterable[str]) -> Wish | None:
    """The wish in what was said: in the best of the `readings` that has one."""
    return next((wish for text in readings if (wish := _wish(text)) is not None), None)


def _wish(text: str) -> Wish | None:
    words = words_of(text.lower())
    if not words or len(words) > _BRIEF:
        return None
    found = [_WORDS[word] for word in words if word in _WORDS]
    found += [_PHRASES[pair] for pair in pairwise(words) if pair in _PHRASES]
    refused = not _NOT.isdisjoint(words)
    if found:  # "don't delete it" is no wish to delete it
        return Wish.NO if refused else found[0]
    if is_yes_or_no(text):
        return Wish.NO if refused or "nope" in words or "nah" in words else Wish.YES
    return None
