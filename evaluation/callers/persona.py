"""How somebody talks: what habits make of a sentence. Pure; everything random is drawn by seed.

| habit | what it does |
|---|---|
| terse | says the least that answers the question |
| chatty | begins with a greeting, wraps answers in more words than needed |
| hesitates | fillers, and pauses in the middle of what is said |
| corrects_itself | says another value first, and puts it right at once |
| spells | digits one by one with pauses, names letter by letter behind the name |
| talks_to_somebody | says something to a person in the room before the answer |
| interrupts | speaks as soon as it is clear what the bot asks for |
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evaluation.callers.wording import DIGITS, NAMES, said
from evaluation.sets.model import Persona, Value

HABITS: Final = (
    "corrects_itself",
    "interrupts",
    "spells",
    "talks_to_somebody",
    "hesitates",
    "terse",
    "chatty",
)

_GREETINGS: Final = ("Hi there.", "Hello, good morning.", "Hello, I hope you can help me.")
_FILLERS: Final = ("Um,", "Uh,", "Well,", "Let me see,")
_ASIDES: Final = (
    "Just a minute, darling.",
    "Put it on the table, please.",
    "Not now, I'm on the phone.",
)
_SORRY: Final = ("No, sorry,", "No, wait, I mean", "Sorry, no,")
_WRAPPED: Final = ("That would be {}, please.", "It's {}, if that's okay.", "Let's say {}.")


@dataclass(frozen=True, slots=True)
class Piece:
    """`text`, said in one breath after `pause` seconds of silence."""

    text: str
    pause: float = 0.0


class Manner:
    """How the caller with this persona talks; the same seed gives the same words."""

    def __init__(self, persona: Persona, seed: int) -> None:
        self._habits = frozenset(persona.habits)
        self._seed = seed

    def has(self, habit: str) -> bool:
        """Is it the caller's habit?"""
        return habit in self._habits

    def chance(self, what: str) -> random.Random:
        """A source of chance of its own for `what`, so that one draw does not move another."""
        return random.Random(f"{self._seed} {what}")  # noqa: S311 - a draw that can be repeated

    def request(self, sentences: Sequence[str], turn: int) -> tuple[Piece, ...]:
        """One of the `sentences` (the shortest first) with which something can be asked for."""
        draw = self.chance(f"request {turn}")
        if self.has("terse"):
            text = sentences[0]
        elif self.has("chatty"):
            text = f"{draw.choice(_GREETINGS)} {sentences[-1]}"
        else:
            text = draw.choice(sentences)
        return self._coloured((Piece(text),), turn)

    def answer(self, field: str, value: Value, words: str, turn: int) -> tuple[Piece, ...]:
        """The value of `field`, which is said as `words`."""
        if field in DIGITS:
            return self._digits(words, turn)
        if self.has("corrects_itself") and (other := _other(field, value)):
            sorry = self.chance(f"sorry {turn}").choice(_SORRY)
            return self._coloured((Piece(f"{other}."), Piece(f"{sorry} {words}.", 0.3)), turn)
        if field == "name" and self.has("spells"):
            letters = ", ".join(words.split()[-1].upper())
            return self._coloured((Piece(f"{words}."), Piece(f"That's {letters}.", 0.4)), turn)
        if self.has("chatty"):
            wrapped = self.chance(f"wrap {turn}").choice(_WRAPPED).format(words)
            return self._coloured((Piece(wrapped),), turn)
        return self._coloured((Piece(f"{_capital(words)}."),), turn)

    def plain(self, sentences: Sequence[str], turn: int) -> tuple[Piece, ...]:
        """One of `sentences`, the shortest first, without more."""
        if self.has("terse"):
            return (Piece(sentences[0]),)
        return (Piece(self.chance(f"plain {turn}").choice(sentences)),)

    def _digits(self, words: str, turn: int) -> tuple[Piece, ...]:
        digits = words.split()
        half = len(digits) // 2
        if self.has("spells"):
            return tuple(Piece(digit, 0.25 if at else 0.0) for at, digit in enumerate(digits))
        if self.has("hesitates"):
            pause = self.chance(f"digits {turn}").uniform(0.5, 0.8)
            return (Piece(" ".join(digits[:half])), Piece(" ".join(digits[half:]), pause))
        return (Piece(words),)

    def _coloured(self, pieces: tuple[Piece, ...], turn: int) -> tuple[Piece, ...]:
        """What hesitation and other people make of it."""
        draw = self.chance(f"colour {turn}")
        if self.has("hesitates"):
            first, *rest = pieces
            pieces = (
                Piece(draw.choice(_FILLERS)),
                Piece(first.text, draw.uniform(0.2, 0.5)),
                *rest,
            )
        if self.has("talks_to_somebody") and draw.random() < 0.5:
            first, *rest = pieces
            pieces = (Piece(draw.choice(_ASIDES)), Piece(first.text, 0.6), *rest)
        return pieces


def _other(field: str, value: Value) -> str:
    """Another value of `field`, for a slip of the tongue, as it is said; '' where there is none."""
    if field in NAMES:
        return next(name for name in NAMES[field] if name != value)
    if field == "amount":
        return said(field, float(value) + 10 if float(value) < 100 else float(value) + 100)
    if field == "quantity":
        return said(field, 50 if value != 50 else 100)
    return ""


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
