"""Real recordings and real models for the tests of the speech engines."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.pcm import Int16, from_bytes, to_bytes
from voicebot.audio.resample import resample

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
MODELS = Path(os.environ.get("VOICEBOT_MODELS_DIR", ROOT / "models" / "files"))
WHISPER = MODELS / "whisper-tiny.en"
SILERO = MODELS / "silero" / "silero_vad.onnx"
SMART_TURN = MODELS / "smart-turn" / "smart-turn-v3.2-cpu.onnx"
LINE = 8000

needs_whisper = pytest.mark.skipif(
    not (WHISPER / "model.bin").is_file(), reason="no Whisper model here; run `make models`"
)
needs_silero = pytest.mark.skipif(
    not SILERO.is_file(), reason="no Silero model here; run `make models`"
)
needs_smart_turn = pytest.mark.skipif(
    not SMART_TURN.is_file(), reason="no end-of-turn model here; run `make models`"
)
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the recordings are not here (../shared/data)"
)


def over_the_line(samples: Int16, rate: int) -> Int16:
    """What a telephone network makes of audio: 8 kHz, mu-law."""
    narrow = resample(samples, rate, LINE)
    return from_bytes(ulaw_decode(ulaw_encode(to_bytes(narrow))))


def recording(folder: str, name: str) -> Int16:
    """A recording of the test data, as a telephone delivers it."""
    samples, rate = soundfile.read(DATA / folder / "audio" / f"{name}.flac", dtype="int16")
    return over_the_line(samples, rate)


def transcripts(folder: str) -> dict[str, str]:
    """What is said in the recordings, by name."""
    lines = (DATA / folder / "cases.jsonl").read_text().splitlines()
    return {case["id"]: case["text"] for case in map(json.loads, lines)}


def silence(seconds: float) -> Int16:
    return np.zeros(round(seconds * LINE), np.int16)


def noise(seconds: float, dbfs: float, seed: int = 1) -> Int16:
    """Steady white noise of a level."""
    random = np.random.default_rng(seed)
    wave = random.normal(0.0, 32768.0 * 10.0 ** (dbfs / 20.0), round(seconds * LINE))
    return np.clip(wave, -32768, 32767).astype(np.int16)
