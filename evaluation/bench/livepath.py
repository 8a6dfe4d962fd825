"""Recognition as it happens in a call, without the call: the agent's own ear in virtual time.

Frames of a recording go through the agent's voice activity and its call machine; wherever the
machine wants something transcribed, the agent's recognizer does it, and its answer comes back after
the CPU time that it took. So the recognizer gets the very slices of a real call, also those that
are thrown away because the caller goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from evaluation.bench.calls import line_noise
from evaluation.bench.clips import Clip
from voicebot.audio.g711 import ulaw_decode
from voicebot.caller.wire import FRAME_SECONDS
from voicebot.config import Settings
from voicebot.conversation import commands as do
from voicebot.conversation.activity import ActivitySettings, SpeechDetector
from voicebot.conversation.call import CallMachine
from voicebot.conversation.events import (
    CallStarted,
    Event,
    Reply,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
    Transcript,
    TurnHint,
)
from voicebot.engines.base import Recognizer, TurnPredictor, VoiceActivity
from voicebot.server.listener import Listener
from voicebot.server.parts import policy_from
from voicebot.telephony.base import LINE_RATE

BEFORE: Final = 0.5
"""Seconds of line noise before the recording."""
AFTER: Final = 3.0
"""Seconds of line noise behind it, within which every turn is over."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the agent understood of a recording.

    `attempts` at recognition took `cpu` seconds; judging whether the turn sounds complete took
    `judging` seconds.
    """

    text: str
    turns: int
    attempts: int
    cpu: float
    judging: float = 0.0


class LivePath:
    """Hears recordings as the agent does. Not for several threads: CPU time is the process's."""

    def __init__(
        self,
        settings: Settings,
        recognizer: Recognizer,
        activity: Callable[[], VoiceActivity],
        predictor: TurnPredictor | None = None,
    ) -> None:
        self._settings = settings
        self._recognizer = recognizer
        self._activity = activity
        self._predictor = predictor

    def hear(self, clip: Clip) -> Heard:
        """The recording as one call. Raises EngineError."""
        call = _VirtualCall(self._settings, self._recognizer, self._activity(), self._predictor)
        noise = line_noise(clip.noise, seed=1)
        before, after = round(BEFORE / FRAME_SECONDS), round(AFTER / FRAME_SECONDS)
        frames = [noise[n % len(noise)] for n in range(before)]
        frames += clip.frames
        frames += [noise[n % len(noise)] for n in range(after)]
        return call.run(frames)


class _VirtualCall:
    def __init__(
        self,
        settings: Settings,
        recognizer: Recognizer,
        activity: VoiceActivity,
        predictor: TurnPredictor | None,
    ) -> None:
        self._pause = settings.turns.pause
        self._recognizer = recognizer
        self._predictor = predictor
        self._machine = CallMachine(policy_from(settings))
        detector = SpeechDetector(ActivitySettings(pause=settings.turns.pause))
        self._listener = Listener(activity, detector, self._from_ear, settings.turns.longest, 0.0)
        self._now = 0.0
        self._timers: dict[str, float] = {}
        self._answers: list[tuple[float, Transcript | TurnHint]] = []
        self._texts: list[str] = []
        self._attempts = 0
        self._cpu = self._judging = 0.0

    def run(self, frames: Sequence[bytes]) -> Heard:
        self._handle(CallStarted("benchmark"))
        for number, frame in enumerate(frames, 1):
            self._pass_time_until(number * FRAME_SECONDS)
            self._listener.feed(ulaw_decode(frame), self._now)
        text = " ".join(self._texts)
        return Heard(text, len(self._texts), self._attempts, self._cpu, self._judging)

    def _pass_time_until(self, until: float) -> None:
        """Timers and answers of recognition come in the order of their time."""
        while True:
            due = [(at, name) for name, at in self._timers.items()]
            due += [(at, "") for at, _ in self._answers]
            at, name = min(due, default=(until, ""))
            if at >= until:
                self._now = until
                return
            self._now = max(self._now, at)
            if name:
                del self._timers[name]
                self._handle(TimerFired(name))
            else:
                self._answers.sort(key=lambda answer: answer[0])
                self._handle(self._answers.pop(0)[1])

    def _from_ear(self, event: SpeechStarted | SpeechPaused) -> None:
        self._handle(event)

    def _handle(self, event: Event) -> None:
        for command in self._machine.handle(event, self._now):
            match command:
                case do.SetTimer(name, at):
                    self._timers[name] = at
                case do.CancelTimer(name):
                    self._timers.pop(name, None)
                case do.Transcribe(partial=True):
                    pass  # nobody reads along on a telephone
                case do.Transcribe():
                    self._transcribe(command)
                case do.JudgeTurn():
                    self._judge(command)
                case do.CancelTranscribe(attempt):
                    self._answers = [one for one in self._answers if one[1].attempt != attempt]
                case do.AskDialogue(turn, text):
                    self._texts.append(text)
                    self._handle(Reply(turn, ()))
                case do.TellDialogue(turn):
                    self._handle(Reply(turn, ()))

    def _transcribe(self, command: do.Transcribe) -> None:
        pcm = self._listener.slice(command.since, command.until + self._pause)
        began = time.process_time()
        heard = self._recognizer.recognize(pcm, LINE_RATE, command.hints)
        took = time.process_time() - began
        self._attempts += 1
        self._cpu += took
        answer = Transcript(command.attempt, heard.text, heard.confidence, heard.alternatives)
        self._answers.append((self._now + took, answer))

    def _judge(self, command: do.JudgeTurn) -> None:
        if self._predictor is None:
            return
        pcm = self._listener.slice(command.since, command.until + self._pause)
        began = time.process_time()
        probability = self._predictor.probability(pcm, LINE_RATE)
        took = time.process_time() - began
        self._judging += took
        if probability is not None:
            self._answers.append((self._now + took, TurnHint(command.attempt, probability)))
