"""Coqui in its own process: a stand-in that misbehaves, and the real one with a tiny model."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from voicebot.audio.pcm import level
from voicebot.config import ROOT
from voicebot.engines import coqui
from voicebot.engines.base import EngineError, VoiceSettings
from voicebot.engines.coqui import CoquiSynthesizer

PYTHON = ROOT / ".venv-coqui" / "bin" / "python"
TINY = Path(__file__).with_name("coqui_tiny.py")
needs_coqui = pytest.mark.skipif(
    not PYTHON.exists(), reason="Coqui is not installed here; run `make coqui`"
)

STAND_IN = """
import json, math, os, struct, sys, time
def send(kind, content):
    sys.stdout.buffer.write(struct.pack(">cI", kind, len(content)) + content)
    sys.stdout.buffer.flush()
def tone(count):
    return struct.pack(f"<{count}h", *(int(8000 * math.sin(i / 5)) for i in range(count)))
starts = open(sys.argv[1]).read()
exec(starts)
send(b"R", json.dumps({"rate": 16000, "name": "stand-in"}).encode())
while head := sys.stdin.buffer.read(5):
    request = json.loads(sys.stdin.buffer.read(struct.unpack(">cI", head)[1]))
    text = request["text"]
    if text == "fail":
        send(b"X", b"no such letter")
    elif text == "die":
        os._exit(1)
    elif text == "hang":
        time.sleep(60)
    elif text == "much":
        sys.stdout.buffer.write(struct.pack(">cI", b"A", 1 << 30))
        sys.stdout.buffer.flush()
    else:
        send(b"A", tone(round(len(text) * 800 / request["speed"])))
"""


@pytest.fixture
def voice(tmp_path):
    """A voice whose program is the stand-in; it executes `starts` first."""
    made = []

    def make(starts=""):
        (tmp_path / "child.py").write_text(STAND_IN)
        (tmp_path / "model.pth").write_text(starts)
        (tmp_path / "config.json").write_text("{}")
        made.append(
            CoquiSynthesizer(
                Path(sys.executable),
                tmp_path / "model.pth",
                tmp_path / "config.json",
                child=tmp_path / "child.py",
            )
        )
        return made[-1]

    yield make
    for one in made:
        one.close()


def said(voice, text, rate=1.0, out_rate=16000):
    chunks = list(voice.stream(text, out_rate, VoiceSettings(rate)))
    return np.concatenate(chunks) if chunks else np.zeros(0, np.int16)


def test_sentences_are_chunks_at_the_level_of_a_telephone(voice):
    tones = voice()
    chunks = list(tones.stream("Hello there. And again.", 8000, VoiceSettings()))
    assert len(chunks) == 2
    assert len(chunks[0]) == 12 * 400
    assert level(chunks[0]) == pytest.approx(-20, abs=1)


def test_rates(voice):
    tones = voice()
    assert len(said(tones, "Hello.", 0.5)) == pytest.approx(
        2 * len(said(tones, "Hello.")), rel=0.05
    )


def test_a_text_that_fails_does_not_end_the_program(voice):
    tones = voice()
    with pytest.raises(EngineError, match="can't say this: no such letter"):
        said(tones, "fail")
    process = tones._process
    assert len(said(tones, "Hello.")) > 0
    assert tones._process is process


@pytest.mark.parametrize(
    ("text", "reason"), [("die", "has ended"), ("much", "1073741824 bytes"), ("hang", "overloaded")]
)
def test_after_a_breakdown_it_is_started_again(voice, monkeypatch, text, reason):
    tones = voice()
    said(tones, "Hello.")
    monkeypatch.setattr(coqui, "_SAYING", 0.3)
    with pytest.raises(EngineError, match=reason):
        said(tones, text)
    monkeypatch.setattr(coqui, "_SAYING", 30.0)
    assert len(said(tones, "Hello.")) > 0


def test_one_that_was_killed_meanwhile_is_started_again(voice):
    tones = voice()
    said(tones, "Hello.")
    os.kill(tones._process.pid, signal.SIGKILL)
    tones._process.wait(10)
    assert len(said(tones, "Hello.")) > 0


@pytest.mark.parametrize(
    ("starts", "reason"),
    [
        ("send(b'X', b'no model'); sys.exit(1)", "can't be loaded: no model"),
        ("sys.exit(1)", "has ended"),
    ],
)
def test_a_program_that_does_not_start(voice, starts, reason):
    with pytest.raises(EngineError, match=reason):
        said(voice(starts), "Hello.")


def test_several_threads_take_turns(voice):
    tones = voice()
    texts = ["a" * count for count in range(2, 10)]
    found = {}
    threads = [
        threading.Thread(target=lambda t=text: found.update({t: len(said(tones, t))}))
        for text in texts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {text: len(text) * 800 for text in texts}


def test_nothing_to_say_starts_nothing(voice):
    tones = voice("sys.exit(1)")
    for text in ("", " ", "...", "\x00"):
        assert len(said(tones, text)) == 0


def test_limits(voice):
    with pytest.raises(EngineError, match="at most 1000"):
        said(voice(), "a" * 1001)
    with pytest.raises(EngineError, match="speaking rate"):
        said(voice(), "Hello.", 5.0)


def test_what_is_missing_is_named(tmp_path):
    model, config = tmp_path / "model.pth", tmp_path / "config.json"
    with pytest.raises(EngineError, match="make coqui"):
        CoquiSynthesizer(tmp_path / "no" / "bin" / "python", model, config)
    with pytest.raises(EngineError, match=r"model\.pth is missing"):
        CoquiSynthesizer(Path(sys.executable), model, config)


@needs_coqui
@pytest.mark.real
def test_a_tiny_model_is_made_saved_loaded_and_speaks(tmp_path):
    subprocess.run([PYTHON, TINY, tmp_path], check=True, timeout=300)
    model, config = tmp_path / "model.pth", tmp_path / "config.json"
    assert 500_000 < model.stat().st_size < 3_000_000
    voice = CoquiSynthesizer(PYTHON, model, config)
    try:
        audio = said(voice, "hello there, this is only noise.", out_rate=8000)
        assert 0.5 < len(audio) / 8000 < 10
        assert np.array_equal(audio, said(voice, "hello there, this is only noise.", out_rate=8000))
        slow = said(voice, "hello there, this is only noise.", 0.5, 8000)
        assert len(slow) > 1.4 * len(audio)
    finally:
        voice.close()
    model.write_bytes(b"no model")
    broken = CoquiSynthesizer(PYTHON, model, config)
    with pytest.raises(EngineError, match="can't be loaded"):
        said(broken, "hello")
