"""Speaking over the bot, in virtual time: what the parts decide, without a socket or a clock.

The real voice activity, recognizer, call machine and listener hear the bot's real voice going out
and a caller who says something over it at a random moment: a human recording (an interruption), or
a synthetic sound of listening (`evaluation.backchannels`). Recognition takes a fixed time, so that
the figures depend on nothing but the audio. With `--echo DB` the bot's voice comes back.

    python -m evaluation.interruptions --set FOLDER [--set FOLDER ...] [--count N] [--echo DB]
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluation.audible import audible
from evaluation.backchannels import backchannels
from evaluation.cases import CasesError, line_audio, read_cases
from voicebot.audio.echo import SentAudio
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.pcm import Int16, from_bytes, to_bytes
from voicebot.config import Settings
from voicebot.conversation import commands as do
from voicebot.conversation.activity import ActivitySettings, SpeechDetector
from voicebot.conversation.call import CallMachine
from voicebot.conversation.commands import Command
from voicebot.conversation.events import (
    CallStarted,
    Event,
    MarkEchoed,
    PieceRendered,
    PieceSent,
    PieceStarted,
    Reply,
    TimerFired,
    Transcript,
)
from voicebot.conversation.policy import Policy
from voicebot.engines.base import EngineError, Synthesizer, VoiceSettings
from voicebot.engines.espeak import EspeakSynthesizer
from voicebot.engines.hibari import HibariSynthesizer
from voicebot.engines.silero import SileroModel
from voicebot.engines.whisper import WhisperRecognizer
from voicebot.models import ModelMissing, ModelStore
from voicebot.server.listener import Listener
from voicebot.telephony.base import LINE_RATE

FRAME: Final = LINE_RATE // 50
STEP: Final = FRAME / LINE_RATE
RECOGNITION: Final = 0.25
"""Seconds that recognition takes."""
LINE_NOISE: Final = 6.0  # amplitude: about -75 dBFS
ECHO_DELAY: Final = 0.12  # seconds
LONGEST: Final = 4.0  # seconds of a recording that are used
EARLIEST, LATEST = 0.4, 5.0  # seconds of the bot's speech before the caller begins

SPEECHES: Final = (
    "You have twelve hundred dollars in checking, and four thousand dollars in savings. "
    "The last payment was forty two dollars to the city library, on Monday.",
    "I can help you with your balance, with transfers between your accounts, and with your cards. "
    "You can also ask me to put you through to a colleague at any time.",
    "Your card ending in four eight two one was used three times this week, at the grocery store, "
    "at the gas station, and in an online shop for books.",
)


@dataclass(frozen=True, slots=True)
class Sound:
    """Something said over the bot, at line rate, and whether it is meant to interrupt.

    It can be heard from `onset` (s) on.
    """

    name: str
    interrupts: bool
    samples: Int16
    onset: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a sound; times in seconds from its first audible moment.

    `paused`: when the bot fell silent (None: it did not); `early`: it did before there was a sound.
    `resumed`: when it went on. `asked`: what the dialogue was told the caller said.
    """

    sound: Sound
    paused: float | None
    early: bool
    resumed: float | None
    asked: str | None
    heard: str


class Line:
    """One call: the bot speaks, the caller says one thing; time runs in frames of 20 ms."""

    def __init__(self, engines: Engines, speech: str) -> None:
        self._engines = engines
        self._speech = speech
        self._machine = CallMachine(engines.policy)
        self._sent = SentAudio()
        self._listener = Listener(
            engines.silero.stream(),
            SpeechDetector(ActivitySettings()),
            self._notice,
            engines.policy.longest,
            0.0,
            self._sent,
        )
        self._order = itertools.count()
        self._agenda: list[tuple[float, int, Event]] = []
        self._timers: dict[str, int] = {}
        self._pieces: deque[tuple[str, Int16, int]] = deque()  # name, samples, next sample
        self.now = 0.0
        self.out: list[Int16] = []
        self.commands: list[tuple[float, Command]] = []
        self.heard = ""
        self._feed(CallStarted("evaluation"))

    def step(self, caller: Int16) -> None:
        """20 ms pass; `caller` is what came from the caller meanwhile."""
        self.out.append(self._frame())
        self._sent.write(self.out[-1], self.now)
        self.now += STEP
        self._listener.feed(caller.tobytes(), self.now)
        while self._agenda and self._agenda[0][0] <= self.now + 1e-9:
            _, number, event = heapq.heappop(self._agenda)
            if isinstance(event, TimerFired) and self._timers.get(event.name) != number:
                continue
            self._feed(event)

    def _frame(self) -> Int16:
        while self._pieces:
            name, samples, at = self._pieces.popleft()
            if at >= len(samples):
                self._feed(MarkEchoed(name))
                continue
            frame = samples[at : at + FRAME]
            self._pieces.appendleft((name, samples, at + FRAME))
            if at + FRAME >= len(samples):
                self._feed(PieceSent(name, len(samples) / LINE_RATE))
            return np.pad(frame, (0, FRAME - len(frame)))
        return np.zeros(FRAME, np.int16)

    def _notice(self, event: Event) -> None:
        self._later(event)

    def _later(self, event: Event, seconds: float = 0.0) -> int:
        number = next(self._order)
        heapq.heappush(self._agenda, (self.now + seconds, number, event))
        return number

    def _feed(self, event: Event) -> None:
        for command in self._machine.handle(event, self.now):
            self.commands.append((self.now, command))
            self._carry_out(command)

    def _carry_out(self, command: Command) -> None:
        match command:
            case do.Say(piece, text, _, since):
                samples = self._engines.voice(text)
                self._later(PieceRendered(piece, len(samples) / LINE_RATE))
                self._later(PieceStarted(piece, since))
                self._pieces.append((piece, samples[round(since * LINE_RATE) :], 0))
            case do.ClearAudio():
                self._pieces.clear()
            case do.SetTimer(name, at):
                self._timers[name] = self._later(TimerFired(name), max(at - self.now, 0.0))
            case do.CancelTimer(name):
                self._timers.pop(name, None)
            case do.Transcribe(attempt, since, until):
                audio = self._listener.slice(since, until + ActivitySettings().pause)
                found = self._engines.whisper.recognize(audio, LINE_RATE)
                self.heard = found.text
                self._later(Transcript(attempt, found.text, found.confidence), RECOGNITION)
            case do.TellDialogue(turn, "start"):
                self._later(Reply(turn, (self._speech,)))
            case _:
                pass


class Engines:
    """The models, loaded once."""

    def __init__(self, settings: Settings) -> None:
        """Raises ModelMissing, EngineError."""
        models = ModelStore(settings.models_dir)
        self.policy = Policy()
        self.silero = SileroModel(models.path("silero"))
        self.whisper = WhisperRecognizer(models.path(f"whisper-{settings.whisper_model}"))
        self.hibari = HibariSynthesizer()
        self._spoken: dict[str, Int16] = {}

    def voice(self, text: str) -> Int16:
        """The bot's audio of a piece."""
        if text not in self._spoken:
            chunks = list(self.hibari.stream(text, LINE_RATE, VoiceSettings()))
            self._spoken[text] = np.concatenate([*chunks, np.zeros(0, np.int16)])
        return self._spoken[text]


def over_the_bot(
    engines: Engines,
    sound: Sound,
    draw: np.random.Generator,
    echo: float | None = None,
    delay: float = ECHO_DELAY,
) -> Outcome:
    """One call in which `sound` comes while the bot speaks, whose voice comes back at `echo` dB."""
    line = Line(engines, str(draw.choice(SPEECHES)))
    begins = round(draw.uniform(EARLIEST, LATEST) / STEP) * FRAME + int(draw.integers(FRAME))
    end = begins + len(sound.samples)
    seconds = end / LINE_RATE + engines.policy.silence + 3.0
    for number in range(round(seconds / STEP)):
        wave = _caller(sound, begins, number, draw)
        if echo is not None:
            wave += _echo(line.out, number - round(delay / STEP), echo)
        line.step(_on_the_line(wave))
    onset = begins / LINE_RATE + sound.onset
    over = [(at - onset, c) for at, c in line.commands]
    pauses = [at for at, c in over if isinstance(c, do.ClearAudio)]
    return Outcome(
        sound,
        paused=next((at for at in pauses if at > -sound.onset), None),
        early=any(at <= -sound.onset for at in pauses),
        resumed=next(
            (at for at, c in over if isinstance(c, do.Say) and c.resumes and at > 0), None
        ),
        asked=next((c.text for _, c in over if isinstance(c, do.AskDialogue)), None),
        heard=line.heard,
    )


def _caller(
    sound: Sound, begins: int, number: int, draw: np.random.Generator
) -> NDArray[np.float64]:
    """What comes from the caller in frame `number`: line noise, and the sound."""
    wave = draw.normal(0.0, LINE_NOISE, FRAME)
    first = number * FRAME - begins
    said = sound.samples[max(first, 0) : max(first + FRAME, 0)]
    at = max(-first, 0)
    wave[at : at + len(said)] += said[: FRAME - at]
    return wave


def _echo(out: Sequence[Int16], number: int, decibels: float) -> NDArray[np.float64]:
    """The bot's frame `number`, quieter and with a mild low-pass."""
    if not 0 < number < len(out):
        return np.zeros(FRAME)
    copy = np.concatenate((out[number - 1][-1:], out[number])).astype(np.float64)
    return np.asarray(10 ** (decibels / 20) * (0.7 * copy[1:] + 0.3 * copy[:-1]))


def _on_the_line(wave: NDArray[np.float64]) -> Int16:
    samples = np.clip(np.rint(wave), -32768, 32767).astype(np.int16)
    return from_bytes(ulaw_decode(ulaw_encode(to_bytes(samples))))


def interruptions(sets: Sequence[Path], count: int) -> Iterator[Sound]:
    """`count` human recordings of at least half a second, cut to four. Raises CasesError."""
    cases = [case for folder in sets for case in read_cases(folder)]
    draw = np.random.default_rng(1)
    found = 0
    for number in draw.permutation(len(cases)):
        samples = line_audio(cases[number])
        speech = audible(samples, LINE_RATE)
        if speech is None or speech.end - speech.start < 0.5:
            continue
        lead = min(speech.start, 0.1)
        cut = samples[round((speech.start - lead) * LINE_RATE) :]
        yield Sound(cases[number].id, True, cut[: round(LONGEST * LINE_RATE)], lead)
        found += 1
        if found == count:
            return


def signs_of_listening(count: int) -> Iterator[Sound]:
    """`count` synthetic sounds. Raises EngineError."""
    voices: dict[str, Synthesizer] = {
        "hibari": HibariSynthesizer(),
        "espeak": EspeakSynthesizer(),
        "espeak f3": EspeakSynthesizer(voice="en-us+f3"),
    }
    for sound in backchannels(count, voices):
        yield Sound(f"{sound.label} ({sound.made_by})", False, sound.samples, 0.0)


def report(outcomes: Sequence[Outcome]) -> str:
    """The figures, and what went wrong."""
    real = [o for o in outcomes if o.sound.interrupts]
    signs = [o for o in outcomes if not o.sound.interrupts]
    missed = [o for o in real if o.asked is None]
    stopped = [o for o in signs if o.asked is not None or (o.paused and o.resumed is None)]
    lines = [
        _percentiles("real interruptions: paused after", [o.paused for o in real], len(real)),
        _share("  missed (no turn came of it)", missed, real),
        _share("  went on in the middle", [o for o in real if o.resumed is not None], real),
        _percentiles("signs of listening: paused after", [o.paused for o in signs], len(signs)),
        _percentiles(
            "  silent for", [o.resumed - (o.paused or 0) for o in signs if o.resumed], len(signs)
        ),
        _share("  stopped for good", stopped, signs),
    ]
    lines.append(
        _share("paused before anything was said", [o for o in outcomes if o.early], outcomes)
    )
    lines += [f"    {o.sound.name}: {o.heard!r}" for o in (*missed, *stopped)]
    return "\n".join(line for line in lines if line)


def _percentiles(name: str, values: Sequence[float | None], of: int) -> str:
    there = [value for value in values if value is not None]
    if not there:
        return f"{name}: never (of {of})" if of else ""
    p50, p95 = np.percentile(there, [50, 95])
    return f"{name}: p50 {p50 * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms ({len(there)} of {of})"


def _share(name: str, some: Sequence[Outcome], every: Sequence[Outcome]) -> str:
    return f"{name}: {len(some)} of {len(every)}" if every else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.interruptions")
    parser.add_argument("--set", dest="sets", type=Path, action="append", required=True)
    parser.add_argument("--count", type=int, default=100, help="sounds of each kind")
    parser.add_argument("--echo", type=float, help="dB of the bot's voice on the caller's line")
    asked = parser.parse_args(arguments)
    try:
        engines = Engines(Settings())
        sounds = [*interruptions(asked.sets, asked.count), *signs_of_listening(asked.count)]
    except (CasesError, ModelMissing, EngineError) as error:
        print(error, file=sys.stderr)
        return 1
    draw = np.random.default_rng(7)
    print(report([over_the_bot(engines, sound, draw, asked.echo) for sound in sounds]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
