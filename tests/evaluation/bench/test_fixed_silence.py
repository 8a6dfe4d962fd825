from __future__ import annotations

import numpy as np
import pytest

from evaluation.bench.fixed_silence import Pauses, curve, pauses_of, rival, stretches
from evaluation.bench.measures import Speech
from tests.evaluation.bench.tracks import placed, tone
from voicebot.audio.pcm import Int16


class Loudness:
    """Voice activity by level, in windows of 32 ms."""

    window = 256

    def probability(self, window: Int16) -> float:
        return float(np.abs(window).max() > 500)


def test_stretches_of_speech_and_the_pauses_of_a_turn() -> None:
    pcm = placed(6, [(1.0, tone(1.0)), (2.5, tone(1.0)), (5.0, tone(0.5))])
    heard = stretches(pcm, Loudness())
    assert heard == [
        (pytest.approx(1.0, abs=0.04), pytest.approx(2.0, abs=0.04)),
        (pytest.approx(2.5, abs=0.04), pytest.approx(3.5, abs=0.04)),
        (pytest.approx(5.0, abs=0.04), pytest.approx(5.5, abs=0.04)),
    ]
    pauses = pauses_of(Speech(1.0, 3.45), heard)
    assert pauses is not None
    assert list(pauses.inside) == [pytest.approx(0.5, abs=0.07)]
    assert pauses.lag == pytest.approx(0.05, abs=0.04)


def test_a_turn_without_heard_speech_has_no_pauses() -> None:
    assert pauses_of(Speech(1.0, 2.0), [(4.0, 5.0)]) is None


def test_a_longer_silence_cuts_off_fewer_turns_and_answers_later() -> None:
    turns = [Pauses((0.3,), 0.1), Pauses((0.9,), 0.1), Pauses((), 0.1), Pauses((0.2, 0.5), 0.1)]
    points = {point.silence: point for point in curve(turns, after_decision=0.05)}
    assert points[0.2].cut_off == pytest.approx(0.75)
    assert points[0.6].cut_off == pytest.approx(0.25)
    assert points[1.0].cut_off == 0
    assert points[1.0].median == pytest.approx(0.1 + 1.0 + 0.05)


def test_the_rival_is_the_fastest_silence_that_cuts_off_no_more() -> None:
    turns = [Pauses((0.3,), 0.1), Pauses((0.9,), 0.1), Pauses((), 0.1), Pauses((0.2, 0.5), 0.1)]
    points = curve(turns, 0.0)
    best = rival(points, 0.25)
    assert best is not None
    assert best.silence == pytest.approx(0.55)
    assert rival([], 0.1) is None
    assert rival(points[:1], 0.1) is None
