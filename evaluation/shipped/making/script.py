"""How a scripted case is put down: turns with their intents and entities, lines, customers. Pure.

What is said has its entities marked, `move [fifty dollars](amount=50) to [savings](account)`: the
words, the kind, and the value where it is not the words themselves.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from evaluation.sets.model import (
    Action,
    Case,
    Entity,
    Expected,
    Keys,
    Line,
    Outcome,
    Rows,
    Say,
    Turn,
    Value,
)
from voicebot.config import ROOT
from voicebot.dialogue.numerals import digit_by_digit

_MARKED: Final = re.compile(r"\[([^\]]+)\]\((\w+)(?:=([^)]*))?\)")

CLEAN: Final = Line()
PINK20: Final = Line(snr=20.0, noise="pink")
PINK10: Final = Line(snr=10.0, noise="pink")
WHITE20: Final = Line(snr=20.0, noise="white")
WHITE10: Final = Line(snr=10.0, noise="white")
BABBLE20: Final = Line(snr=20.0, noise="babble")
BABBLE10: Final = Line(snr=10.0, noise="babble")
HUM20: Final = Line(snr=20.0, noise="hum")
HUM10: Final = Line(snr=10.0, noise="hum")
LOSS2: Final = Line(loss=0.02)
LOSS5: Final = Line(loss=0.05)
JITTER: Final = Line(jitter=0.03)
ECHO: Final = Line(echo=24.0)
ALAW: Final = Line(codec="alaw")
WIDE: Final = Line(band="wide")
MOBILE: Final = Line(snr=20.0, noise="babble", loss=0.02, jitter=0.02)
"""Somebody in the street."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the demonstration bank; money is in cents, cards are last four digits."""

    number: str
    name: str
    pin: str
    phone: str
    debit: str
    credit: str | None


def _customers() -> dict[str, Customer]:
    seed = runpy.run_path(str(ROOT / "nlu-data" / "actions" / "bank_seed.py"))
    return {
        name.split()[0].lower(): Customer(number, name, pin, phone, *cards)
        for number, name, pin, phone, cards, *_ in seed["CUSTOMERS"]
    }


CUSTOMERS: Final = _customers()
"""By first name: maria, james, aisha, peter, grace, daniel, linda, robert, sofia, thomas, hannah,
omar, emily, victor."""


def say(text: str, intent: str | None = None, barge_in: float | None = None) -> Say:
    """The caller says `text`, whose entities are marked."""
    found = tuple(
        Entity(kind, _value(kind, value or words), words)
        for words, kind, value in _MARKED.findall(text)
    )
    return Say(_MARKED.sub(r"\1", text), intent=intent, entities=found, barge_in=barge_in)


def _value(kind: str, written: str) -> Value:
    return float(written) if kind == "amount" else written


def said_pin(customer: Customer) -> Say:
    """The caller says the PIN, digit by digit."""
    return Say(digit_by_digit(customer.pin), secret=True)


def keyed_pin(customer: Customer) -> Keys:
    """The caller keys the PIN in."""
    return Keys(customer.pin, secret=True)


def said_number(customer: Customer) -> Say:
    """The caller says the customer number, digit by digit."""
    words = digit_by_digit(customer.number)
    return Say(words, intent="inform", entities=(Entity("digits", customer.number, words),))


def wrong_pin(digits: str) -> Keys:
    """The caller keys in a PIN that is not the customer's: no less a secret."""
    return Keys(digits, secret=True)


YES: Final = Say("Yes, please.", intent="affirm")
BYE: Final = Say("No, thank you. Goodbye.", intent="goodbye")


def expect(
    outcome: Outcome = "contained",
    says: Sequence[str] = (),
    never_says: Sequence[str] = (),
    actions: Sequence[Action] = (),
    never: Sequence[str] = (),
    **rows: Mapping[str, Value] | None,
) -> Expected:
    """What must come of a call; `rows` by table: a row, or None for none at all."""
    return Expected(
        outcome=outcome,
        actions=tuple(actions),
        never=tuple(Action(name) for name in never),
        database=tuple(
            Rows(table, () if row is None else (row,)) for table, row in sorted(rows.items())
        ),
        says=tuple(says),
        never_says=tuple(never_says),
    )


def did(name: str, **arguments: Value) -> Action:
    """An action with the arguments that matter."""
    return Action(name, arguments)


def scripted(
    name: str,
    tags: str,
    turns: Sequence[Turn],
    expected: Expected,
    who: Customer | None = None,
    line: Line = CLEAN,
    voice: str = "hibari",
) -> Case:
    """A case of which the task is the first word of its name; `tags` are further ones.

    `who` calls from the telephone that the bank knows; None: from one that nobody else has.
    """
    return Case(
        id=name,
        turns=tuple(turns),
        caller=who.phone if who else "",
        voice=voice,
        line=line,
        expected=expected,
        tags=tags_of(name, tags, line, voice, "scripted"),
    )


def tags_of(name: str, tags: str, line: Line, voice: str, kind: str) -> tuple[str, ...]:
    """All tags of a case, in a fixed order: task, kind, engine of the voice, line, others."""
    engine = re.match("[a-z]+", voice)
    task = name.partition("-")[0]
    return (
        task,
        kind,
        f"voice-{engine.group() if engine else voice}",
        *_of_line(line),
        *tags.split(),
    )


def _of_line(line: Line) -> Iterator[str]:
    """The tags of a line: what is done on it to what is said."""
    if line.clean:
        yield "clean"
    if line.snr is not None:
        yield from ("noisy", f"snr-{line.snr:g}", line.noise)
    if line.loss:
        yield "loss"
    if line.jitter:
        yield "jitter"
    if line.echo is not None:
        yield "echo"
    if line.codec == "alaw":
        yield "a-law"


def also(case: Case, name: str, line: Line, voice: str = "", tags: str = "") -> Case:
    """The same said over another line, perhaps by another voice."""
    voice = voice or case.voice
    return replace(
        case,
        id=name,
        line=line,
        voice=voice,
        tags=tags_of(name, tags, line, voice, "scripted"),
    )
