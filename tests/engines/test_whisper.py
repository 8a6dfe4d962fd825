"""The real recognizer on real recordings as a telephone delivers them, and on what is no speech."""

import itertools
import re
import threading

import jiwer
import numpy as np
import pytest

from tests.engines.realaudio import (
    LINE,
    WHISPER,
    needs_data,
    needs_whisper,
    noise,
    recording,
    silence,
    transcripts,
)
from voicebot.engines.base import EngineError, VoiceSettings
from voicebot.engines.ghosts import words_of
from voicebot.engines.hibari import HibariSynthesizer
from voicebot.engines.whisper import LONGEST, WhisperRecognizer

pytestmark = [pytest.mark.real, needs_whisper]

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

# Twelve speakers: digits, dates, commands with spelled letters.
CLIPS = (
    "cen6-fclc-b", "cen8-ffmm-b", "cen6-fjam-b", "cen7-fjam-b", "cen3-fjdn-b", "cen8-fjdn-b",
    "an123-fjdn-b", "cen7-fkai-b", "an61-flmm2-b", "cen6-flrp-b", "an119-fmjc-b", "an327-ftal-b",
)  # fmt: skip


@pytest.fixture(scope="module")
def recognizer():
    return WhisperRecognizer(WHISPER)


WRITTEN = {
    "SEPTEMBER FIFTEENTH NINETEEN SIXTY FIVE": "september 15 1965",
    "MARCH TWENTIETH NINETEEN SEVENTY": "march 20 1970",
    "THIRTY THREE": "33",
    "THIRTY FIVE": "35",
    "FIFTY FOUR": "54",
}


def bare(text: str) -> str:
    """What is left to compare: letters and digits, digit words as digits, no spaces or marks."""
    for words, digits in WRITTEN.items():
        text = text.replace(words, digits)
    text = re.sub(r"(?<=\d)(st|nd|rd|th)", "", text).lower()
    for digit, word in enumerate(DIGITS):
        text = re.sub(rf"\b{word}\b", str(digit), text)
    return re.sub("[^a-z0-9]", "", re.sub(r"\boh\b", "0", text))


@needs_data
def test_real_speech_over_the_telephone(recognizer):
    said = transcripts("an4")
    heard = [recognizer.recognize(recording("an4", name), LINE) for name in CLIPS]
    errors = jiwer.cer([bare(said[n]) for n in CLIPS], [bare(h.text) for h in heard])
    assert errors < 0.12
    assert bare(heard[CLIPS.index("cen6-fjam-b")].text) == "15133"  # repetition is no loop
    assert all(0.2 < h.confidence <= 1.0 for h in heard)


@needs_data
def test_hints_help_with_single_digits(recognizer):
    said = dict(list(transcripts("digits").items())[::20])

    def right(hints):
        heard = {n: recognizer.recognize(recording("digits", n), LINE, hints).text for n in said}
        return sum(bare(heard[n]) == bare(said[n]) for n in said)

    plain, hinted = right(()), right(DIGITS)
    assert hinted > plain
    assert hinted >= 0.8 * len(said)


@pytest.mark.parametrize("hints", [(), DIGITS, ("checking account", "savings account")])
@pytest.mark.parametrize(
    "audio",
    [
        silence(2.0),
        noise(0.4, -50.0),
        noise(2.0, -70.0),
        noise(2.0, -45.0),
        noise(2.0, -30.0),
        noise(8.0, -40.0),
    ],
    ids=["silence", "short", "faint", "quiet", "loud", "long"],
)
def test_where_nobody_speaks_nothing_is_heard(recognizer, audio, hints):
    assert recognizer.recognize(audio, LINE, hints).text == ""


@pytest.mark.parametrize("text", ["I have to pay the gas bill.", "I want to pay a bill."])
def test_hints_do_not_end_a_sentence_in_its_middle(recognizer, text):
    hints = ("balance", "transfer", "checking", "savings", "bill", "card", "checks")
    hints += ("password", "appointment", "branch")
    spoken = np.concatenate(list(HibariSynthesizer().stream(text, 8000, VoiceSettings())))
    quiet = np.zeros(4000, np.int16)
    line = np.random.default_rng(0).normal(0, 8, len(spoken) + 6400)
    pcm = (np.concatenate([quiet, spoken, quiet[:2400]]) + line).astype(np.int16)
    assert bare(recognizer.recognize(pcm, 8000, hints).text) == bare(text)


def test_no_audio_is_no_text(recognizer):
    assert recognizer.recognize(np.zeros(0, np.int16), LINE).text == ""
    assert recognizer.recognize(noise(0.01, -20.0), LINE).text == ""


@needs_data
def test_more_than_one_window_is_cut_and_joined(recognizer):
    parts = [part for name in CLIPS for part in (recording("an4", name), silence(0.5))]
    audio = np.concatenate(parts)
    assert len(audio) > 30 * LINE
    heard = recognizer.recognize(audio, LINE)
    said = transcripts("an4")
    assert jiwer.cer("".join(bare(said[n]) for n in CLIPS), bare(heard.text)) < 0.3
    assert all(a.start <= b.start for a, b in itertools.pairwise(heard.words))
    assert len(audio) / LINE - 3.0 < heard.words[-1].end <= len(audio) / LINE


@needs_data
def test_words_have_times_and_confidences(recognizer):
    clip = np.concatenate([silence(1.0), recording("an4", "cen8-fjdn-b"), silence(1.0)])
    heard = recognizer.recognize(clip, LINE)
    assert len(heard.words) > 2
    assert " ".join(word.text for word in heard.words) == heard.text
    assert 0.5 < heard.words[0].end < heard.words[-1].end < len(clip) / LINE
    for word in heard.words:
        assert 0.0 <= word.start <= word.end
        assert 0.0 < word.confidence <= 1.0


@needs_data
def test_other_readings_are_others(recognizer):
    heard = [recognizer.recognize(recording("an4", name), LINE) for name in CLIPS[:4]]
    assert any(h.alternatives for h in heard)
    for h in heard:
        sounds = ["".join(words_of(text)) for text in (h.text, *h.alternatives)]
        assert len(set(sounds)) == len(sounds) <= 3


def test_too_much_audio_is_refused(recognizer):
    with pytest.raises(EngineError, match="pieces of at most 60 s"):
        recognizer.recognize(np.zeros(int(LONGEST * LINE) + LINE, np.int16), LINE)


@pytest.mark.parametrize("rate", [0, -8000, 100])
def test_an_impossible_rate_is_refused(recognizer, rate):
    with pytest.raises(EngineError, match="rate"):
        recognizer.recognize(noise(0.005, -20.0), rate)


@needs_data
def test_two_threads_hear_what_one_hears(recognizer):
    audio = [recording("an4", name) for name in CLIPS[:2]]
    alone = [recognizer.recognize(clip, LINE).text for clip in audio]
    together = ["", ""]

    def hear(index):
        together[index] = recognizer.recognize(audio[index], LINE).text

    threads = [threading.Thread(target=hear, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_a_missing_or_damaged_model_says_what_to_do(tmp_path):
    with pytest.raises(EngineError, match="--fetch"):
        WhisperRecognizer(tmp_path)
    (tmp_path / "model.bin").write_bytes(b"not a model")
    with pytest.raises(EngineError, match="--fetch"):
        WhisperRecognizer(tmp_path)


def test_a_rehearsal_leaves_no_trace(recognizer):
    recognizer.rehearse()
    assert recognizer.recognize(silence(1.0), LINE).text == ""
