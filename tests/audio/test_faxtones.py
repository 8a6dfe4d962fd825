"""Fax tones are heard at every frequency and level that T.30 allows, and never in speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from voicebot.audio.faxtones import ToneDetector, answer_tone, calling_tone, tone
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.tones import KEYS, dtmf, ringback

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def over_ulaw(samples: np.ndarray) -> np.ndarray:
    return np.frombuffer(ulaw_decode(ulaw_encode(samples.tobytes())), np.int16)


def heard_at(detector: ToneDetector, samples: np.ndarray) -> float | None:
    """Seconds, in frames of 20 ms."""
    for start in range(0, len(samples), 160):
        if detector.feed(samples[start : start + 160]):
            return (start + 160) / 8000
    return None


def around(samples: np.ndarray, before: float = 0.2) -> np.ndarray:
    quiet = np.zeros(round(before * 8000), np.int16)
    return np.concatenate((quiet, samples, np.zeros(4000, np.int16)))


@pytest.mark.parametrize("hertz", [1062, 1080, 1100, 1120, 1138])
@pytest.mark.parametrize("level", [-40.0, -13.0, -3.0])
@pytest.mark.parametrize("before", [0.2, 0.213, 0.237])
def test_the_shortest_calling_tone_is_heard_before_it_ends(hertz, level, before):
    at = heard_at(calling_tone(), over_ulaw(around(tone(hertz, 0.425, level), before)))
    assert at is not None
    assert at - before <= 0.425


@pytest.mark.parametrize("signal_to_noise", [20.0, 8.0])
def test_it_is_heard_over_noise(signal_to_noise):
    noisy = around(tone(1100, 0.5)).astype(float)
    loudness = 32767 * 10 ** ((-16 - signal_to_noise) / 20)
    noisy += np.random.default_rng(1).normal(0, loudness, len(noisy))
    assert heard_at(calling_tone(), noisy.astype(np.int16)) is not None


def test_each_tone_is_heard_once():
    detector = calling_tone()
    twice = np.concatenate((around(tone(1100, 0.5)), around(tone(1100, 0.5))))
    frames = [twice[at : at + 160] for at in range(0, len(twice), 160)]
    assert sum(detector.feed(frame) for frame in frames) == 2


def test_an_answer_tone_is_heard_between_its_phase_reversals():
    answer = np.concatenate([tone(2100, 0.45), -tone(2100, 0.45), tone(2100, 0.45)])
    assert heard_at(answer_tone(), around(answer)) is not None
    assert heard_at(answer_tone(), around(tone(2100, 2.6))) is not None


@pytest.mark.parametrize("hertz", [440, 1000, 1040, 1160, 1209, 1300, 2100])
def test_other_tones_are_no_calling_tone(hertz):
    assert heard_at(calling_tone(), around(tone(hertz, 3.0))) is None


def test_keys_ringing_and_silence_are_neither():
    for detector in (calling_tone(), answer_tone()):
        for key in KEYS:
            assert heard_at(detector, around(dtmf(key, 0.6))) is None
        assert heard_at(detector, ringback(6.0)) is None
        assert heard_at(detector, np.zeros(80000, np.int16)) is None


def test_a_beep_is_too_short():
    assert heard_at(calling_tone(), around(tone(1100, 0.25))) is None


def test_how_it_is_cut_makes_no_difference():
    samples = around(tone(1100, 0.5))
    assert calling_tone().feed(samples)
    assert heard_at(calling_tone(), samples) is not None


@pytest.mark.skipif(not DATA.is_dir(), reason="there is no ../shared/data with recorded speech")
def test_no_speech_is_taken_for_a_fax():
    seconds, alarms = 0.0, []
    for file in sorted(DATA.glob("*/**/*.flac")):
        speech, rate = soundfile.read(file, dtype="int16")
        if rate != 8000:
            speech = np.asarray(soxr.resample(speech, rate, 8000, quality="LQ"), np.int16)
        speech = over_ulaw(speech)
        seconds += len(speech) / 8000
        alarms += [file.name for d in (calling_tone(), answer_tone()) if d.feed(speech)]
    assert seconds > 1800
    assert alarms == []
