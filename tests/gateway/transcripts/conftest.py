"""Recordings in every form, and the circumstances of a step."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from gateway.content import Content, Kind
from gateway.errors import CancelledError
from gateway.speech.formats import program
from gateway.transcripts.settings import TranscriptSettings
from tests.engines.realaudio import MODELS
from voicebot.audio.pcm import Int16
from voicebot.engines.base import VoiceSettings
from voicebot.engines.hibari import HibariSynthesizer

RATE = 16000

needs_tiny = pytest.mark.skipif(
    not (MODELS / "whisper-tiny.en" / "model.bin").is_file()
    or not (MODELS / "silero" / "silero_vad.onnx").is_file(),
    reason="no Whisper or Silero model here; run `make models`",
)
needs_base = pytest.mark.skipif(
    not (MODELS / "whisper-base" / "model.bin").is_file(),
    reason="no multilingual model here; run `python -m voicebot.models --fetch whisper-base`",
)


@dataclass
class Step:
    """Remembers the progress; is called off when it has come to `until`."""

    folder: Path
    key: str = "job-1/0"
    until: float = 2.0
    told: list[float] = field(default_factory=list)

    def progress(self, done: float) -> None:
        self.told.append(done)
        if done >= self.until:
            raise CancelledError("called off")


@pytest.fixture
def step(tmp_path) -> Step:
    folder = tmp_path / "step"
    folder.mkdir()
    return Step(folder)


@pytest.fixture
def settings() -> TranscriptSettings:
    return TranscriptSettings(model="tiny.en", models_dir=MODELS)


def silence(seconds: float) -> Int16:
    return np.zeros(round(seconds * RATE), np.int16)


def write_wav(path: Path, samples: Int16, rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def make(*arguments: str | Path) -> None:
    """Run ffmpeg."""
    command = [program(), "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=60)


@pytest.fixture(scope="session")
def voice() -> Callable[[str], Int16]:
    """Says a sentence at 16 kHz."""
    hibari = HibariSynthesizer()
    return lambda text: np.concatenate(list(hibari.stream(text, RATE, VoiceSettings())))


SENTENCES = (
    "Good morning, this is the harbour bank.",
    "Your new card was sent last Tuesday.",
    "Please call us again if it has not arrived.",
)


@pytest.fixture(scope="session")
def spoken(voice) -> Int16:
    """Three sentences with long pauses between."""
    parts = [part for text in SENTENCES for part in (silence(10), voice(text))]
    return np.concatenate([*parts, silence(3)])


@pytest.fixture(scope="session")
def recording(spoken, tmp_path_factory) -> Path:
    return write_wav(tmp_path_factory.mktemp("recording") / "spoken.wav", spoken)


def content(path: Path, media_type: str = "audio/wav", **details: str) -> Content:
    return Content(Kind.VOICE, path, media_type, details)
