import numpy as np
import pytest

from voicebot.audio.pcm import level
from voicebot.audio.speech import LEVEL, amplify, fade_in, gain_for, quiet_moment, trim

RATE = 8000


def noise(seconds: float, amplitude: float):
    random = np.random.default_rng(3)
    return random.normal(0, amplitude, round(seconds * RATE)).astype(np.int16)


def silence(seconds: float):
    return np.zeros(round(seconds * RATE), np.int16)


def test_silence_around_speech_is_cut_to_a_rest():
    trimmed = trim(np.concatenate([silence(1.0), noise(0.5, 3000), silence(1.0)]), RATE)
    assert len(trimmed) == round(0.7 * RATE)
    assert not trimmed[: round(0.01 * RATE)].any()
    assert not trimmed[-round(0.19 * RATE) :].any()


def test_speech_without_silence_stays_whole():
    speech = noise(0.5, 3000)
    assert np.array_equal(trim(speech, RATE), speech)


def test_pauses_inside_stay():
    audio = np.concatenate([noise(0.3, 3000), silence(0.6), noise(0.3, 3000)])
    assert np.array_equal(trim(audio, RATE), audio)


@pytest.mark.parametrize("audio", [silence(1.0), silence(0.0), noise(1.0, 20)])
def test_what_cannot_be_heard_is_nothing(audio):
    assert len(trim(audio, RATE)) == 0


@pytest.mark.parametrize("amplitude", [300, 3000, 6000])
def test_the_level_is_that_of_a_telephone_voice_whatever_the_pauses(amplitude):
    audio = np.concatenate([noise(0.5, amplitude), silence(2.0)])
    speech = amplify(audio, gain_for(audio, RATE))[: RATE // 2]
    assert level(speech) == pytest.approx(LEVEL, abs=0.5)


def test_peaks_are_never_clipped():
    audio = silence(1.0)
    audio[::400] = 20000  # clicks: a high peak on a low level
    assert np.max(amplify(audio, gain_for(audio, RATE))) <= 32767 * 10 ** (-1 / 20) + 1


def test_silence_is_not_amplified():
    assert gain_for(silence(1.0), RATE) == 1.0
    assert gain_for(silence(0.0), RATE) == 1.0


def test_speech_is_taken_up_between_two_sounds() -> None:
    wave = np.full(4000, 3000, np.int16)
    wave[2360:2440] = 10
    assert quiet_moment(wave, 3000, 8000) == 2360
    assert quiet_moment(wave, 0, 8000) == 0
    assert quiet_moment(wave[:100], 3000, 8000) == 100


def test_a_beginning_within_a_sound_is_soft() -> None:
    faded = fade_in(np.full(400, 8000, np.int16), 8000)
    assert faded[0] == 0
    assert np.all(np.diff(faded[:40]) >= 0)
    assert np.all(faded[40:] == 8000)
    assert len(fade_in(np.zeros(0, np.int16), 8000)) == 0
