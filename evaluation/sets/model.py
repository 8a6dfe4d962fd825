"""What an evaluation set says: cases with what is said, over which line, and what must come of it.

A set is a folder with `set.yaml`, `cases.jsonl` (one case a line) and, where cases are spoken by
recordings, the audio files. `evaluation.sets.reading` reads and checks one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Outcome = Literal["contained", "escalated", "callback"]
"""The bot did it; a person took over; the caller is to be called back."""
Codec = Literal["mulaw", "alaw"]
Band = Literal["narrow", "wide"]
Split = Literal["train", "validation", "test"]
Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity of a turn: `kind` as the dialogue calls it (amount, account, number ...), `value`
    typed, and `text` where the words for it are known."""

    kind: str
    value: Value
    text: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """The caller speaks: a recording of the set, or `text` by a voice.

    `text` is the reference of what is said ('' where unknown). `barge_in`: seconds into the bot's
    speech at which it begins (None: when the bot has finished). `backchannel`: a sound of listening
    that must not stop the bot. `secret`: digits that nobody may keep.
    """

    text: str
    audio: Path | None = None
    voice: str = ""
    intent: str | None = None
    entities: tuple[Entity, ...] = ()
    barge_in: float | None = None
    backchannel: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Keys:
    """The caller presses keys."""

    digits: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """It is the caller's turn, and for `seconds` nothing comes."""

    seconds: float


Turn = Say | Keys | Silence


@dataclass(frozen=True, slots=True)
class Line:
    """What lies between caller and agent; everything random in it comes from the call's seed.

    `band` is that of the voice before the codec, `snr` the noise (dB below the speech; None: only
    the line's own at -70 dBFS) of the kind `noise`, `loss` the share of frames that are lost,
    `jitter` the spread of their delay (s), `echo` how far below its level the bot's voice comes
    back (dB; None: not at all), `echo_delay` after how many seconds.
    """

    codec: Codec = "mulaw"
    band: Band = "narrow"
    snr: float | None = None
    noise: Literal["white", "pink", "babble", "hum"] = "pink"
    loss: float = 0.0
    jitter: float = 0.0
    echo: float | None = None
    echo_delay: float = 0.12

    @property
    def clean(self) -> bool:
        """Is nothing done to what is said?"""
        return self.snr is None and not self.loss and not self.jitter and self.echo is None


@dataclass(frozen=True, slots=True)
class Action:
    """Something that the bot must do (or must not): a name, and the arguments that matter."""

    name: str
    arguments: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that a call must have left in a table of the database: exactly these, by the columns
    that they name; none at all where `rows` is empty."""

    table: str
    rows: tuple[Mapping[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come of a call; None and empty: nothing is expected in this respect.

    `says` are words or numbers that the bot must have said, `never_says` those that it must not,
    `never` actions that it must not take.
    """

    outcome: Outcome | None = None
    actions: tuple[Action, ...] = ()
    never: tuple[Action, ...] = ()
    database: tuple[Rows, ...] = ()
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """More turns of the caller or seconds than these are a failure, and end the call."""

    turns: int = 20
    seconds: float = 180.0


@dataclass(frozen=True, slots=True)
class Persona:
    """Who a simulated caller is; see `evaluation.callers.simulated`.

    `patience` is how many misunderstandings it bears before it asks for a person or hangs up.
    Habits: corrects_itself, interrupts, spells, talks_to_somebody, hesitates, terse, chatty.
    """

    voice: str = "hibari"
    patience: int = 3
    habits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """What a simulated caller wants: a task of `evaluation.callers.tasks`, and what it knows."""

    task: str
    knows: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One call. Either `turns` (a script) or `goal` with `persona` (a simulated caller).

    `caller` is the number it comes from ('' : one that nobody else has), `where` the file and line
    that say so, for messages.
    """

    id: str
    turns: tuple[Turn, ...] = ()
    goal: Goal | None = None
    persona: Persona = Persona()
    caller: str = ""
    voice: str = "hibari"
    line: Line = Line()
    expected: Expected = Expected()
    limits: Limits = Limits()
    tags: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """A set; `digest` (SHA-256, hex) covers set.yaml, cases.jsonl and every audio file.

    `synthetic`: nobody real speaks in it. `today` (YYYY-MM-DD; '' : none) is the day on which its
    calls take place: an agent that is started for them has VOICEBOT_TODAY set to it, so that
    "tomorrow" is the same day whenever the set is run.
    """

    folder: Path
    name: str
    version: str
    licence: str
    source: str
    split: Split
    synthetic: bool
    cases: tuple[Case, ...]
    digest: str
    today: str = ""
