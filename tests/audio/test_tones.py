"""Tones have the right frequencies, lengths and soft edges."""

from __future__ import annotations

import numpy as np
import pytest

from voicebot.audio.tones import KEYS, RINGING, dtmf, ringback


def loudest(samples: np.ndarray, rate: int = 8000) -> set[int]:
    spectrum = np.abs(np.fft.rfft(samples.astype(float) * np.hanning(len(samples))))
    bins: list[int] = []
    for index in np.argsort(spectrum)[::-1]:
        hertz = round(float(index) * rate / len(samples))
        if all(abs(hertz - other) > 25 for other in bins):
            bins.append(hertz)
        if len(bins) == 2:
            break
    return set(bins)


@pytest.mark.parametrize("key", list(KEYS))
def test_a_key_sounds_with_its_two_frequencies(key: str) -> None:
    heard = loudest(dtmf(key, 0.5))
    assert all(min(abs(h - f) for h in heard) <= 3 for f in KEYS[key])


def test_ringing_is_two_seconds_of_tone_and_four_of_silence() -> None:
    tone = ringback(7.0)
    assert len(tone) == 56000
    assert all(min(abs(h - f) for h in loudest(tone[:16000])) <= 2 for f in RINGING)
    assert not tone[16000:48000].any()
    assert tone[48000:].any()
    assert len(ringback(0.0)) == 0


def test_tones_begin_and_end_softly() -> None:
    tone = dtmf("5", 0.1)
    assert abs(int(tone[0])) < 50
    assert abs(int(tone[-1])) < 50


def test_there_is_no_such_key() -> None:
    with pytest.raises(KeyError):
        dtmf("E", 0.1)
