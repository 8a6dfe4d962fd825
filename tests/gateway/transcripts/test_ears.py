"""What the recognizer is asked and not believed; with real models where it hears."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gateway.errors import MissingPartError, RefusedError
from gateway.transcripts.ears import Ears, has_hole, repetitive, shifted, spread
from gateway.transcripts.settings import TranscriptSettings
from gateway.transcripts.transcript import Word
from tests.gateway.transcripts.conftest import RATE, needs_base, needs_tiny
from voicebot.engines.whisper_decoding import Reading


def test_a_word_that_lasts_too_long_hides_others():
    ordinary = [Word("good", 0.0, 0.4, 1), Word("morning", 0.4, 1.1, 1)]
    assert not has_hole(ordinary, 1.3)
    assert not has_hole([], 5.0)
    assert not has_hole([Word("V-A-N-B-X-9", 0.0, 3.5, 1)], 3.5)
    assert has_hole([*ordinary, Word("e", 1.1, 7.0, 1)], 7.0)
    assert has_hole(shifted(ordinary, 4.0), 5.1)
    assert has_hole(ordinary, 5.0)


def test_repetition_shows_in_how_small_it_gets():
    assert repetitive("I will be there. " * 12)
    assert not repetitive("I would like to know what became of my order of last Tuesday.")
    assert not repetitive("")


def test_words_without_times_are_spread_evenly():
    reading = Reading("a b c d", (1, 2, 3, 4), -0.5, 0.0, True)
    words = spread("a b c d", 8.0, reading)
    assert [(word.text, word.start, word.end) for word in words] == [
        ("a", 0, 2),
        ("b", 2, 4),
        ("c", 4, 6),
        ("d", 6, 8),
    ]
    assert words[0].confidence == pytest.approx(0.607, abs=0.001)


def test_an_english_model_says_which_one_knows_more():
    ears = Ears(TranscriptSettings(model="tiny.en"))
    assert ears.language(None) == ears.language("en-GB") == "en"
    with pytest.raises(RefusedError, match="whisper-base"):
        ears.language("de-AT")


def test_without_models_it_says_how_to_get_them(tmp_path):
    ears = Ears(TranscriptSettings(models_dir=tmp_path))
    assert "--fetch whisper-base" in ears.missing()
    with pytest.raises(MissingPartError, match="--fetch whisper-base"):
        ears.hear(np.zeros(RATE, np.int16), "en")
    with pytest.raises(MissingPartError, match="--fetch silero"):
        ears.activity()


@needs_tiny
@pytest.mark.real
class TestTiny:
    @pytest.fixture(scope="class")
    @classmethod
    def ears(cls):
        return Ears(TranscriptSettings(model="tiny.en"))

    def test_nothing_is_missing(self, ears):
        assert ears.missing() == ""

    def test_words_have_times_in_order(self, ears, voice):
        samples = voice("Your new card was sent last Tuesday.")
        words = ears.hear(samples, "en")
        assert [word.text.strip(".,") for word in words] == [
            *("Your", "new", "card", "was", "sent", "last", "Tuesday")
        ]
        moments = [moment for word in words for moment in (word.start, word.end)]
        assert moments == sorted(moments)
        assert moments[-1] <= len(samples) / RATE + 0.01
        assert all(0 < word.confidence <= 1 for word in words)

    @pytest.mark.parametrize("samples", [0, 100, 800, 16000])
    def test_nothing_is_heard_in_silence(self, ears, samples):
        assert ears.hear(np.zeros(samples, np.int16), "en") == ()

    def test_what_was_passed_over_is_heard_in_halves(self, ears, voice, monkeypatch):
        sentence = "Please call us again if it has not arrived."
        samples = np.concatenate([voice(sentence), np.zeros(8000, np.int16), voice(sentence)])
        decoder = ears._decoder("en")
        read = decoder.read

        def passing_over(encoded, hints, beam):
            reading = read(encoded, hints, beam)
            if encoded.seconds < 0.8 * len(samples) / RATE:
                return reading
            few = reading.tokens[:4]
            return dataclasses.replace(reading, tokens=few, text=decoder.text(few))

        monkeypatch.setattr(decoder, "read", passing_over)
        assert len(ears.hear(samples, "en")) == 18


@needs_base
@pytest.mark.real
@pytest.mark.slow
class TestLanguages:
    @pytest.fixture(scope="class")
    @classmethod
    def ears(cls):
        return Ears(TranscriptSettings(model="base"))

    @pytest.mark.parametrize(
        ("asked", "name"),
        [("de-AT", "de"), ("pt_BR", "pt"), ("nb", "no"), ("en", "en"), (None, None)],
    )
    def test_names(self, ears, asked, name):
        assert ears.language(asked) == name

    @pytest.mark.parametrize("asked", ["xx", "tlh", "yue", "-", "../../etc"])
    def test_unknown_names_are_refused(self, ears, asked):
        with pytest.raises(RefusedError, match="language"):
            ears.language(asked)
