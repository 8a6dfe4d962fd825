"""The end-of-turn model: its features against faster-whisper's, and real speech cut short."""

from pathlib import Path

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from tests.engines.realaudio import (
    DATA,
    LINE,
    SMART_TURN,
    needs_data,
    needs_smart_turn,
    noise,
    recording,
    silence,
)
from voicebot.audio.resample import resample
from voicebot.engines.base import EngineError, TurnPredictor
from voicebot.engines.smart_turn import Features, SmartTurn, Undecided, mel_filters


def by_faster_whisper(samples):
    """The features as another implementation has them, of audio padded and normalized here."""
    padded = np.pad(samples[-128000:], (max(128000 - len(samples), 0), 0)).astype(np.float64)
    normalized = (padded - padded.mean()) / np.sqrt(padded.var() + 1e-7)
    return FeatureExtractor()(normalized.astype(np.float32), padding=0)


@pytest.mark.parametrize("samples", [1, 160, 401, 16000, 40001, 127_700, 128_000, 200_000])
def test_features_are_those_of_whisper(samples):
    audio = (np.random.default_rng(3).normal(0.02, 0.1, samples)).astype(np.float32)
    ours, theirs = Features()(audio), by_faster_whisper(audio)
    assert ours.shape == (80, 800)
    assert ours.dtype == np.float32
    assert np.max(np.abs(ours - theirs)) < 1e-3


def test_features_of_silence_are_finite():
    assert np.all(np.isfinite(Features()(np.zeros(8000, np.float32))))


def test_the_filters_are_those_of_whisper():
    theirs = FeatureExtractor.get_mel_filters(16000, 400, 80)
    assert np.allclose(mel_filters(80, 400, 16000), theirs, atol=1e-9)


@pytest.fixture(scope="module")
def model():
    return SmartTurn(SMART_TURN)


@pytest.mark.real
@needs_smart_turn
@needs_data
def test_orders_cut_in_their_middle_are_less_complete_than_all_of_them(model):
    whole, cut = [], []
    for name in sorted(path.stem for path in (DATA / "coffee-orders" / "audio").iterdir())[:12]:
        speech = recording("coffee-orders", name)
        loud = np.flatnonzero(np.abs(speech) > np.max(np.abs(speech)) // 10)
        part = speech[: loud[0] + (loud[-1] - loud[0]) * 6 // 10]
        whole.append(model.probability(speech[: loud[-1] + LINE // 5], LINE))
        cut.append(model.probability(np.concatenate([part, silence(0.2)]), LINE))
    assert np.median(whole) > 0.9
    assert np.mean(cut) < np.mean(whole) - 0.2


@pytest.mark.real
@needs_smart_turn
def test_only_the_last_eight_seconds_count(model):
    end = noise(8.0, -40.0)
    longer = np.concatenate([noise(3.0, -20.0, seed=2), end])
    assert model.probability(longer, LINE) == model.probability(end, LINE)


@pytest.mark.real
@needs_smart_turn
@needs_data
def test_the_rate_of_the_audio_makes_no_difference(model):
    speech = recording("an4", "cen8-ffmm-b")
    wide = model.probability(resample(speech, LINE, 16000), 16000)
    assert wide == pytest.approx(model.probability(speech, LINE), abs=0.01)


@pytest.mark.real
@needs_smart_turn
@pytest.mark.parametrize(("pcm", "rate"), [(silence(0.0), LINE), (silence(1.0), 10)])
def test_what_cannot_be_judged_is_an_engine_error(model, pcm, rate):
    with pytest.raises(EngineError):
        model.probability(pcm, rate)


def test_a_missing_model_says_how_to_get_it(tmp_path: Path):
    with pytest.raises(EngineError, match="--fetch smart-turn"):
        SmartTurn(tmp_path / "none.onnx")


def test_a_file_that_is_no_model_says_how_to_get_it(tmp_path: Path):
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(EngineError, match="--fetch smart-turn"):
        SmartTurn(tmp_path / "bad.onnx")


def test_no_opinion():
    predictor: TurnPredictor = Undecided()
    assert predictor.probability(silence(1.0), LINE) is None
