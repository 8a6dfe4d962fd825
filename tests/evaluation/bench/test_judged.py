from __future__ import annotations

import pytest

from evaluation.bench import latency, recognition, soak
from evaluation.bench.fixed_silence import Pauses
from evaluation.bench.latency import Measured
from evaluation.bench.livepath import Heard
from evaluation.bench.measures import Speech
from evaluation.bench.recognition import Compared
from evaluation.bench.results import Outcome, value_of
from evaluation.bench.turns import Turn
from evaluation.words import word_errors
from tests.evaluation.bench.tracks import spoken


def figures(outcome: Outcome) -> dict[str, float]:
    return {key: value_of(figure) for key, figure in outcome.figures.items()}


def turn(response: float | None, *, cut_off: bool = False, over_bot: bool = False) -> Turn:
    stages = {} if response is None else {"decided": response - 0.1, "audible": response}
    return Turn("c", "s", Speech(1, 2), response, cut_off, over_bot, stages)


def test_latency_is_of_turns_that_were_answered_and_not_cut_off() -> None:
    turns = [turn(0.4), turn(0.6), turn(9.0, cut_off=True), turn(9.0, over_bot=True), turn(None)]
    pauses = [Pauses((), 0.1), Pauses((0.45,), 0.1)]
    outcome = latency.judged(Measured(turns, pauses, [], [], 6, {}), partial=False)
    found = figures(outcome)
    assert found["voice_to_voice_ms.p50"] == pytest.approx(500)
    assert found["decided_to_audio_ms.p50"] == pytest.approx(100)
    assert found["cut_off_rate"] == pytest.approx(1 / 4)
    assert outcome.counts == {
        "turns": 4,
        "answered": 2,
        "cut_off": 1,
        "unanswered": 1,
        "over_the_bot": 1,
        "clips_not_said": 1,
        "calls_failed": 0,
    }
    # at a quarter of turns cut off, no silence below 0.5 s does: 0.1 + 0.5 + 0.1 after decision
    assert found["endpointing.fixed_silence_ms"] == pytest.approx(500)
    assert found["endpointing.gain"] == pytest.approx(1 - 0.5 / 0.7)
    assert {picture.title for picture in outcome.pictures} == {
        "Where the time goes",
        "Distribution",
        "Latency against cut-off rate",
    }


def test_a_run_without_an_answer_has_no_latency_and_says_so() -> None:
    outcome = latency.judged(Measured([turn(None)], [], [], ["busy"], 2, {}), partial=True)
    assert "voice_to_voice_ms.p50" not in outcome.figures
    assert figures(outcome)["cut_off_rate"] == 0
    assert any("busy" in note for note in outcome.notes)


def test_word_errors_and_cpu_are_summed_over_recordings() -> None:
    clip = spoken((0.5, 1.5), total=2)
    pairs = [
        Compared(clip, Heard("one two", 1, 2, 0.2), "one two", 1.0, *errors)
        for errors in (
            (word_errors("one two", "one two"), word_errors("one two", "one")),
            (word_errors("three four", "three five"), word_errors("three four", "three four")),
        )
    ]
    found = figures(recognition.judged(pairs, partial=False))
    assert found["asr.wer_live"] == pytest.approx(1 / 4)
    assert found["asr.wer_offline"] == pytest.approx(1 / 4)
    assert found["asr.wer_above"] == 0
    assert found["asr.cpu_ratio"] == pytest.approx(0.2)


def test_growth_is_counted_after_the_first_fifty_calls() -> None:
    memory = [100.0 + n for n in range(50)] + [150.0] * 49 + [155.0]
    outcome = soak.judged(memory, [])
    assert figures(outcome)["soak.growth_mb"] == pytest.approx(155 - 149)
    assert outcome.counts == {"calls": 100, "failed": 0}
