"""What a read-out is given, how patient it is, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """What the call is about right now."""

    NEW = "new"
    ASKING = "asking"
    READING = "reading"
    CHOOSING = "choosing"
    CONFIRMING = "confirming"
    INVITING = "inviting"
    TONE = "tone"
    RECORDING = "recording"
    CLOSING = "closing"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Item:
    """Something to read out: `heading` (from whom, about what) and `text`; `id` names it. Is it
    `kept` somewhere, so that it can be deleted?"""

    id: str
    heading: str
    text: str
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Manners:
    """How patient the read-out is; in seconds, except the counts.

    `no_input` of silence repeats a question, `asks` times at most; an answer begins within `begin`,
    is over after `pause` of silence or `longest`, and is none below `shortest` of speech; the tone
    is given up after `tone`; the call ends after `call`, a goodbye after `closing`.
    """

    no_input: float = 7.0
    asks: int = 3
    begin: float = 6.0
    pause: float = 2.5
    longest: float = 180.0
    shortest: float = 0.4
    tone: float = 2.0
    call: float = 900.0
    closing: float = 10.0


@dataclass(slots=True)
class Outcome:
    """What came of it: ids of items. `wanted`: did anybody ask for anything?"""

    heard: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    wanted: bool = False
    reason: str = ""
