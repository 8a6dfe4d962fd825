"""A caller who performs the turns of a case, each when its time has come. Pure, in steps of 20 ms.

It says a turn when the bot has finished, or `barge_in` seconds after the bot began to speak; a
sound of listening is made over the bot and asks for no answer; keys are pressed one after another;
a silence is kept whatever the bot does. How long it thinks between two turns comes from its seed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Final

from evaluation.bench.calls import Moment
from evaluation.bench.clips import Clip
from evaluation.bench.scenarios import frames
from evaluation.callers.base import Act, Hold, Press, Utterance
from evaluation.sets.model import Keys, Say, Silence, Turn
from voicebot.audio.g711 import ulaw_decode
from voicebot.caller.behaviour import Ear

QUICKEST: Final = 0.7
"""Seconds of the bot's silence after which the quickest caller speaks ..."""
SLOWEST: Final = 1.1
"""... and the slowest."""
PATIENCE: Final = 20.0
"""Seconds that a caller waits for a bot that says nothing; the agent asks again after 8."""
LONGEST_ANSWER: Final = 60.0
"""Seconds after which the caller goes on even if the bot's line never falls quiet."""
GIVES_UP: Final = 2
"""Turns in a row that the bot left unanswered, after which the caller hangs up."""
LISTENING: Final = 1.0
"""Seconds into the bot's speech at which a sound of listening is made, where nothing is said."""
KEY_SPACING: Final = 12
"""Frames from key to key: a quick finger."""


class ScriptedCaller:
    """Performs `turns`; `clips` has what is said in the speaking ones. A `Caller`.

    `unanswered` counts the turns that the bot left without an answer.
    """

    def __init__(self, turns: Sequence[Turn], clips: Mapping[int, Clip], seed: int) -> None:
        self._turns = turns
        self._clips = clips
        draw = random.Random(seed)  # noqa: S311 - a draw that can be repeated
        self._gaps = [frames(draw.uniform(QUICKEST, SLOWEST)) for _ in range(len(turns) + 1)]
        self._ear = Ear()
        self._idle = True
        self._next = 0
        self._going_on: list[Act] = []  # the rest of keys or of a silence
        self._speaking = 0  # frames of an utterance that can still be heard
        self._waited = 0  # frames since the last turn that asks for an answer
        self._in_a_row = 0
        self.unanswered = 0

    def hear(self, frame: bytes) -> None:
        """See `Caller`."""
        self._ear.hear(ulaw_decode(frame), self._idle)
        if self._speaking:  # what the bot says into it is no answer
            self._speaking -= 1
            self._attend()

    def step(self, moment: Moment) -> Act:
        """See `Caller`."""
        self._idle = self._ear.idle = moment.idle
        if self._going_on:
            if isinstance(self._turns[self._next - 1], Keys):
                self._attend()
            return self._going_on.pop(0)
        self._waited += 1
        if not self._time_has_come():
            return None
        if self._next == len(self._turns) or self._in_a_row >= GIVES_UP:
            return "hang up"
        return self._begin()

    def over(self) -> None:
        """See `Caller`."""

    def _begin(self) -> Act:
        number, turn = self._next, self._turns[self._next]
        self._next += 1
        if isinstance(turn, Say):
            clip = self._clips[number]
            if not turn.backchannel:
                self._speaking = frames(clip.end)
            return Utterance(number, turn, clip)
        self._attend()
        first, *self._going_on = _acts(number, turn)
        return first

    def _attend(self) -> None:
        """From now on listen for the answer."""
        self._ear.attend()
        self._waited = 0

    def _time_has_come(self) -> bool:
        """May the next turn begin (or the call end, behind the last one)?"""
        turn = self._turns[self._next] if self._next < len(self._turns) else None
        if isinstance(turn, Say) and (turn.barge_in is not None or turn.backchannel):
            after = LISTENING if turn.barge_in is None else turn.barge_in
            begun = self._ear.onset is not None and self._ear.onset >= frames(after)
            return begun or self._out_of_patience()
        gap = self._gaps[self._next]
        former = self._turns[self._next - 1] if self._next else None
        if isinstance(former, Silence) and self._ear.pausing(gap):
            return True  # who said nothing need not be answered
        if self._ear.finished(gap):
            self._in_a_row = 0
            return True
        return self._out_of_patience()

    def _out_of_patience(self) -> bool:
        if self._waited >= frames(LONGEST_ANSWER):
            return True
        quiet = min(self._waited, self._ear.quiet)
        if quiet < frames(PATIENCE) or not self._ear.idle:
            return False
        self.unanswered += 1
        self._in_a_row += 1
        return True


def _acts(number: int, turn: Keys | Silence) -> list[Act]:
    """What is done in each frame of a turn without speech."""
    if isinstance(turn, Silence):
        return [Hold(number, turn)] * max(1, frames(turn.seconds))
    pause: list[Act] = [Press(number, turn, "")] * (KEY_SPACING - 1)
    return [act for digit in turn.digits for act in (Press(number, turn, digit), *pause)]
