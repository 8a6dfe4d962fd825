"""A call of an evaluation: a measured call over a line that is not perfect, with keys.

It differs from `MeasuredCall` in what happens to a frame of the caller between its mouth and the
agent, in what a caller can do (`evaluation.callers.base`), and in its limits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from evaluation.bench.calls import AUDIBLE, MeasuredCall, Moment, Said
from evaluation.callers.base import Act, Caller, Hold, Performed, Press, Utterance
from evaluation.lines import CallerLine, Spoken
from evaluation.sets.model import Limits
from voicebot.audio.g711 import ulaw_decode
from voicebot.audio.pcm import from_bytes, level
from voicebot.caller.wire import FRAME, FRAME_SECONDS, SILENT_FRAME


class EvaluatedCall(MeasuredCall):
    """One call from `number` by `caller` over `line`; hung up when a limit is passed.

    A `Party` of `voicebot.caller.line.talk`; `parameters` come from the TwiML.
    """

    def __init__(
        self,
        number: str,
        call_id: str,
        parameters: Mapping[str, str],
        caller: Caller,
        line: CallerLine,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(number, call_id, parameters, _Nothing(), clock=clock)
        self._performer = caller
        self._line = line
        self._limits = limits
        self._jitter = line.jitter()
        self._performed: dict[int, Performed] = {}
        self._utterance: tuple[Utterance, Spoken, int] | None = None  # and its first frame
        self._heard = SILENT_FRAME
        self.limited = ""

    @property
    def performed(self) -> tuple[Performed, ...]:
        """The turns that the caller has begun, in order; the last one may have been cut short."""
        done = dict(self._performed)
        if self._utterance is not None:
            act, _, start = self._utterance
            done[act.number] = Performed(
                act.number, act.turn, start, self._frames, act.clip, whole=False
            )
        return tuple(done[number] for number in sorted(done))

    def step(self) -> list[str]:
        """20 ms have passed: what to send now."""
        messages = [self._sender.mark(name) for name in self._playout.due()]
        if self._began is None:
            self._began, self._began_wall = self._clock(), time.time()
        else:
            act = self._next_act()
            if act == "hang up":
                return [*messages, *self._jitter.rest(), *self.hang_up()]
            messages += self._jitter.step(self._said_now(act))
            self._late = max(self._late, self._now() - len(self._outgoing) * FRAME_SECONDS)
        self._outgoing.append(min(self._playout.buffered, FRAME))
        self._heard = heard = self._playout.play(FRAME)
        self._bot += heard
        self._audible = heard != SILENT_FRAME and level(from_bytes(ulaw_decode(heard))) >= AUDIBLE
        self._performer.hear(heard)
        return messages

    @property
    def _frames(self) -> int:
        return len(self._caller) // FRAME

    def _next_act(self) -> Act:
        if self._frames * FRAME_SECONDS >= self._limits.seconds:
            self.limited = f"the call took more than {self._limits.seconds:g} s"
            return "hang up"
        if self._utterance is not None:
            return None
        moment = Moment(self._frames, self._audible, self._playout.idle)
        act = self._performer.step(moment)
        if act is not None and act != "hang up" and act.number >= self._limits.turns:
            self.limited = f"the caller needed more than {self._limits.turns} turns"
            return "hang up"
        return act

    def _said_now(self, act: Act) -> list[str]:
        """What to send for the frame that is just over, in which the caller began `act`."""
        messages: list[str] = []
        match act:
            case Utterance(number, _, clip):
                spoken = self._line.utter(number, clip.frames)
                self._utterance = (act, spoken, self._frames)
            case Press(_, _, digit):
                self._extend(act)
                messages += [self._sender.dtmf(digit)] if digit else []
            case Hold():
                self._extend(act)
        arrived = self._carried()
        if arrived is None:
            self._sender.lose()
        else:
            messages.append(self._sender.media(arrived))
        self._caller += arrived or SILENT_FRAME
        return messages

    def _extend(self, act: Press | Hold) -> None:
        known = self._performed.get(act.number)
        begun = known or Performed(act.number, act.turn, self._frames, self._frames)
        self._performed[act.number] = replace(begun, end=self._frames + 1)

    def _carried(self) -> bytes | None:
        if self._utterance is None:
            return self._line.carry(None, 0, self._heard)
        act, spoken, start = self._utterance
        place = self._frames - start
        arrived = self._line.carry(spoken, place, self._heard)
        if place + 1 == len(spoken.frames):
            self._utterance = None
            end = self._frames + 1
            self._said.append(Said(act.clip, start, end))
            self._performed[act.number] = Performed(act.number, act.turn, start, end, act.clip)
        return arrived


class _Nothing:
    """The scenario that a `MeasuredCall` asks; here the caller is asked instead."""

    def step(self, moment: Moment) -> None:
        """Never asked."""

    def over(self) -> None:
        """Nothing ends."""
