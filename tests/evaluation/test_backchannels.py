"""Synthetic sounds of listening are the same for the same seed, and fit for the line."""

from __future__ import annotations

import numpy as np

from evaluation.backchannels import RATE, backchannels
from voicebot.engines.hibari import HibariSynthesizer


def test_sounds_repeat_and_are_short_and_audible() -> None:
    voices = {"hibari": HibariSynthesizer()}
    first = list(backchannels(20, voices, seed=4))
    again = list(backchannels(20, voices, seed=4))
    other = list(backchannels(20, voices, seed=5))
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(first, again, strict=True))
    assert any(len(a.samples) != len(b.samples) for a, b in zip(first, other, strict=True))
    for sound in first:
        assert 0.01 * RATE < len(sound.samples) < 1.5 * RATE
        assert int(np.abs(sound.samples.astype(np.int32)).max()) > 500
    assert {sound.made_by for sound in first} == {"hibari", "hum", "noise"}
    assert sum(sound.is_noise for sound in first) == 4


def test_without_a_voice_there_are_hums_and_noises() -> None:
    assert {sound.made_by for sound in backchannels(10, {})} == {"hum", "noise"}
