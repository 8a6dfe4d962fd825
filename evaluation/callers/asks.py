"""What a bot that was heard has asked for, told or refused. Pure, and by rules.

The rules are those of any voice bank: what stands last in what was said is what the caller is to
answer. They read what recognition wrote down, so they go by few and sturdy words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Ask = Literal[
    "request",
    "confirm",
    "else",
    "presence",
    "handover",
    "farewell",
    "customer",
    "pin",
    "card_digits",
    "source",
    "target",
    "amount",
    "card",
    "reason",
    "account",
    "quantity",
    "payee",
    "date",
    "delivery",
    "branch",
    "time",
    "topic",
    "name",
]
"""What the caller is to say next. From "customer" on: a value, named as a goal names it."""

_SENTENCE: Final = re.compile(r"(?<=[.?!])\s+")
# The more particular stands before the more general: of one sentence the first that fits counts.
_ASKS: Final[tuple[tuple[Ask, str], ...]] = (
    ("handover", r"colleague|advis[eo]r|fraud team|call(ed)? (you )?back|put you through"),
    ("farewell", r"good ?bye|thank you for calling|hang up"),
    ("presence", r"still there|can'?t hear you|cannot hear you"),
    ("confirm", r"shall i\b|is that (right|correct)|do you want me to|say yes"),
    ("else", r"(anything|what|something) else"),
    ("customer", r"customer (number|id)|(six|6)[ -]?digit"),
    ("card_digits", r"last (four|4) digits|digits (of|on) (your|the front of your) card"),
    ("pin", r"\bpin\b|(four|4)[ -]?digit|pass ?code"),
    ("delivery", r"text message or|send the link|by (text|e-?mail)"),
    ("topic", r"talk about|what is it about|say a mortgage"),
    ("name", r"what name|your name|name should|first and last name"),
    ("amount", r"how much|say an amount"),
    ("quantity", r"how many|twenty.five, fifty|25, 50"),
    ("source", r"money come from|from which|take it from|say from\b"),
    ("target", r"it go to|to which account|say to (sav|check)"),
    ("account", r"(which|what) account|say checking or"),
    ("payee", r"(which|what) (bill|company)|who should i pay|say electric"),
    ("reason", r"what happened|lost,? stolen"),
    ("card", r"(debit|credit) card or|(which|what) card|say debit"),
    ("branch", r"(which|what) branch|say market street"),
    ("time", r"(what|which) time|half past"),
    ("date", r"when should|(what|which) (day|date)|say today|next tuesday"),
    (
        "request",
        r"(how|what) (can|may) i (help|do)|what would you like\b|you can say,? what|what do you",
    ),
)
_ASK_RULES: Final = tuple((ask, re.compile(rule)) for ask, rule in _ASKS)
_MISSED: Final = re.compile(
    r"(didn'?t|did not|don'?t) (catch|understand|get)|try again|for example|one by one"
    r"|i need (four|six|4|6) digits|can'?t help (you )?with that|sorry[.,]? you can say"
    r"|press (zero|one|0|1)|two different accounts"
    r"|isn'?t right|don'?t match|can'?t find|still there|can'?t hear"
)
_REFUSED: Final = re.compile(
    r"isn'?t enough|you don'?t have a|i don'?t (see|have) a|too far ahead|is closed on"
    r"|already taken|that day|one (card )?at a time|only move money"
    r"|nothing to replace|changed nothing|i did nothing"
)


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a caller makes of what the bot said.

    `ask` is what to say next (None: nothing that the rules know), `missed` that the bot did not
    understand the caller, `refused` that it will not do what it understood; `text` is what was
    heard, in small letters.
    """

    text: str
    ask: Ask | None
    missed: bool
    refused: bool


def understand(text: str) -> Understanding:
    """Read `text`, everything that the bot has said since the caller last spoke."""
    plain = " ".join(text.lower().replace("’", "'").split())
    ask = next(
        (found for sentence in reversed(_SENTENCE.split(plain)) if (found := _asked(sentence))),
        None,
    )
    return Understanding(
        plain, ask, missed=bool(_MISSED.search(plain)), refused=bool(_REFUSED.search(plain))
    )


def _asked(sentence: str) -> Ask | None:
    return next((ask for ask, rule in _ASK_RULES if rule.search(sentence)), None)
