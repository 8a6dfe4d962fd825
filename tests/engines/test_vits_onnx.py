"""Vits models in ONNX: a tiny one that is made here, and the real voice where it was fetched."""

import json
import re
import shutil

import jiwer
import numpy as np
import onnxruntime
import pytest

from tests.engines.realaudio import MODELS, WHISPER, needs_whisper, over_the_line
from voicebot.audio.pcm import level
from voicebot.engines.base import EngineError, VoiceSettings
from voicebot.engines.vits_onnx import VitsConfig, VitsOnnxSynthesizer
from voicebot.engines.whisper import WhisperRecognizer

JOE = MODELS / "piper-joe" / "en_US-joe-medium.onnx"
needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed (apt-get install)"
)
needs_joe = pytest.mark.skipif(
    not JOE.is_file(), reason="no voice here; run `python -m voicebot.models --fetch piper-joe`"
)
CONFIG = {
    "audio": {"sample_rate": 16000},
    "espeak": {"voice": "en-us"},
    "inference": {"noise_scale": 0.0, "length_scale": 1.0, "noise_w": 0.0},
    "phoneme_id_map": {"_": [0], "^": [1], "$": [2], " ": [3], "a": [4], "b": [5], ".": [6]},
}


class Session:
    """Stands in for a model: each id is a tenth of a second of a tone, by the length scale."""

    def __init__(self, *_, **__):
        self.asked = []

    def run(self, _, inputs):
        self.asked.append(inputs)
        count = inputs["input"].shape[1]
        time = np.arange(round(count * 1600 * float(inputs["scales"][1]))) / 16000
        return [(np.sin(2 * np.pi * 300 * time) * 3).astype(np.float32).reshape(1, 1, 1, -1)]


@pytest.fixture
def voice(tmp_path, monkeypatch):
    def make(**changes):
        (tmp_path / "v.onnx").write_bytes(b"model")
        (tmp_path / "v.onnx.json").write_text(json.dumps(CONFIG | changes))
        return VitsOnnxSynthesizer(tmp_path / "v.onnx")

    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    return make


def said(voice, text, rate=1.0, out_rate=16000):
    chunks = list(voice.stream(text, out_rate, VoiceSettings(rate)))
    return np.concatenate(chunks) if chunks else np.zeros(0, np.int16)


def test_numbers_of_phonemes(tmp_path):
    (tmp_path / "c.json").write_text(json.dumps(CONFIG))
    config = VitsConfig.read(tmp_path / "c.json")
    assert config.numbers("ab?.") == [1, 0, 4, 0, 5, 0, 6, 0, 2]


@needs_espeak
def test_sentences_are_chunks_at_the_level_of_a_telephone(voice):
    tones = voice()
    chunks = list(tones.stream("Abba. Abba.", 8000, VoiceSettings()))
    assert len(chunks) == 2
    assert level(chunks[0]) == pytest.approx(-20, abs=2)
    assert len(said(tones, "Abba.", rate=0.5)) > 1.6 * len(said(tones, "Abba."))


@needs_espeak
def test_speakers_are_named_only_where_there_are_several(voice):
    assert "sid" not in asked(voice())
    assert asked(voice(num_speakers=3))["sid"].tolist() == [0]


def asked(voice):
    said(voice, "Abba.")
    return voice._session.asked[-1]


@needs_espeak
@pytest.mark.parametrize("text", ["", " ", "...", "\x00"])
def test_nothing_to_say(voice, text):
    assert len(said(voice(), text)) == 0


@needs_espeak
def test_limits(voice):
    tones = voice()
    with pytest.raises(EngineError, match="at most 1000"):
        said(tones, "a" * 1001)
    with pytest.raises(EngineError, match="speaking rate"):
        said(tones, "Hello.", 5.0)


@needs_espeak
def test_damaged_files_are_named(tmp_path):
    model = tmp_path / "v.onnx"
    with pytest.raises(EngineError, match=r"v\.onnx\.json describes no voice"):
        VitsOnnxSynthesizer(model)
    (tmp_path / "v.onnx.json").write_text("[]")
    with pytest.raises(EngineError, match="describes no voice"):
        VitsOnnxSynthesizer(model)
    (tmp_path / "v.onnx.json").write_text(json.dumps(CONFIG))
    model.write_bytes(b"no model")
    with pytest.raises(EngineError, match="can't be loaded"):
        VitsOnnxSynthesizer(model)


@needs_espeak
@needs_joe
@needs_whisper
@pytest.mark.real
@pytest.mark.slow
def test_the_real_voice_is_understood_over_a_telephone():
    joe, recognizer = VitsOnnxSynthesizer(JOE), WhisperRecognizer(WHISPER)
    sentences = [
        "Welcome to the bank. How can I help you today?",
        "I'm putting you through to one of my colleagues.",
        "Please tell me what the payment was for.",
    ]
    audio = [over_the_line(said(joe, text, out_rate=8000), 8000) for text in sentences]
    heard = [recognizer.recognize(samples, 8000).text for samples in audio]
    plain = [[" ".join(re.findall("[a-z']+", t.lower())) for t in ts] for ts in (sentences, heard)]
    assert jiwer.wer(*plain) < 0.08
