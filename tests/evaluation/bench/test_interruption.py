from __future__ import annotations

import pytest

from evaluation.bench.calls import Cleared
from evaluation.bench.interruption import Trial, judged, trial_of
from evaluation.bench.results import value_of
from evaluation.bench.trace import Entry
from tests.evaluation.bench.tracks import call_log, spoken, trace

CLIP = spoken((0.5, 1.7), total=2.2)
"""Speech from 0.2 s to 1.4 s after its first frame."""
ASKED = Entry(3.2, "TimerFired", {}, (("AskDialogue", {"turn": 2}),))


def measured(
    bot: list[tuple[float, float]],
    clear: float | None,
    journal: list[Entry] | None = None,
    label: str = "real",
) -> Trial | None:
    clears = () if clear is None else (Cleared(clear, 800),)
    log = call_log(total=8, said=[(1.0, CLIP)], bot=bot, clears=clears)
    return trial_of(log, None if journal is None else trace([], journal), label)


def test_an_interruption_that_stops_the_bot_is_timed_from_the_beginning_of_speech() -> None:
    trial = measured([(0.2, 1.36), (3.4, 5.0)], clear=1.35, journal=[ASKED])
    assert trial is not None
    assert trial.stop == pytest.approx(0.16, abs=0.03)
    assert trial.let_speak
    assert trial.asked


def test_a_bot_that_talks_on_missed_the_interruption() -> None:
    trial = measured([(0.2, 4.0)], clear=None, journal=[])
    assert trial is not None
    assert trial.stop is None
    assert not trial.let_speak


def test_a_bot_that_resumes_over_the_caller_and_never_takes_the_turn_missed_it() -> None:
    trial = measured([(0.2, 1.4), (2.0, 4.0)], clear=1.4, journal=[])
    assert trial is not None
    assert not trial.let_speak


def test_a_backchannel_after_which_the_bot_goes_on_did_not_stop_it_for_good() -> None:
    trial = measured([(0.2, 1.4), (2.6, 4.0)], clear=1.4, journal=[], label="backchannel, hum: mm")
    assert trial is not None
    assert trial.kind == "backchannel"
    assert not trial.silenced
    assert trial.resumed == pytest.approx(1.4, abs=0.03)


def test_a_backchannel_that_was_answered_or_silenced_the_bot_stopped_it_for_good() -> None:
    answered = measured([(0.2, 1.4), (3.6, 5)], 1.4, [ASKED], "backchannel, hum: mm")
    silenced = measured([(0.2, 1.4)], 1.4, [], "backchannel, hum: mm")
    assert answered is not None
    assert silenced is not None
    assert answered.silenced
    assert silenced.silenced


def test_nothing_is_learned_where_the_bot_was_not_speaking() -> None:
    assert measured([(0.2, 0.9)], clear=None) is None


def test_rates_count_both_kinds_by_themselves() -> None:
    def trial(kind: str, stop: float | None, resumed: float | None, asked: bool) -> Trial:
        return Trial(
            "real" if kind == "real" else "backchannel", "", kind, stop, resumed, asked, 1.0, 0
        )

    outcome = judged(
        [
            trial("real", 0.1, None, True),
            trial("real", 0.2, None, True),
            trial("real", None, None, False),
            trial("hum", 0.2, 1.0, False),
            trial("hum", None, None, False),
            trial("hum", 0.2, 1.0, True),
            trial("hum", 0.2, None, False),
        ],
        partial=False,
    )
    figures = {key: value_of(figure) for key, figure in outcome.figures.items()}
    assert figures["interruption.miss_rate"] == pytest.approx(1 / 3)
    assert figures["interruption.false_stop_rate"] == pytest.approx(1 / 2)
    assert figures["interruption.stop_ms_p50"] == pytest.approx(150)
    assert outcome.counts["only_paused"] == 1
