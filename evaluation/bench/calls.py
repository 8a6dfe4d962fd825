"""A measured call: both channels, and every message of the bot with the moment of its arrival.

Both channels grow by one frame of 20 ms a step, so that sample n of either belongs to the same
instant; what the bot sends is played from the next frame on, as `voicebot.caller` does it. The
caller's line is never digitally silent: it carries noise at the level that the recordings have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np

from evaluation.bench.clips import Clip
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.pcm import Int16, from_bytes, level
from voicebot.caller.playout import Playout
from voicebot.caller.wire import (
    FRAME,
    FRAME_SECONDS,
    SILENT_FRAME,
    BotMistake,
    Clear,
    Mark,
    Media,
    Sender,
    read,
)

Ended = Literal["caller", "bot", "interrupted", "lost"]

AUDIBLE: Final = -45.0
"""dBFS from which on 20 ms of the bot's channel count as sound, for taking turns only."""
_NOISE_FRAMES: Final = 50


@dataclass(frozen=True, slots=True)
class Arrival:
    """`size` samples of bot audio arrived `at` seconds after the call's first frame began."""

    at: float
    size: int


@dataclass(frozen=True, slots=True)
class MarkSent:
    """The bot sent the mark `name` behind its first `before` samples."""

    at: float
    name: str
    before: int


@dataclass(frozen=True, slots=True)
class Cleared:
    """The bot took back the `dropped` samples that had not been played."""

    at: float
    dropped: int


@dataclass(frozen=True, slots=True)
class Said:
    """The caller said `clip` from frame `start` to frame `end` (behind the last)."""

    clip: Clip
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CallLog:
    """A call as the caller's end saw it.

    `caller` and `bot` are 16-bit samples at 8 kHz, equally long; `outgoing[n]` is how many samples
    of frame n were bot audio and not the silence of an empty buffer; `began` is the moment of
    sample 0 on the wall clock (seconds since 1970); `late` is how many seconds the client ran
    behind time at worst.
    """

    number: str
    began: float
    caller: Int16
    bot: Int16
    outgoing: tuple[int, ...]
    arrivals: tuple[Arrival, ...]
    marks: tuple[MarkSent, ...]
    clears: tuple[Cleared, ...]
    said: tuple[Said, ...]
    ended: Ended
    late: float
    mistakes: int = 0

    @property
    def seconds(self) -> float:
        """How long the call was."""
        return len(self.outgoing) * FRAME_SECONDS


@dataclass(frozen=True, slots=True)
class Moment:
    """What a caller knows at the beginning of a frame.

    `frame` counts from the call's beginning; `audible` says whether the bot's last frame was;
    `idle` whether the network has nothing of the bot left to play.
    """

    frame: int
    audible: bool
    idle: bool


class Scenario(Protocol):
    """How a caller behaves: a clip to begin with this frame, "hang up", or nothing."""

    def step(self, moment: Moment) -> Clip | Literal["hang up"] | None:
        """What to do in the next 20 ms. Not asked while a clip is being said."""

    def over(self) -> None:
        """The call is over, whoever ended it."""


class MeasuredCall:
    """One call from `number`, performed by `scenario`; `parameters` come from the TwiML.

    A `Party` of `voicebot.caller.line.talk`. `noise` is the level of the line in dBFS; None is a
    line that sends no frames while nobody speaks, as some networks do.
    """

    def __init__(
        self,
        number: str,
        call_id: str,
        parameters: Mapping[str, str],
        scenario: Scenario,
        noise: float | None = -70.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.number = number
        self.hanging_up = False
        self._parameters = parameters
        self._sender = Sender(call=call_id)
        self._playout = Playout()
        self._scenario = scenario
        self._clock = clock
        self._sends_silence = noise is not None
        self._noise = [SILENT_FRAME] * _NOISE_FRAMES if noise is None else line_noise(noise, 1)
        self._began: float | None = None
        self._began_wall = 0.0
        self._late = 0.0
        self._caller = bytearray()
        self._bot = bytearray()
        self._outgoing: list[int] = []
        self._arrivals: list[Arrival] = []
        self._marks: list[MarkSent] = []
        self._clears: list[Cleared] = []
        self._received = 0
        self._said: list[Said] = []
        self._saying: tuple[Clip, int] | None = None  # and the frame it began with
        self._audible = False
        self._mistakes = 0

    @property
    def unplayed(self) -> float:
        """Seconds of the bot's audio that nobody has heard yet."""
        return self._playout.buffered / FRAME * FRAME_SECONDS

    def begin(self) -> list[str]:
        """The messages that open the stream."""
        return [self._sender.connected(), self._sender.start(self._parameters)]

    def step(self) -> list[str]:
        """20 ms have passed: what to send now."""
        messages = [self._sender.mark(name) for name in self._playout.due()]
        if self._began is None:
            self._began, self._began_wall = self._clock(), time.time()
        else:
            spoken = self._next_frame()
            if spoken is None:
                return [*messages, *self.hang_up()]
            if self._sends_silence or self._saying is not None:
                messages.append(self._sender.media(spoken))
            self._caller += spoken
            self._late = max(self._late, self._now() - len(self._outgoing) * FRAME_SECONDS)
        self._outgoing.append(min(self._playout.buffered, FRAME))
        heard = self._playout.play(FRAME)
        self._bot += heard
        self._audible = heard != SILENT_FRAME and level(from_bytes(ulaw_decode(heard))) >= AUDIBLE
        return messages

    def receive(self, message: str | bytes) -> list[str]:
        """The bot sent `message`: what to send back at once."""
        now = self._now()
        try:
            asked = read(message, self._sender.stream)
        except BotMistake:
            self._mistakes += 1
            return []
        match asked:
            case Media(audio):
                self._received += len(audio)
                self._arrivals.append(Arrival(now, len(audio)))
                self._playout.media(audio)
                return []
            case Mark(name):
                self._marks.append(MarkSent(now, name, self._received))
                self._playout.mark(name)
                return [self._sender.mark(name) for name in self._playout.due()]
            case Clear():
                self._clears.append(Cleared(now, self._playout.buffered))
                return [self._sender.mark(name) for name in self._playout.clear()]

    def hang_up(self) -> list[str]:
        """Put the receiver down."""
        self.hanging_up = True
        return [self._sender.stop()]

    def note(self, what: str, odd: bool = True) -> None:
        """Nothing is noted: what counts is in the log."""

    def log(self, ended: Ended) -> CallLog:
        """The call as it went."""
        frames = len(self._caller) // FRAME
        said = list(self._said)
        if self._saying is not None:
            said.append(Said(self._saying[0], self._saying[1], frames))
        return CallLog(
            number=self.number,
            began=self._began_wall,
            caller=from_bytes(ulaw_decode(bytes(self._caller))),
            bot=from_bytes(ulaw_decode(bytes(self._bot[: frames * FRAME]))),
            outgoing=tuple(self._outgoing[:frames]),
            arrivals=tuple(self._arrivals),
            marks=tuple(self._marks),
            clears=tuple(self._clears),
            said=tuple(said),
            ended=ended,
            late=self._late,
            mistakes=self._mistakes,
        )

    def _now(self) -> float:
        return 0.0 if self._began is None else self._clock() - self._began

    def _next_frame(self) -> bytes | None:
        """What the caller says in the frame that is just over; None to hang up."""
        frame = len(self._caller) // FRAME
        if self._saying is None:
            act = self._scenario.step(Moment(frame, self._audible, self._playout.idle))
            if act == "hang up":
                return None
            if act is None:
                return self._noise[frame % _NOISE_FRAMES]
            self._saying = (act, frame)
        clip, start = self._saying
        spoken = clip.frames[frame - start]
        if frame - start + 1 == len(clip.frames):
            self._said.append(Said(clip, start, frame + 1))
            self._saying = None
        return spoken


def line_noise(dbfs: float, seed: int) -> list[bytes]:
    """A second of noise at `dbfs`, in frames of mu-law."""
    random = np.random.default_rng(seed)
    amplitude = 32768.0 * 10.0 ** (dbfs / 20.0)
    samples = np.rint(random.normal(0.0, amplitude, FRAME * _NOISE_FRAMES))
    coded = ulaw_encode(np.clip(samples, -32768, 32767).astype("<i2").tobytes())
    return [coded[at : at + FRAME] for at in range(0, len(coded), FRAME)]
