"""A caller with a goal on a real line: hears the bot by recognition, and says what its mind wants.

Everything is done in steps of 20 ms by one call's clock. When the bot has fallen silent, what it
said goes to the ears; what they understood goes to the mind; what the mind wants to say goes to the
mouth; and when that is ready, it is said. The mind decides, this only carries, so that a call can
be played in virtual time with ears and a mouth that are made of text.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Final

from evaluation.bench.calls import Moment
from evaluation.bench.clips import Clip
from evaluation.bench.scenarios import frames
from evaluation.callers.base import Act, Press, Utterance
from evaluation.callers.ears import Ears, Mouth
from evaluation.callers.mind import Deed, GoalMind, HangUp, Listen, Mind, PressKeys, Speak
from evaluation.callers.tasks import TASKS
from evaluation.sets.model import Case, Keys, Say
from voicebot.caller.wire import FRAME_SECONDS

GAP: Final = 0.8
"""Seconds of the bot's silence after which it has finished."""
HEARD: Final = 0.2
"""Seconds of sound that make it something said."""
PATIENCE: Final = 14.0
"""Seconds that a caller waits for a bot that says nothing; ours asks again after 8."""
KEY_SPACING: Final = 12
"""Frames from key to key: a quick finger."""
_LEAD: Final = 2400  # bytes of mu-law: 0.3 s
_INTENTS: Final = {"yes": "affirm", "unknown": "dont_know", "person": "talk_to_person"}


class SimulatedCaller:
    """A `Caller` that does what `mind` decides, with `voice`; `intent` is that of its request.

    Raises EngineError out of `step` where the ears or the mouth fail.
    """

    def __init__(self, mind: Mind, ears: Ears, mouth: Mouth, voice: str, intent: str = "") -> None:
        self._mind = mind
        self._ears = ears
        self._mouth = mouth
        self._voice = voice
        self._intent = intent
        self._number = 0
        self._heard = bytearray()  # of the bot since the last deed
        self._audible = 0  # frames of it in which it could be heard
        self._since = 0  # frames since the bot began to speak in it
        self._quiet = 0  # frames since it could last be heard
        self._waited = 0  # frames since the last deed, or since it last could be heard
        self._goes_on = False  # what it says next counts with what it said
        self._early = False  # the ears listen before the bot has finished
        self._asked_early = False
        self._listening: Future[str] | None = None
        self._speaking: tuple[Future[Clip], Speak] | None = None
        self._keys: list[Press | None] = []

    @classmethod
    def of(cls, case: Case, seed: int, ears: Ears, mouth: Mouth) -> SimulatedCaller:
        """The caller of a case with a goal. Raises ValueError where it has none, or a wrong one."""
        if case.goal is None:
            raise ValueError(f"the case {case.id} has no goal to follow")
        mind = GoalMind(case.goal, case.persona, seed)
        return cls(mind, ears, mouth, case.persona.voice, TASKS[case.goal.task].intent)

    def hear(self, frame: bytes) -> None:
        """See `Caller`."""
        self._heard += frame

    def step(self, moment: Moment) -> Act:
        """See `Caller`."""
        self._attend(moment)
        if self._keys:
            return self._keys.pop(0)
        if self._speaking is not None:
            return self._say(*self._speaking)
        if self._listening is not None:
            return self._think(self._listening, moment)
        if self._audible and moment.idle and self._quiet >= frames(GAP):
            if self._audible >= frames(HEARD):
                self._listening = self._ears.listen(bytes(self._heard))
            else:
                self._forget()
        elif self._waited >= frames(PATIENCE) and moment.idle:
            return self._do(self._mind.hear("", finished=True))
        elif self._is_time_to_interrupt():
            self._asked_early = self._early = True
            self._listening = self._ears.listen(bytes(self._heard))
        return None

    def over(self) -> None:
        """See `Caller`."""
        if self._listening is not None:
            self._listening.cancel()
        if self._speaking is not None:
            self._speaking[0].cancel()

    def _attend(self, moment: Moment) -> None:
        self._waited += 1
        self._since += self._audible > 0
        if moment.audible:
            self._audible += 1
            self._quiet = self._waited = 0
            return
        self._quiet += 1
        if not self._audible and not self._goes_on:
            del self._heard[:-_LEAD]  # a silence before the first word tells nothing

    def _is_time_to_interrupt(self) -> bool:
        after = self._mind.interrupts_after
        return (
            after is not None
            and not self._asked_early
            and self._quiet == 0
            and self._since >= frames(after)
        )

    def _think(self, listening: Future[str], moment: Moment) -> Act:
        """Have the ears understood? What is to be done then?"""
        if moment.audible and not self._early:  # it goes on: what was heard is not all
            listening.cancel()
            self._listening = None
            return None
        if not listening.done():
            return None
        self._listening = None
        deed = self._mind.hear(listening.result(), finished=not self._early)
        if deed is None:
            self._early = False
            return None
        return self._do(deed)

    def _do(self, deed: Deed | None) -> Act:
        match deed:
            case HangUp():
                return "hang up"
            case Speak(pieces):
                self._speaking = (self._mouth.prepare(pieces, self._voice), deed)
            case PressKeys(digits, _, secret):
                self._press(Keys(digits, secret))
            case Listen() | None:
                self._audible = self._since = self._waited = 0
                self._goes_on = True
        return None

    def _say(self, ready: Future[Clip], deed: Speak) -> Act:
        if not ready.done():
            return None
        self._speaking = None
        talks_over = self._early and self._quiet < frames(GAP)
        turn = Say(
            deed.text,
            voice=self._voice,
            intent=self._intent if deed.meaning == "request" else _INTENTS.get(deed.meaning),
            barge_in=round(self._since * FRAME_SECONDS, 2) if talks_over else None,
            secret=deed.secret,
        )
        return Utterance(self._next(), turn, ready.result())

    def _press(self, keys: Keys) -> None:
        number = self._next()
        pause: list[Press | None] = [Press(number, keys, "")] * (KEY_SPACING - 1)
        for digit in keys.digits:
            self._keys += [Press(number, keys, digit), *pause]

    def _next(self) -> int:
        """The number of a turn that begins now; what the bot said before is done with."""
        self._forget()
        self._heard.clear()
        self._number += 1
        return self._number - 1

    def _forget(self) -> None:
        self._audible = self._since = self._waited = 0
        self._early = self._asked_early = self._goes_on = False
