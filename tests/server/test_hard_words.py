"""Words that are hardly words, and recognition that fails, in virtual time.

As in `test_hard_lines`; the table "What bad audio leads to" in docs/architecture.md has the ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from tests.conversation.line import (
    Line,
    Tape,
    jittered,
    lost,
)
from tests.engines.realaudio import (
    LINE,
    SILERO,
    WHISPER,
    needs_data,
    needs_silero,
    needs_whisper,
    transcripts,
)
from tests.server.hardcalls import (
    BENT,
    GREETED,
    PATIENCE,
    POLICY,
    QUESTION,
    SORRY,
    begun,
    everything_was_heard,
    taped,
)
from tests.server.hardsounds import (
    VOICES,
    speech,
)
from voicebot.conversation import commands as do
from voicebot.conversation.events import (
    Event,
    RecognitionFailed,
    SpeechPaused,
)
from voicebot.engines.base import VoiceSettings
from voicebot.engines.hibari import HibariSynthesizer
from voicebot.engines.silero import SileroModel
from voicebot.engines.whisper import WhisperRecognizer

pytestmark = [pytest.mark.real, needs_silero, needs_data]


@pytest.fixture(scope="module")
def silero() -> SileroModel:
    return SileroModel(SILERO)


Called = Callable[..., Line]


@pytest.fixture
def call(silero: SileroModel) -> Called:
    return partial(begun, silero)


@pytest.fixture(scope="module")
def whisper() -> WhisperRecognizer:
    return WhisperRecognizer(WHISPER)


# ── small words ───────────────────────────────────────────────────────────────────────────────

CLIPPED = frozenset({"3_nicolas_34", "2_yweweler_11"})
"""Recordings of less than a quarter second, whose beginning is cut off: they may be heard as
nothing, and the bot asks again."""


def _digits(takes: range) -> list[str]:
    names = sorted(transcripts("digits"))
    return [n for n in names if _place(n, names) in takes and n not in CLIPPED]


def _place(name: str, names: list[str]) -> int:
    """Which take of the same digit by the same speaker."""
    same = [n for n in names if n.rsplit("_", 1)[0] == name.rsplit("_", 1)[0]]
    return same.index(name)


@pytest.mark.parametrize(
    "takes", [range(1), pytest.param(range(1, 4), marks=pytest.mark.slow)], ids=["60", "180"]
)
def test_one_syllable_is_a_turn(call: Called, takes: range) -> None:
    names = _digits(takes)
    assert len(names) >= 59
    missed = []
    for name in names:
        tape = taped(GREETED + 3.0, (GREETED, speech(name, "digits"), "two"))
        line = call().hear(tape.frames())
        if line.turns() != ["two"]:
            missed.append(name)
    assert missed == []


@pytest.mark.parametrize("word", ["Yes.", "No.", "Two."])
def test_a_spoken_answer_of_one_syllable_is_a_turn(call: Called, word: str) -> None:
    """Synthetic: there are no recordings of these."""
    said = np.concatenate(list(HibariSynthesizer().stream(word, LINE, VoiceSettings())))
    line = call().hear(taped(GREETED + 4.0, (GREETED, said, word)).frames())
    assert line.turns() == [word]


def test_a_word_too_short_to_be_heard_is_asked_for_again(call: Called) -> None:
    tape = taped(GREETED + 9.0, (GREETED, speech("3_nicolas_34", "digits"), "three"))
    line = call().hear(tape.frames())
    assert line.turns() == []
    assert line.told() == ["start", "silence"]
    assert QUESTION in line.spoken()


# ── recognition ───────────────────────────────────────────────────────────────────────────────


def one_phrase(text: str = "") -> Tape:
    return taped(40.0, (GREETED, speech(VOICES[3]), text))


def test_speech_without_words(call: Called) -> None:
    """The bot says so, once, and listens."""
    line = call().hear(one_phrase().frames(), 12.0)
    assert line.turns() == []
    assert line.told() == ["start", "not_understood"]
    assert line.spoken()[-1] == SORRY
    paused = [e.at for e in line.noticed if isinstance(e, SpeechPaused)][-1]
    told = line.when(do.TellDialogue)[-1]
    assert told == pytest.approx(paused + PATIENCE.nothing.sure, abs=0.01)


def test_speech_without_words_over_the_bot(call: Called) -> None:
    """It goes on where it was."""
    tape = taped(12.0, (0.6, speech(VOICES[3]), ""))
    line = call().hear(tape.frames(), 11.0)
    assert line.turns() == []
    assert line.told() == ["start"]
    assert line.all(do.ClearAudio)
    everything_was_heard(line)


def test_recognition_fails(call: Called) -> None:
    line = call(deaf=lambda command: RecognitionFailed(command.attempt, "no worker"))
    line.hear(one_phrase().frames(), 12.0)
    assert set(line.all(do.NoteIncident)) == {do.NoteIncident("recognition failed: no worker")}
    assert line.told() == ["start", "not_understood"]


def test_recognition_never_answers(call: Called) -> None:
    """After its deadline the bot says that it did not understand, and hears the next turn."""
    answers: list[Event | None] = []
    line = call(deaf=lambda command: answers.append(None))
    line.hear(one_phrase().frames(), 40.0)
    assert answers
    paused = [e.at for e in line.noticed if isinstance(e, SpeechPaused)][-1]
    gave_up = paused + PATIENCE.ceiling + POLICY.recognition
    assert line.all(do.NoteIncident) == [do.NoteIncident("recognition gave no answer in time")]
    assert line.when(do.NoteIncident) == [pytest.approx(gave_up, abs=0.01)]
    assert line.told()[:2] == ["start", "not_understood"]
    assert line.when(do.TellDialogue)[1] == pytest.approx(gave_up, abs=0.01)
    assert QUESTION in line.spoken()  # it went on: nobody said anything, and it asked


def test_the_turn_predictor_never_answers(call: Called) -> None:
    """The words alone decide how long the silence has to be."""
    text = "I would like to know my balance"
    line = call().hear(one_phrase(text).frames(), 12.0)
    assert line.all(do.JudgeTurn)
    paused = [e.at for e in line.noticed if isinstance(e, SpeechPaused)][-1]
    needed = PATIENCE.words.at(PATIENCE.no_opinion)
    assert line.turns() == [text]
    assert line.when(do.AskDialogue) == [pytest.approx(paused + needed, abs=0.01)]


@needs_whisper
@pytest.mark.parametrize(
    ("name", "text"), [("an196-mgah-b", "enter71"), ("an101-mrcb-b", "rewy856")]
)
def test_real_recognition_on_bad_lines(
    call: Called, whisper: WhisperRecognizer, name: str, text: str
) -> None:
    """Words are understood on a bent wave, and with frames lost and late."""
    tape = taped(8.0, (GREETED, speech(name), ""))
    lines = [bent(tape) for bent in BENT.values()]
    lines.append(jittered(lost(tape.frames(), 0.05, seed=1), 0.1, seed=2))
    for frames in lines:
        line = call(recognizer=lambda pcm: whisper.recognize(pcm, 8000).text).hear(frames, 10.0)
        assert [re.sub(r"[^a-z0-9]", "", heard.lower()) for heard in line.turns()] == [text]
