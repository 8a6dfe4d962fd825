from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evaluation.bench.livepath import LivePath
from tests.evaluation.bench.test_fixed_silence import Loudness
from tests.evaluation.bench.tracks import spoken
from voicebot.audio.pcm import Int16
from voicebot.config import Settings
from voicebot.engines.base import Recognition


class Recognizer:
    """Says how many tenths of a second of sound it got."""

    name = "fake"

    def __init__(self) -> None:
        self.got: list[float] = []

    def recognize(
        self,
        pcm: Int16,
        rate: int,
        hints: tuple[str, ...] = (),
        wanted: Callable[[str], bool] | None = None,
    ) -> Recognition:
        assert rate == 8000
        self.got.append(round(np.count_nonzero(np.abs(pcm) > 500) / rate, 1))
        return Recognition(f"words {len(self.got)}", 0.9)


class Predictor:
    """Finds every turn complete."""

    name = "fake"

    def __init__(self) -> None:
        self.asked = 0

    def probability(self, pcm: Int16, rate: int) -> float | None:
        self.asked += 1
        return 0.99


def settings() -> Settings:
    return Settings()


def test_a_recording_without_pauses_is_recognized_once_and_makes_one_turn() -> None:
    recognizer = Recognizer()
    heard = LivePath(settings(), recognizer, Loudness).hear(spoken((0.5, 2.5), total=3))
    assert heard.turns == 1
    assert heard.text == f"words {len(recognizer.got)}"
    assert heard.attempts == len(recognizer.got) >= 1
    assert heard.cpu >= 0


def test_an_attempt_that_is_thrown_away_counts_as_an_attempt() -> None:
    recognizer = Recognizer()
    clip = spoken((0.5, 1.5), (1.85, 2.5), total=3)  # the pause is long enough to begin
    heard = LivePath(settings(), recognizer, Loudness).hear(clip)
    assert heard.attempts >= 2
    assert recognizer.got[-1] > recognizer.got[0]


def test_silence_makes_no_turn() -> None:
    recognizer = Recognizer()
    clip = spoken((0.5, 0.54), total=3)  # a knock
    heard = LivePath(settings(), recognizer, Loudness).hear(clip)
    assert (heard.text, heard.attempts) == ("", 0)


def test_the_turn_predictor_is_asked_as_in_a_call() -> None:
    predictor = Predictor()
    clip = spoken((0.5, 2.5), total=3)
    heard = LivePath(settings(), Recognizer(), Loudness, predictor).hear(clip)
    assert heard.turns == 1
    assert predictor.asked == heard.attempts
