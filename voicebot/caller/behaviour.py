"""How the caller behaves: when to speak, in steps of 20 ms, by listening to the bot. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from voicebot.audio.pcm import from_bytes, level
from voicebot.caller.script import Barge, Item, Silence, Wait
from voicebot.caller.wire import FRAME_SECONDS, SILENT_FRAME

AUDIBLE = -45.0
"""dBFS of 20 ms of audio from which on it counts as sound."""

ONSET_QUIET = 0.3
"""Seconds of quiet before a sound that make it the beginning of something said."""

RESIDUE_QUIET = 4.0
"""When the bot only ever went on with what it was saying: done after this many quiet seconds."""

LONGEST_ANSWER = 120.0
"""Seconds after which the caller goes on even if the bot's line never falls quiet."""


@dataclass(frozen=True, slots=True)
class Cue:
    """An item ready to perform: 20 ms mu-law `frames`, `keys` pressed before frame n, and
    `audible`: the frame behind the last one that can be heard (or key, 0 for none)."""

    item: Item
    frames: Sequence[bytes]
    keys: Mapping[int, str] = field(default_factory=dict)
    audible: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """What the caller does in 20 ms: one frame of sound, perhaps a key, perhaps hang up."""

    frame: bytes = SILENT_FRAME
    key: str = ""
    hang_up: bool = False


@dataclass(frozen=True, slots=True)
class Performed:
    """A cue was performed from frame `start` to frame `end` of the call."""

    cue: Cue
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Manners:
    """`gap`: seconds of the bot's silence that make it the caller's turn; `patience`: seconds that
    the caller waits for a bot that says nothing; `longest`: seconds after which to hang up."""

    gap: float = 0.9
    patience: float = 20.0
    longest: float = 1800.0


class Ear:
    """Follows the bot's voice; every count is in frames of 20 ms."""

    def __init__(self) -> None:
        self.quiet = _frames(ONSET_QUIET)  # before the first word it was quiet
        self.onset: int | None = None  # since `attend`: frames ago that the bot began to speak
        self.spoke = False  # since `attend`
        self.idle = True

    def hear(self, pcm: bytes, idle: bool) -> None:
        """Take in 20 ms of the bot's channel; `idle`: the network has nothing left to play."""
        self.idle = idle
        if self.onset is not None:
            self.onset += 1
        if level(from_bytes(pcm)) < AUDIBLE:
            self.quiet += 1
            return
        if self.onset is None and self.quiet >= _frames(ONSET_QUIET):
            self.onset = 0
        self.spoke = True
        self.quiet = 0

    def attend(self) -> None:
        """From now on listen for the answer."""
        self.onset = None
        self.spoke = False

    def finished(self, gap: int) -> bool:
        """Has the bot said something since `attend` and fallen silent?"""
        if self.onset is None and self.spoke:
            gap = max(gap, _frames(RESIDUE_QUIET))
        return self.spoke and self.pausing(gap)

    def pausing(self, gap: int) -> bool:
        """Is the bot silent, with nothing left to play?"""
        return self.idle and self.quiet >= gap


class Behaviour:
    """Performs `cues` one after another, each when its time has come, then hangs up."""

    def __init__(
        self, cues: Sequence[Cue], manners: Manners, note: Callable[[str, bool], None]
    ) -> None:
        self._cues = cues
        self._manners = manners
        self._note = note
        self._next = 0
        self._position: int | None = None  # within the cue that is being performed
        self._waited = 0
        self._frame = 0
        self._previous: Item | None = None
        self.ear = Ear()
        self._performed: list[Performed] = []

    @property
    def performed(self) -> list[Performed]:
        """What was performed so far; the last cue may have been cut short."""
        if self._position is None:
            return list(self._performed)
        cut = Performed(self._cues[self._next], self._frame - self._position, self._frame)
        return [*self._performed, cut]

    def step(self) -> Act:
        """What to do in the next 20 ms."""
        act = self._act()
        self._frame += 1
        return act

    def _act(self) -> Act:
        if self._frame >= _frames(self._manners.longest):
            self._note("the call reached its longest duration; hanging up", True)
            return Act(hang_up=True)
        if self._position is None:
            if not self._time_has_come():
                self._waited += 1
                return Act()
            if self._next == len(self._cues):
                return Act(hang_up=True)
            self._position = 0
            self._note(f"caller: {self._cues[self._next].item.label}", False)
        return self._perform(self._cues[self._next], self._position)

    def _perform(self, cue: Cue, position: int) -> Act:
        if position < cue.audible or (position == 0 and isinstance(cue.item, Silence)):
            self.ear.attend()
            self._waited = 0
        act = Act(cue.frames[position], cue.keys.get(position, ""))
        if position + 1 < len(cue.frames):
            self._position = position + 1
        else:
            self._position = None
            self._previous = cue.item
            self._next += 1
            end = self._frame + 1
            self._performed.append(Performed(cue, end - len(cue.frames), end))
        return act

    def _time_has_come(self) -> bool:
        """May the next item begin (or the call end, behind the last one)?"""
        item = self._cues[self._next].item if self._next < len(self._cues) else None
        if isinstance(item, Wait) or isinstance(self._previous, Wait):
            return True
        if isinstance(item, Barge):
            onset = self.ear.onset
            return (onset is not None and onset >= _frames(item.after)) or self._out_of_patience()
        gap = _frames(self._manners.gap)
        if isinstance(self._previous, Silence) and self.ear.pausing(gap):
            return True  # who said nothing need not be answered
        return self.ear.finished(gap) or self._out_of_patience()

    def _out_of_patience(self) -> bool:
        if self._waited >= _frames(LONGEST_ANSWER):
            self._note(f"the bot's line was not quiet for {LONGEST_ANSWER:g} s; going on", True)
            return True
        quiet = min(self._waited, self.ear.quiet)
        if quiet < _frames(self._manners.patience) or not self.ear.idle:
            return False
        self._note(f"the bot said nothing for {self._manners.patience:g} s; going on", True)
        return True


def _frames(seconds: float) -> int:
    return round(seconds / FRAME_SECONDS)
