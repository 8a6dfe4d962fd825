"""The real voice activity model on real speech, silence and noise."""

import time

import numpy as np
import pytest

from tests.engines.realaudio import (
    LINE,
    SILERO,
    needs_data,
    needs_silero,
    noise,
    recording,
    silence,
)
from voicebot.engines.base import EngineError
from voicebot.engines.silero import WINDOW, SileroModel

pytestmark = [pytest.mark.real, needs_silero]


@pytest.fixture(scope="module")
def model():
    return SileroModel(SILERO)


def probabilities(model, audio):
    stream = model.stream()
    whole = audio[: len(audio) // WINDOW * WINDOW].reshape(-1, WINDOW)
    return np.array([stream.probability(window) for window in whole])


@needs_data
@pytest.mark.parametrize("name", ["cen8-ffmm-b", "an313-fkai-b", "cen7-fplp-b"])
def test_speech_is_heard_between_two_silences(model, name):
    speech = recording("an4", name)
    heard = probabilities(model, np.concatenate([silence(1.0), speech, silence(1.5)])) > 0.5
    seconds = np.flatnonzero(heard) * WINDOW / LINE
    assert seconds[0] >= 1.0
    assert seconds[-1] <= 1.0 + len(speech) / LINE + 0.3
    assert heard.sum() * WINDOW / LINE > 0.4 * len(speech) / LINE


@pytest.mark.parametrize("audio", [silence(3.0), noise(3.0, -60.0), noise(3.0, -35.0)])
def test_silence_and_steady_noise_are_not_speech(model, audio):
    assert np.max(probabilities(model, audio)) < 0.5


@needs_data
def test_streams_do_not_disturb_each_other(model):
    speech = recording("an4", "cen8-ffmm-b")
    alone = probabilities(model, speech)
    one, other = model.stream(), model.stream()
    together = []
    for window in speech[: len(speech) // WINDOW * WINDOW].reshape(-1, WINDOW):
        together.append(one.probability(window))
        other.probability(window[::-1].copy())
    assert np.array_equal(alone, together)


def test_a_window_is_cheap_enough_for_the_event_loop(model):
    stream, window = model.stream(), noise(WINDOW / LINE, -30.0)
    began = time.thread_time()
    for _ in range(200):
        stream.probability(window)
    assert (time.thread_time() - began) / 200 < 0.002  # 0.1 to 0.2 ms, and room for a busy machine


@pytest.mark.parametrize("samples", [0, WINDOW - 1, WINDOW + 1])
def test_another_number_of_samples_is_refused(model, samples):
    with pytest.raises(ValueError, match="256 samples"):
        model.stream().probability(np.zeros(samples, np.int16))


def test_a_missing_or_damaged_model_says_what_to_do(tmp_path):
    with pytest.raises(EngineError, match=r"--fetch silero"):
        SileroModel(tmp_path / "none.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    with pytest.raises(EngineError, match=r"--fetch silero"):
        SileroModel(tmp_path / "bad.onnx")


@needs_data
@pytest.mark.parametrize("first", ["cen8-ffmm-b", "an313-fkai-b", "cen7-fplp-b"])
def test_what_was_said_before_does_not_delay_the_next_beginning(model, first):
    digits = ["3_yweweler_0", "4_yweweler_0", "7_yweweler_13", "2_yweweler_10"]
    before = [recording("an4", first), silence(3.0)]
    said = [part for name in digits for part in (recording("digits", name), silence(0.1))]
    heard = probabilities(model, np.concatenate([*before, *said])) > 0.5
    begin = sum(map(len, before)) / LINE
    seconds = np.flatnonzero(heard) * WINDOW / LINE
    assert seconds[seconds > begin - 0.5][0] < begin + 0.22
