import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.engines.ghosts import (
    is_hopeless,
    is_loop,
    is_phantom,
    is_silent,
    voiced_seconds,
    without_loop,
)

RATE = 16000


def noise(seconds, dbfs):
    random = np.random.default_rng(2)
    wave = random.normal(0, 32768 * 10 ** (dbfs / 20), round(seconds * RATE))
    return np.clip(wave, -32768, 32767).astype(np.int16)


SPEECH = np.concatenate([noise(1.0, -70), noise(0.8, -22), noise(1.0, -70)])
"""As loud and as long as two words, with a quiet line around."""


def test_silence_and_a_quiet_line_are_silent():
    assert is_silent(np.zeros(0, np.int16), RATE)
    assert is_silent(np.zeros(100, np.int16), RATE)
    assert is_silent(noise(2.0, -65), RATE)
    assert not is_silent(SPEECH, RATE)


@pytest.mark.parametrize("text", ["Thank you.", "you", "Thanks for watching!", "Bye-bye."])
def test_a_phantom_needs_a_sound_that_is_no_speech(text):
    assert is_phantom(text, noise(2.0, -30), RATE, 0.2, 0.8)  # steady
    assert is_phantom(text, SPEECH // 20, RATE, 0.2, 0.8)  # far too quiet
    assert is_phantom(text, SPEECH, RATE, 0.9, 0.8)  # says the recognizer itself
    assert is_phantom(text, SPEECH, RATE, 0.5, 0.4)  # a cough
    assert not is_phantom(text, SPEECH, RATE, 0.2, 0.4)
    assert not is_phantom(text, SPEECH, RATE, 0.5, 0.8)


def test_other_words_are_never_phantoms_but_marks_alone_are():
    assert not is_phantom("Block my card.", noise(2.0, -30), RATE, 0.9, 0.8)
    assert is_phantom(" . . .", SPEECH, RATE, 0.0, 0.8)
    assert is_phantom("", SPEECH, RATE, 0.0, 0.8)


def test_loops_are_faster_than_speech():
    assert voiced_seconds(SPEECH, RATE) == pytest.approx(0.8, abs=0.11)
    assert is_loop("nine nine nine nine", SPEECH, RATE)
    assert not is_loop("nine nine", SPEECH, RATE)
    assert not is_loop("one two three four", SPEECH, RATE)
    assert not is_loop("", SPEECH, RATE)
    assert not is_hopeless("5, 5, 5, 5", SPEECH, RATE)
    assert is_hopeless("5, 5, 5, 5, 5, 5, 5", SPEECH, RATE)
    assert is_loop("Enter 35. Enter 35.", SPEECH, RATE)
    assert not is_loop("P-I-T-T-S-B-U-R-G-H", SPEECH, RATE)  # fast, but mostly no repetition


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("I want five five five five", "I want five"),
        ("no no no thank you", "no thank you"),
        ("Enter 35. Enter 35. Enter 35.", "Enter 35."),
        ("one two three", "one two three"),
        ("", ""),
    ],
)
def test_a_loop_is_cut_to_one_turn(text, cut):
    assert without_loop(text) == cut


@given(st.text(max_size=80))
def test_cutting_never_raises_and_only_removes(text):
    cut = without_loop(text)
    assert cut == text or len(cut) < len(text)
