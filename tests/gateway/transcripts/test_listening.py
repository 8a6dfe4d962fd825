"""The real voice activity all along a recording."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.transcripts.cutting import stretches
from gateway.transcripts.listening import WINDOW, listen
from tests.engines.realaudio import SILERO, needs_silero
from tests.gateway.transcripts.conftest import RATE, silence
from voicebot.audio.pcm import level
from voicebot.engines.silero import SileroModel

pytestmark = [pytest.mark.real, needs_silero]


@pytest.fixture(scope="module")
def model():
    return SileroModel(SILERO)


def test_three_sentences_are_three_stretches(model, spoken):
    told = []
    probabilities, loudness = listen(
        spoken, RATE, model, lambda seconds, found: told.append((seconds, len(found)))
    )
    seconds = len(spoken) / RATE
    assert len(probabilities) == len(loudness)
    assert len(probabilities) * WINDOW == pytest.approx(seconds, abs=WINDOW)
    found = stretches(probabilities, WINDOW)
    starts = np.array([span.start for span in found])
    assert np.sum(np.diff(starts, prepend=-10) > 5) == 3
    assert starts[0] == pytest.approx(10, abs=0.3)
    assert [moment for moment, _ in told] == sorted(moment for moment, _ in told)
    assert told[-1][0] == pytest.approx(seconds, abs=WINDOW)
    quiet = loudness[: round(9 / WINDOW)]
    assert np.all(quiet < -100)
    span = found[0]
    said = spoken[round(span.start * RATE) : round(span.end * RATE)]
    mean = 10 ** (loudness[round(span.start / WINDOW) : round(span.end / WINDOW)] / 10)
    assert 10 * np.log10(np.mean(mean)) == pytest.approx(level(said), abs=2)


@pytest.mark.parametrize("samples", [1, 511, 512, 513, 160_000, 160_001, 163_333])
def test_every_length_is_heard_to_its_end(model, samples):
    probabilities, loudness = listen(silence(samples / RATE)[:samples], RATE, model)
    assert len(probabilities) == len(loudness) == -(-samples // 512)
