"""What a caller of an evaluation does in steps of 20 ms: the seam between callers and their calls.

`evaluation.callers.scripted` performs the turns of a case, `evaluation.callers.simulated` follows a
goal; `evaluation.runs.call.EvaluatedCall` carries either over the telephone line. A caller says
what it does (`Utterance`, `Press`, `Hold`); the line's noise, losses and echo are none of its
business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from evaluation.bench.calls import Moment
from evaluation.bench.clips import Clip
from evaluation.sets.model import Keys, Say, Silence, Turn


@dataclass(frozen=True, slots=True)
class Utterance:
    """Begin to say `clip` as turn `number`, counted from 0; `turn` says what it is."""

    number: int
    turn: Say
    clip: Clip


@dataclass(frozen=True, slots=True)
class Press:
    """Press `digit` now ('' : between two keys), as a part of turn `number`."""

    number: int
    turn: Keys
    digit: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Be silent for this frame, as a part of turn `number`."""

    number: int
    turn: Silence


Act = Utterance | Press | Hold | Literal["hang up"] | None


class Caller(Protocol):
    """Who calls. One object a call; steps are not to block."""

    def hear(self, frame: bytes) -> None:
        """The bot's channel of the last 20 ms: 160 samples of mu-law, before each `step`."""

    def step(self, moment: Moment) -> Act:
        """What to do in the next 20 ms. Not asked while an utterance is being said."""

    def over(self) -> None:
        """The call is over, whoever ended it."""


@dataclass(frozen=True, slots=True)
class Performed:
    """Turn `number` was performed from frame `start` to frame `end` (behind the last).

    `clip` is what was said (None for keys and silence), `whole` whether it was said to its end.
    """

    number: int
    turn: Turn
    start: int
    end: int
    clip: Clip | None = None
    whole: bool = True
