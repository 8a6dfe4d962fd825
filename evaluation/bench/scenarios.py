"""How the callers of the benchmarks behave, in steps of 20 ms. Pure.

To measure how fast one caller is answered, turns must not fall upon each other; to measure sixty of
them in minutes, calls must. `Floor` gives both: several calls are up at once, but only one caller
may speak and be answered at a time, while the others listen to the greeting or to an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from evaluation.bench.calls import Moment
from evaluation.bench.clips import Clip
from voicebot.caller.wire import FRAME_SECONDS

Act = Clip | Literal["hang up"] | None

GAP: Final = 0.7
"""Seconds of the bot's silence after which it has finished."""
HEARD: Final = 0.3
"""Seconds of an answer that are listened to before the next caller may speak."""
PATIENCE: Final = 12.0
"""Seconds that a caller waits for an answer; the agent asks again after 8."""


def frames(seconds: float) -> int:
    """Seconds as frames of 20 ms."""
    return round(seconds / FRAME_SECONDS)


class Floor:
    """The right to speak, for one caller at a time; `seats` of them where they may overlap.

    Who asks first gets it first: nobody waits so long that the agent loses patience.
    """

    def __init__(self, seats: int = 1) -> None:
        self._seats = seats
        self._holders: set[int] = set()
        self._waiting: list[int] = []

    def take(self, who: object) -> bool:
        """Is the floor `who`'s, now or already? Who does not get it is waiting from now on."""
        if id(who) in self._holders:
            return True
        if id(who) not in self._waiting:
            self._waiting.append(id(who))
        if self._waiting[0] != id(who) or len(self._holders) >= self._seats:
            return False
        self._holders.add(self._waiting.pop(0))
        return True

    def leave(self, who: object) -> None:
        """Somebody else may speak; harmless for who neither has the floor nor waits for it."""
        self._holders.discard(id(who))
        if id(who) in self._waiting:
            self._waiting.remove(id(who))


class Conversation:
    """Hears the bot out, says a clip, waits for the answer, hears it out, says the next clip ...

    Hangs up `HEARD` seconds into the answer to the last clip.
    """

    def __init__(self, clips: Sequence[Clip], floor: Floor) -> None:
        self._clips = list(clips)
        self._floor = floor
        self._next = 0
        self._quiet = 0  # frames since the bot was last audible
        self._heard = 0  # audible frames since the last clip (or the call's beginning)
        self._waited = 0  # frames since then
        self._asking = False  # a clip was said and is not answered yet

    def step(self, moment: Moment) -> Act:
        """See `Scenario`."""
        self._waited += 1
        self._quiet = 0 if moment.audible else self._quiet + 1
        self._heard += moment.audible
        answered = self._heard >= frames(HEARD)
        gave_up = self._waited >= frames(PATIENCE) and self._quiet >= frames(PATIENCE / 2)
        if self._asking and (answered or gave_up):
            self._asking = False
            self._floor.leave(self)
        if self._next == len(self._clips):
            return None if self._asking else "hang up"
        finished = answered and moment.idle and self._quiet >= frames(GAP)
        if self._asking:
            return None
        if not (finished or gave_up):
            self._floor.leave(self)  # the bot speaks again: others may go first
            return None
        if not self._floor.take(self):
            return None
        clip = self._clips[self._next]
        self._next += 1
        self._heard = self._waited = self._quiet = 0
        self._asking = True
        return clip

    def over(self) -> None:
        """See `Scenario`."""
        self._floor.leave(self)


class Interruption:
    """Says `clip` when the bot has been speaking for `after` seconds, then listens for `listen`."""

    def __init__(self, clip: Clip, after: float, listen: float) -> None:
        self._sound, self._seconds = clip, listen
        self._clip: Clip | None = clip
        self._after = frames(after)
        self._listen = frames(listen)
        self._onset = 0  # frames since the bot began
        self._waited = 0

    def again(self, after: float) -> Interruption:
        """The same sound at another moment of another call."""
        return Interruption(self._sound, after, self._seconds)

    def step(self, moment: Moment) -> Act:
        """See `Scenario`."""
        self._waited += 1
        if self._clip is None:
            return "hang up" if self._waited > self._listen else None
        if self._onset or moment.audible:
            self._onset += 1
        if self._waited > frames(PATIENCE):
            return "hang up"
        if self._onset < self._after:
            return None
        clip, self._clip = self._clip, None
        self._waited = 0
        return clip

    def over(self) -> None:
        """See `Scenario`."""


class Silent:
    """Says nothing for `seconds`, then hangs up."""

    def __init__(self, seconds: float) -> None:
        self._left = frames(seconds)

    def step(self, moment: Moment) -> Act:
        """See `Scenario`."""
        return "hang up" if moment.frame >= self._left else None

    def over(self) -> None:
        """See `Scenario`."""
