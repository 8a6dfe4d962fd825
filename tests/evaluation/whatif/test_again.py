"""Recorded words heard and understood again by something else, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from evaluation.runs.model import CallerTurn
from evaluation.sets.model import Case, Say
from evaluation.whatif import recognition, understanding
from evaluation.whatif.recorded import Recorded
from tests.evaluation.whatif.calls import kept, played
from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.dialogue.base import DialogueError
from voicebot.engines.base import Int16, Recognition

SAID = [
    (4.0, 1.0, "one too three"),
    (9.0, 1.0, "pay the bill"),
    (14.0, 1.0, "secret"),
    (19.0, 1.0, "four eight two one"),
]


class Loudness:
    """Hears in a stretch what stands for its level."""

    name = "loudness"

    def __init__(self, words: Mapping[int, str]) -> None:
        self.words = words
        self.asked: list[float] = []

    def recognize(
        self,
        pcm: Int16,
        rate: int,
        hints: tuple[str, ...] = (),
        wanted: Callable[[str], bool] | None = None,
    ) -> Recognition:
        self.asked.append(len(pcm) / rate)
        return Recognition(self.words[int(np.max(pcm))], 0.9)


@pytest.fixture
def call(tmp_path: Path) -> Recorded:
    """Each turn at its own level, on a clock that is 0.3 s ahead of the journal's."""
    samples = np.zeros((30 * 8000, 2), np.int16)
    for number, (at, seconds, _) in enumerate(SAID, 1):
        samples[round((at + 0.3) * 8000) : round((at + seconds + 0.3) * 8000), 0] = number
    soundfile.write(tmp_path / "a.wav", samples, 8000)
    journal = kept(played(SAID))
    decided = sorted(
        {
            c.times["decided"]
            for step in journal.steps
            for c in step.commands
            if isinstance(c, RecordTurn) and c.party is Party.CALLER
        }
    )
    really = ["one two three", "pay the bill", "secret", "four eight two one"]
    turns = tuple(
        CallerTurn(n, "say", text, decided=at + 0.3, secret=n == 3)
        for n, (text, at) in enumerate(zip(really, decided, strict=False))
    )
    return Recorded("call", journal, tmp_path / "a.wav", 0.3, turns, "case")


def test_another_recognizer_hears_the_same_stretches(call: Recorded) -> None:
    ear = Loudness({1: "one two three", 2: "play the bill", 3: "Secret."})
    told = recognition.answer([call], ear)
    assert [one.effect for one in told.differences] == ["better", "worse", "same"]
    assert "behind a turn that was heard otherwise" in told.differences[1].why
    assert told.hypothetical == 2
    rate = told.totals[0]
    assert rate.then == pytest.approx(1 / 7)
    assert rate.now == pytest.approx(1 / 7)
    assert ear.asked == [pytest.approx(0.6 + 1.0 + recognition.PAUSE, abs=0.01)] * 3


def test_the_answer_to_a_secret_question_is_left_alone(call: Recorded) -> None:
    texts = [stretch.text for stretch in recognition.stretches(call)]
    assert texts == ["one too three", "pay the bill", "secret"]


def test_without_a_recording_nothing_is_heard(call: Recorded) -> None:
    ear = Loudness({})
    told = recognition.answer(
        [replace(call, audio=None), replace(call, shift=None), "x: it has no journal"], ear
    )
    assert told.calls == 0
    assert told.unusable == (
        "call: there is no recording",
        "call: its clocks don't agree",
        "x: it has no journal",
    )


async def test_another_model_understands_the_same_words(call: Recorded) -> None:
    case = Case("case", (Say("", intent="count"), Say("", intent="pay_bill"), Say("")))

    async def parse(text: str) -> Mapping[str, Any]:
        known = {"one too three": "count", "pay the bill": "pay_bill", "secret": "gossip"}
        return {"intent": {"name": known[text], "confidence": 0.8}, "entities": []}

    told = await understanding.answer([call], parse, "model-7", {"case": case})
    assert [one.effect for one in told.differences] == ["better", "better", "changed"]
    assert told.differences[0].then == "intent_of_one"
    assert told.differences[0].now == "count (0.80)"
    assert told.totals[0].then == 0.0
    assert told.totals[0].now == 1.0
    assert told.question == "What if model-7 had understood?"


async def test_nothing_understood_is_an_answer(call: Recorded) -> None:
    async def parse(text: str) -> Mapping[str, Any]:
        return {"intent": None, "entities": []}

    told = await understanding.answer([call], parse, "m")
    assert {one.now for one in told.differences} == {"nothing (0.00)"}


async def test_a_model_that_does_not_answer(call: Recorded) -> None:
    async def parse(text: str) -> Mapping[str, Any]:
        raise DialogueError("gone")

    with pytest.raises(DialogueError, match="call: gone"):
        await understanding.answer([call], parse, "m")
