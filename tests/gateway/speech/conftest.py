"""A voice that hums, and the circumstances of a step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gateway.errors import CancelledError
from gateway.speech.voices import VoiceInfo, Voices
from voicebot.engines.base import EngineError


class Hum:
    """Hums a hundredth of a second for each character, and knows what it was asked for."""

    def __init__(self, name: str = "hum 1") -> None:
        self.name = name
        self.said: list[str] = []
        self.rates: list[float] = []
        self.breaks_at = ""

    def stream(self, text, out_rate, settings):
        if self.breaks_at and self.breaks_at in text:
            raise EngineError("it coughs")
        self.said.append(text)
        self.rates.append(settings.rate)
        seconds = len(text) / 100 / settings.rate
        time = np.arange(round(seconds * out_rate)) / out_rate
        yield (np.sin(2 * np.pi * 300 * time) * 8000).astype(np.int16)


class Hums:
    """A family of them: an English and a German one, and one that is not there."""

    name = "hum"

    def __init__(self) -> None:
        self.made: dict[str, Hum] = {}

    def voices(self):
        return [
            VoiceInfo("hum:en", "en-US", "hums", "none"),
            VoiceInfo("hum:de", "de", "hums", "none", also=("gsw",)),
            VoiceInfo("hum:fr", "fr", "hums", "none", missing="`make french`"),
        ]

    def load(self, voice):
        return self.made.setdefault(voice.name, Hum(voice.name))


class Step:
    """The circumstances of a step; it is called off when so much is done."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = "job-1"
        self.done: list[float] = []
        self.call_off_at = 2.0

    def progress(self, done: float) -> None:
        self.done.append(done)
        if done >= self.call_off_at:
            raise CancelledError("called off")


@pytest.fixture
def hums():
    return Hums()


@pytest.fixture
def voices(hums):
    return Voices([hums], "hum:en")


@pytest.fixture
def step(tmp_path):
    folder = tmp_path / "step"
    folder.mkdir()
    return Step(folder)
