"""The real voice."""

import threading

import numpy as np
import pytest

from voicebot.audio.pcm import level, loudest
from voicebot.engines.base import EngineError, VoiceSettings
from voicebot.engines.hibari import HibariSynthesizer

pytestmark = pytest.mark.real

LINE = 8000
TWO = "Welcome to Harbour Bank. How can I help you?"


@pytest.fixture(scope="module")
def voice():
    return HibariSynthesizer()


def said(voice, text, rate=1.0, out_rate=LINE):
    chunks = list(voice.stream(text, out_rate, VoiceSettings(rate)))
    return np.concatenate(chunks) if chunks else np.zeros(0, np.int16)


def test_every_sentence_is_a_chunk_and_the_first_sounds_at_once(voice):
    chunks = list(voice.stream(TWO, LINE, VoiceSettings()))
    assert len(chunks) == 2
    assert all(chunk.dtype == np.int16 for chunk in chunks)
    assert loudest(chunks[0][: LINE // 10], LINE // 100) > -40.0  # within 100 ms


def test_the_level_suits_a_telephone(voice):
    audio = said(voice, TWO)
    assert -25.0 < level(audio) < -17.0
    assert np.max(np.abs(audio.astype(int))) < 32000


def test_chunks_join_in_silence(voice):
    for chunk in voice.stream(TWO, LINE, VoiceSettings()):
        assert np.max(np.abs(chunk[:20].astype(int))) < 400
        assert np.max(np.abs(chunk[-20:].astype(int))) < 400


def test_rates_make_it_longer_and_shorter(voice):
    normal = len(said(voice, TWO))
    assert len(said(voice, TWO, 0.8)) > 1.1 * normal
    assert len(said(voice, TWO, 1.3)) < 0.9 * normal


def test_other_line_rates(voice):
    seconds = len(said(voice, "Hello.")) / LINE
    assert len(said(voice, "Hello.", out_rate=24000)) / 24000 == pytest.approx(seconds, abs=0.002)


def test_the_same_text_is_the_same_audio_also_beside_another(voice):
    first = said(voice, TWO)
    results = []
    threads = [
        threading.Thread(target=lambda t=t: results.append((t, said(voice, t))))
        for t in (TWO, "Something else is said meanwhile.")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(dict(results)[TWO], first)


@pytest.mark.parametrize("text", ["", "   ", "...", "?!", "\n\t"])
def test_nothing_to_say(voice, text):
    assert len(said(voice, text)) == 0


@pytest.mark.parametrize("text", ["日本語", "naïve café", "a" * 300, "😀 hello", "x\x00y"])
def test_odd_text_does_no_harm(voice, text):
    said(voice, text)


def test_limits(voice):
    with pytest.raises(EngineError, match="at most 1000"):
        said(voice, "a" * 1001)
    for rate in (0.0, 0.4, 2.1, float("nan"), float("inf")):
        with pytest.raises(EngineError, match="speaking rate"):
            said(voice, "Hello.", rate)
