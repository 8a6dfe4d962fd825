"""The fallback voice: the real program, and programs that misbehave."""

import shutil

import numpy as np
import pytest

from voicebot.audio.pcm import level
from voicebot.engines import espeak
from voicebot.engines.base import EngineError, VoiceSettings
from voicebot.engines.espeak import EspeakSynthesizer

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed (apt-get install)"
)


def said(voice, text, rate=1.0):
    chunks = list(voice.stream(text, 8000, VoiceSettings(rate)))
    return np.concatenate(chunks) if chunks else np.zeros(0, np.int16)


@pytest.fixture
def program(tmp_path):
    """Makes a stand-in for espeak-ng out of a shell script."""

    def make(script):
        path = tmp_path / "stand-in"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return EspeakSynthesizer(program=str(path))

    return make


@needs_espeak
def test_it_speaks_at_the_rate_and_level_of_a_telephone():
    audio = said(EspeakSynthesizer(), "Welcome to Harbour Bank.")
    assert 0.8 < len(audio) / 8000 < 4.0
    assert -26.0 < level(audio) < -16.0
    assert len(said(EspeakSynthesizer(), "Welcome to Harbour Bank.", 0.6)) > 1.2 * len(audio)


@needs_espeak
@pytest.mark.parametrize("text", ["--version", "; rm -rf /", "$(reboot)", "-f /etc/passwd"])
def test_text_is_only_text(text):
    assert len(said(EspeakSynthesizer(), text)) > 0


@pytest.mark.parametrize("text", ["", " ", "...", "\x00"])
def test_nothing_to_say_starts_nothing(program, text):
    assert len(said(program("exit 1"), text)) == 0


def test_a_missing_program_names_the_package():
    with pytest.raises(EngineError, match="apt-get install espeak-ng"):
        EspeakSynthesizer(program="no-such-program")


def test_a_failing_program_says_why(program):
    with pytest.raises(EngineError, match="status 3: no voice"):
        said(program("echo no voice >&2; exit 3"), "Hello.")


@pytest.mark.parametrize("script", ["true", "cat", "head -c 100 /dev/zero"])
def test_what_is_no_audio_is_refused(program, script):
    with pytest.raises(EngineError, match="no usable audio"):
        said(program(script), "Hello.")


def test_a_hanging_program_is_stopped(program, monkeypatch):
    monkeypatch.setattr(espeak, "_TIME_LIMIT", 0.05)
    with pytest.raises(EngineError, match="overloaded"):
        said(program("exec sleep 60"), "Hello.")


def test_a_vanished_program_is_an_engine_error(program, tmp_path):
    voice = program("true")
    (tmp_path / "stand-in").unlink()
    with pytest.raises(EngineError, match="can't be started"):
        said(voice, "Hello.")


def test_limits(program):
    with pytest.raises(EngineError, match="at most 1000"):
        said(program("true"), "a" * 1001)
    with pytest.raises(EngineError, match="speaking rate"):
        said(program("true"), "Hello.", 5.0)
