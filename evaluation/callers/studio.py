"""The turns of a script made ready to be said: recordings read, texts spoken, sounds of listening.

All of it blocks and belongs into a worker thread, before the call or in it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

from evaluation.backchannels import listening_sound
from evaluation.bench.clips import Clip, clip_of, load
from evaluation.cases import Case as Recording
from evaluation.cases import CasesError
from evaluation.lines import active_level
from evaluation.sets.model import Case, Say
from voicebot.audio.pcm import Int16
from voicebot.audio.speech import LEVEL
from voicebot.conversation.events import Expectation
from voicebot.engines.base import EngineError


class Unspeakable(ValueError):
    """A turn of a case can't be said; the message says where and why."""


class Speech(Protocol):
    """Says a text with the voice of that name; blocking. `evaluation.callers.voices` has one."""

    def say(self, text: str, name: str) -> Int16:
        """Samples at 8 kHz. Raises VoiceUnknown and EngineError."""


class Studio:
    """Makes clips of what the cases of a set say; `folder` is the set's."""

    def __init__(self, folder: Path, speech: Speech) -> None:
        self._folder = folder
        self._speech = speech

    def clips(self, case: Case, seed: int) -> dict[int, Clip]:
        """What is said in each speaking turn of a case, by the turn's number.

        `seed` makes the sounds of listening. Raises Unspeakable.
        """
        return {
            number: self._clip(case, number, turn, seed)
            for number, turn in enumerate(case.turns)
            if isinstance(turn, Say)
        }

    def _clip(self, case: Case, number: int, say: Say, seed: int) -> Clip:
        name = f"{case.id} {number}"
        try:
            clip = self._made(name, case, say, seed)
        except (CasesError, EngineError, ValueError) as error:
            raise Unspeakable(f"{_place(case, number)}: {error}") from error
        if clip is None:
            what = say.audio or f"{say.text!r} by the voice {say.voice or case.voice}"
            raise Unspeakable(f"{_place(case, number)}: nothing can be heard in {what}")
        return clip

    def _made(self, name: str, case: Case, say: Say, seed: int) -> Clip | None:
        if say.audio is not None:
            path = self._folder / say.audio
            return load(Recording(name, path, say.text or None, Expectation()), case.id)
        sound = listening_sound(say.text, _seed(seed, name)) if say.backchannel else None
        if sound is not None:
            return clip_of(name, case.id, say.text, sound.samples)
        spoken = self._speech.say(say.text, say.voice or case.voice)
        return clip_of(name, case.id, say.text, spoken)


def speech_level(clips: dict[int, Clip]) -> float:
    """The level of what is said in a call (dBFS): of its longest utterance, or the usual one."""
    longest = max(clips.values(), key=lambda clip: len(clip.frames), default=None)
    return LEVEL if longest is None else active_level(longest.pcm)


def _place(case: Case, number: int) -> str:
    return f"{case.where or case.id}, turn {number + 1}"


def _seed(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "big")
