import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.audio.resample import Resampler, resample

PAIRS = [(16000, 8000), (48000, 8000), (24000, 8000), (8000, 16000), (44100, 8000), (22050, 8000)]


def tone(hertz: float, rate: int, seconds: float = 1.0, amplitude: float = 10000.0):
    time = np.arange(int(rate * seconds)) / rate
    return np.round(amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


def whole(samples, in_rate, out_rate):
    resampler = Resampler(in_rate, out_rate)
    return np.concatenate([resampler.process(samples), resampler.flush()])


@pytest.mark.parametrize(("in_rate", "out_rate"), PAIRS)
def test_a_tone_keeps_its_pitch_level_and_place(in_rate, out_rate):
    converted = whole(tone(1000, in_rate), in_rate, out_rate)
    expected = tone(1000, out_rate)
    assert len(converted) == len(expected)
    middle = slice(200, -200)
    assert np.max(np.abs(converted[middle].astype(int) - expected[middle])) <= 20


@pytest.mark.parametrize(("in_rate", "out_rate"), PAIRS)
def test_it_agrees_with_soxr(in_rate, out_rate):
    random = np.random.default_rng(1)
    noise = random.normal(0, 3000, in_rate // 4)
    box = np.ones(in_rate // 2500) / (in_rate // 2500)  # little is left above 2 kHz
    smooth = np.convolve(np.convolve(noise, box, "same"), box, "same").astype(np.int16)
    ours, theirs = whole(smooth, in_rate, out_rate), resample(smooth, in_rate, out_rate)
    n = min(len(ours), len(theirs))
    difference = ours[100 : n - 100].astype(float) - theirs[100 : n - 100]
    assert np.std(difference) < 0.05 * np.std(theirs)


def test_what_a_telephone_line_cannot_carry_does_not_fold_back():
    folded = whole(tone(6000, 16000), 16000, 8000)
    assert np.max(np.abs(folded[200:-200])) < 10000 * 10 ** (-60 / 20)


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 700), max_size=12),
    pair=st.sampled_from(PAIRS),
    seed=st.integers(0, 2**32 - 1),
)
def test_chunks_make_no_difference(cuts, pair, seed):
    samples = np.random.default_rng(seed).integers(-20000, 20000, 2000).astype(np.int16)
    resampler = Resampler(*pair)
    edges = sorted({min(c * 3, 2000) for c in cuts} | {0, 2000})
    parts = [resampler.process(samples[a:b]) for a, b in itertools.pairwise(edges)]
    joined = np.concatenate([*parts, resampler.flush()])
    together = whole(samples, *pair)
    assert len(joined) == len(together) == -(-2000 * pair[1] // pair[0])
    assert np.max(np.abs(joined.astype(int) - together)) <= 1  # the order of float additions


def test_it_lags_by_milliseconds_only():
    resampler = Resampler(48000, 8000)
    given_out = 0
    for frame in range(1, 20):
        given_out += len(resampler.process(np.zeros(960, np.int16)))
        assert frame * 160 - given_out <= 32
    assert resampler.delay == pytest.approx(0.003)


def test_after_a_flush_it_is_as_new():
    resampler = Resampler(16000, 8000)
    first = np.concatenate([resampler.process(tone(500, 16000)), resampler.flush()])
    second = np.concatenate([resampler.process(tone(500, 16000)), resampler.flush()])
    assert np.array_equal(first, second)


def test_equal_rates_pass_through():
    samples = tone(300, 8000)
    resampler = Resampler(8000, 8000)
    assert np.array_equal(resampler.process(samples), samples)
    assert len(resampler.flush()) == 0
    assert resampler.delay == 0.0
    assert np.array_equal(resample(samples, 8000, 8000), samples)


def test_nothing_in_nothing_out():
    resampler = Resampler(16000, 8000)
    assert len(resampler.process(np.zeros(0, np.int16))) == 0
    assert len(resampler.flush()) == 0
    assert len(resample(np.zeros(0, np.int16), 16000, 8000)) == 0


@pytest.mark.parametrize("rates", [(0, 8000), (8000, 10**6), (8000, -1), (8000, 191_999)])
def test_impossible_rates_are_refused(rates):
    with pytest.raises(ValueError, match="Hz"):
        Resampler(*rates)
