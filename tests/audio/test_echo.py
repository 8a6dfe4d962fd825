"""The bot's own voice coming back is told from a caller's."""

from __future__ import annotations

import numpy as np
import pytest

from voicebot.audio.echo import (
    AHEAD,
    COMPARED,
    LONGEST_DELAY,
    RATE,
    SentAudio,
    is_echo,
    without_echo,
)
from voicebot.audio.pcm import Int16


def wave(seconds: float, seed: int, level: float = 3000.0) -> Int16:
    random = np.random.default_rng(seed)
    return np.asarray(random.normal(0.0, level, round(seconds * RATE)), dtype=np.int16)


def sent_in_frames(samples: Int16, at: float) -> SentAudio:
    sent = SentAudio()
    for start in range(0, len(samples), 160):
        sent.write(samples[start : start + 160], at + start / RATE)
    return sent


@pytest.mark.parametrize("delay", [-0.09, 0.0, 0.02, 0.3, 0.66])
@pytest.mark.parametrize("until", [1.0, 1.97, 7.5])
def test_a_copy_is_found_at_any_delay(delay: float, until: float) -> None:
    voice = wave(until + 1.0, 1)
    sent = sent_in_frames(voice[: round((until + AHEAD) * RATE)], 0.0)
    end = round((until - delay) * RATE)
    copy = (voice[end - COMPARED : end] * 0.05).astype(np.int16)
    assert is_echo(copy, sent.around(until))
    assert is_echo((-copy).astype(np.int16), sent.around(until))
    assert not is_echo(wave(0.256, 2), sent.around(until))


def test_what_was_sent_too_long_ago_is_forgotten() -> None:
    voice = wave(5.0, 1)
    sent = sent_in_frames(voice, 0.0)
    end = round((4.5 - LONGEST_DELAY - 0.1) * RATE)
    assert not is_echo(voice[end - COMPARED : end], sent.around(4.5))
    assert not np.any(sent.around(60.0))


def test_silence_is_no_echo_of_silence() -> None:
    sent = SentAudio()
    assert not is_echo(np.zeros(COMPARED, np.int16), sent.around(1.0))
    assert not is_echo(wave(0.256, 3), sent.around(1.0))
    assert not is_echo(np.full(COMPARED, 900, np.int16), sent_in_frames(wave(2, 1), 0).around(1.5))


def test_gaps_are_silence_and_cleared_audio_is_replaced() -> None:
    sent = SentAudio()
    sent.write(np.full(800, 5, np.int16), 1.0)
    sent.write(np.full(800, 7, np.int16), 1.3)
    sent.write(np.full(160, 9, np.int16), 1.35)
    kept = sent.around(1.9)
    times = (0.98, 1.05, 1.2, 1.32, 1.36, 1.4)
    at = [int(kept[round((t - 1.9 - AHEAD) * RATE)]) for t in times]
    assert at == [0, 5, 0, 7, 9, 0]


def test_whether_the_bot_sounds() -> None:
    sent = SentAudio()
    assert not sent.audible(0.0, 0.5)
    sent.write(wave(1.0, 1), 2.0)
    assert sent.audible(2.5, 0.1)
    assert sent.audible(3.4, 0.5)
    assert not sent.audible(3.6, 0.5)
    sent.write(np.zeros(800, np.int16), 3.0)
    assert not sent.audible(3.6, 0.5)


def test_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="2048"):
        is_echo(np.zeros(100, np.int16), SentAudio().around(1.0))


def echo_of(voice: Int16, delay: int) -> Int16:
    """Delayed, quieter, with a low-pass."""
    late = np.concatenate([np.zeros(delay), voice])[: len(voice)].astype(np.float64)
    return np.asarray(np.convolve(late, [0.05, 0.12, 0.05])[: len(voice)], dtype=np.int16)


def power(samples: Int16) -> float:
    return float(np.mean(samples.astype(np.float64) ** 2))


@pytest.mark.parametrize("delay", [0, 160, 1000, 4000])
def test_what_is_recognized_is_free_of_the_echo(delay: int) -> None:
    voice = wave(2.4, 1)
    sent = sent_in_frames(voice, 0.0)
    heard = echo_of(voice, delay)[8000:19000]
    caller = wave(0.3, 2, 1500.0)
    heard[8000:10400] += caller
    cleaned = without_echo(heard, 1.0, 8000, sent)
    assert power(cleaned[:8000]) < power(heard[:8000]) / 100
    assert power((cleaned[8000:10400] - caller).astype(np.int16)) < power(caller) / 100


def test_without_an_echo_nothing_is_touched() -> None:
    sent = sent_in_frames(wave(3.0, 1), 0.0)
    heard = wave(1.5, 2)
    assert without_echo(heard, 1.0, 8000, sent) is heard
    assert without_echo(heard, 1.0, 0, sent) is heard
    assert without_echo(np.zeros(0, np.int16), 1.0, 0, sent).shape == (0,)
    assert without_echo(np.zeros(9000, np.int16), 1.0, 8000, sent).any() == np.False_


def test_a_hum_is_no_echo_of_a_vowel() -> None:
    time = np.arange(3 * RATE) / RATE
    vowel = (3000 * np.sin(2 * np.pi * 120 * time)).astype(np.int16)
    sent = sent_in_frames(vowel[: 2 * RATE], 0.0)
    hum = (6000 * np.sin(2 * np.pi * 120 * time + 1)).astype(np.int16)[:9600]
    assert without_echo(hum, 1.0, 4800, sent) is hum
