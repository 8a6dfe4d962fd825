"""A telephone line for the stage, in virtual time: frames of mu-law arrive, and the real ear hears.

A `Tape` is what the caller's side sends: audio, and which words are said where in it. `lost`,
`jittered`, `drifting` and others are what networks make of its frames. A `Line` is a `Stage` whose
caller is a listener at the end of that line. What recognition answers is what is known of the audio
that it was given: nothing where nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tests.conversation.account import every_step_is_accounted_for
from tests.conversation.stage import Sounding, Stage
from voicebot.audio.echo import SentAudio
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.pcm import Float32, Int16, to_bytes
from voicebot.conversation import commands as do
from voicebot.conversation.activity import ActivitySettings, SpeechDetector
from voicebot.conversation.events import Event, SpeechPaused, SpeechStarted, Transcript
from voicebot.engines.base import VoiceActivity
from voicebot.server.listener import Listener
from voicebot.telephony.base import LINE_RATE

FRAME = 160
STEP = FRAME / LINE_RATE
TICK = 0.1
"""Seconds between looks at a line on which nothing comes."""
PAUSE = 0.096
"""Seconds of silence after which recognition starts, as the agent is set."""
LATE = 0.5
"""Share of a phrase that must be in the audio for recognition to know it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that are said in `frames` frames of a tape, which tell it from the same words again."""

    number: int
    text: str
    frames: int


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of mu-law that arrive at `at` (s since the call began), and what they are a part of."""

    at: float
    audio: bytes
    phrases: tuple[Phrase, ...] = ()


class Tape:
    """`seconds` of what the caller's side sends, at first silence."""

    def __init__(self, seconds: float) -> None:
        self.samples: Float32 = np.zeros(round(seconds / STEP) * FRAME, np.float32)
        self._said: list[tuple[int, int, Phrase]] = []  # first frame, frame behind the last

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / LINE_RATE

    def lay(self, at: float, samples: Int16 | Float32, text: str = "") -> float:
        """Mix `samples` in from `at` (s) on, in which `text` is said; the time of their end."""
        first = round(at * LINE_RATE)
        room = samples[: max(len(self.samples) - first, 0)]
        self.samples[first : first + len(room)] += room
        if text:
            frames = first // FRAME, -(-(first + len(samples)) // FRAME)
            phrase = Phrase(len(self._said), text, frames[1] - frames[0])
            self._said.append((*frames, phrase))
        return at + len(samples) / LINE_RATE

    def frames(
        self, gain: float = 1.0, offset: float = 0.0, until: float | None = None
    ) -> list[Frame]:
        """As a line carries it: amplified, shifted, clipped to 16 bits; each once complete.

        Only what comes before `until` (s), if that is given.
        """
        count = len(self.samples) if until is None else round(until / STEP) * FRAME
        shifted = np.rint(self.samples[:count] * gain + offset)
        wave = np.clip(shifted, -32768, 32767).astype(np.int16)
        coded = ulaw_encode(to_bytes(wave))
        said: dict[int, tuple[Phrase, ...]] = {}
        for first, last, phrase in self._said:
            for number in range(first, last):
                said[number] = (*said.get(number, ()), phrase)
        return [
            Frame((n + 1) * STEP, coded[n * FRAME : (n + 1) * FRAME], said.get(n, ()))
            for n in range(len(coded) // FRAME)
        ]


# ── what networks make of it ──────────────────────────────────────────────────────────────────


def lost(frames: Iterable[Frame], share: float, seed: int) -> list[Frame]:
    """Some never arrive."""
    draw = np.random.default_rng(seed)
    return [frame for frame in frames if draw.random() >= share]


def jittered(
    frames: Iterable[Frame], most: float, seed: int, *, in_order: bool = True
) -> list[Frame]:
    """Each is up to `most` seconds late; a websocket keeps them `in_order`, a datagram does not."""
    draw = np.random.default_rng(seed)
    late = [replace(frame, at=frame.at + draw.uniform(0.0, most)) for frame in frames]
    if not in_order:
        return sorted(late, key=lambda frame: frame.at)
    latest = 0.0
    for number, frame in enumerate(late):
        latest = max(latest, frame.at)
        late[number] = replace(frame, at=latest)
    return late


def drifting(frames: Iterable[Frame], ppm: float) -> list[Frame]:
    """The sender's clock is quicker than ours by `ppm` millionths."""
    return [replace(frame, at=frame.at / (1.0 + ppm * 1e-6)) for frame in frames]


def stalled(frames: Iterable[Frame], at: float, seconds: float) -> list[Frame]:
    """Nothing gets through for a while; then all of it comes at once."""
    return [
        replace(frame, at=at + seconds) if at <= frame.at < at + seconds else frame
        for frame in frames
    ]


def left_out(frames: Iterable[Frame], since: float, until: float) -> list[Frame]:
    """A network that sends nothing in between."""
    return [frame for frame in frames if not since <= frame.at < until]


# ── the line ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Line(Stage):
    """A stage whose caller is heard by a `Listener`, with `activity` as its voice activity.

    `recognizer`, if there is one, makes text of audio; `deaf` makes another event, or none, of a
    command to transcribe.
    """

    activity: VoiceActivity | None = None
    recognizer: Callable[[Int16], str] | None = None
    deaf: Callable[[do.Transcribe], Event | None] | None = None
    most_kept: float = field(default=0.0, init=False)  # seconds of audio in memory, at most
    apart: float = field(default=0.0, init=False)  # seconds between timeline and clock, at most

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.activity is not None
        self.noticed: list[SpeechStarted | SpeechPaused] = []
        self._sent = SentAudio()
        self.listener = Listener(
            self.activity,
            SpeechDetector(ActivitySettings(pause=PAUSE)),
            self._notice,
            self.policy.longest,
            0.0,
            self._sent,
        )
        self._places: dict[Phrase, list[float]] = {}  # where its frames lie on the timeline
        self._sounded = 0  # frames of the bot that were written

    def hear(self, frames: Sequence[Frame], until: float | None = None) -> Line:
        """Time passes until `until` (s), or the last frame, or the end of the call."""
        end = until if until is not None else frames[-1].at
        for at, frame in _in_time(frames, end):
            self.run(at)
            self._speak_until(at)
            if self.ended:
                break
            if frame is None:
                self.listener.tick(at)
            else:
                self._arrives(frame)
            self.most_kept = max(self.most_kept, len(self.listener._kept) / 2 / LINE_RATE)
            if frame is not None and at > 1.0:
                self.apart = max(self.apart, abs(self.listener.now - at))
        return self

    def feed(self, event: Event) -> None:
        super().feed(event)
        every_step_is_accounted_for(self)

    # ── what a test looks at ──────────────────────────────────────────────────────────────────

    def turns(self) -> list[str]:
        """What the dialogue was told that the caller said."""
        return [asked.text for asked in self.all(do.AskDialogue)]

    def told(self) -> list[str]:
        """What happened besides words."""
        return [told.name for told in self.all(do.TellDialogue)]

    # ── the shell ─────────────────────────────────────────────────────────────────────────────

    def _arrives(self, frame: Frame) -> None:
        began = self.listener.feed(ulaw_decode(frame.audio), frame.at)
        for phrase in frame.phrases if began is not None else ():
            self._places.setdefault(phrase, []).append(began)

    def _notice(self, event: SpeechStarted | SpeechPaused) -> None:
        self.noticed.append(event)
        self.feed(event)

    def _recognized(self, command: do.Transcribe) -> Event | None:
        if command.partial:
            return None  # nobody reads along on a telephone
        if self.deaf is not None:
            return self.deaf(command)
        until = command.until + PAUSE
        pcm = self.listener.slice(command.since, until)
        if self.recognizer is not None:
            return Transcript(command.attempt, self.recognizer(pcm), 0.9)
        ends = min(until, self.listener.now)
        return Transcript(command.attempt, self._known(ends - len(pcm) / LINE_RATE, ends), 0.9)

    def _known(self, since: float, until: float) -> str:
        words = []
        for phrase, places in sorted(self._places.items(), key=lambda item: item[1][0]):
            heard = sum(since - STEP / 2 <= at < until for at in places)
            if heard >= LATE * phrase.frames:
                words.append(phrase.text)
        return " ".join(words)

    def _speak_until(self, now: float) -> None:
        """The bot's voice sounds, so that the ear knows that it does."""
        while (at := self._sounded * STEP) < now:
            if any(_sounds(sounding, at) for sounding in self.line[-4:]):
                self._sent.write(_voice(self._sounded), at)
            self._sounded += 1


def _in_time(frames: Sequence[Frame], end: float) -> Iterator[tuple[float, Frame | None]]:
    """Frames when they arrive, and a tick ten times a second."""
    ticks = 1
    for frame in frames:
        while ticks * TICK <= min(frame.at, end):
            yield ticks * TICK, None
            ticks += 1
        if frame.at > end:
            return
        yield frame.at, frame
    while ticks * TICK <= end:
        yield ticks * TICK, None
        ticks += 1


def _sounds(sounding: Sounding, at: float) -> bool:
    return sounding.begins <= at < sounding.ends


def _voice(number: int) -> Int16:
    """A frame of what stands for the bot's voice: as loud as one, and like nobody else's."""
    return np.random.default_rng(number).normal(0.0, 3000.0, FRAME).astype(np.int16)
