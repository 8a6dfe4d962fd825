from __future__ import annotations

import pytest

from evaluation.runs.model import CallerTurn
from evaluation.scoring import activity
from evaluation.scoring.gathered import Gathered
from evaluation.scoring.model import Metric
from evaluation.sets.model import Say, Silence
from tests.evaluation.scoring.calls import call, case, gathered, one, said


def metrics(found: Gathered) -> dict[str, Metric]:
    return {metric.key: metric for metric in activity.metrics(found)}


def test_delays_are_from_what_can_be_heard_in_ms() -> None:
    turn = said(0, "hello", start=2.0, end=3.5, onset=2.25, decided=4.1)
    found = metrics(one([turn]))
    assert found["activity.onset"].samples == {("a", 0): pytest.approx((250.0,))}
    assert found["activity.end_of_turn"].samples == {("a", 0): pytest.approx((600.0,))}
    assert found["activity.cut_off"].samples == {("a", 0): (0.0, 1.0)}


def test_a_turn_that_was_cut_off_is_not_quick() -> None:
    turns = [
        said(0, "one", start=0.0, end=2.0, decided=1.0, cut_off=True),
        said(1, "two", start=5.0, end=6.0, decided=6.8),
    ]
    found = metrics(one(turns))
    assert found["activity.end_of_turn"].samples[("a", 0)] == pytest.approx((800.0,))
    cut = found["activity.cut_off"].figure
    assert cut is not None
    assert cut.value == 0.5


def test_a_sound_of_listening_is_no_turn() -> None:
    turn = said(0, "mm-hmm", start=0.0, end=0.4, decided=1.0, backchannel=True)
    found = metrics(one([turn]))
    assert found["activity.end_of_turn"].figure is None
    assert found["activity.cut_off"].because == "no caller spoke"


def test_false_starts_are_counted_by_minutes_without_speech() -> None:
    turns = [said(0, "hello", start=0.0, end=30.0), CallerTurn(1, "silence", "")]
    noisy = call("a", *turns, seconds=90.0, false_starts=(40.0, 50.0, 60.0))
    found = metrics(gathered([case("a", Say("hello"), Silence(3.0))], [noisy]))
    assert found["activity.false_starts"].samples == {("a", 0): (3.0, 1.0)}
    figure = found["activity.false_starts"].figure
    assert figure is not None
    assert figure.value == 3.0


def test_no_false_start_in_a_short_time_says_little() -> None:
    def highest(calls: int) -> float:
        cases = [case(f"c{n}") for n in range(calls)]
        quiet = gathered(cases, [call(f"c{n}", seconds=60.0) for n in range(calls)])
        figure = metrics(quiet)["activity.false_starts"].figure
        assert figure is not None
        assert figure.value == figure.low == 0.0
        return figure.high

    assert highest(1) == pytest.approx(3.69, abs=0.01)
    assert highest(100) == pytest.approx(0.0369, abs=0.0001)


def test_nothing_measured_says_why() -> None:
    found = metrics(one([said(0, "hello")]))
    assert found["activity.onset"].figure is None
    assert "when it noticed" in found["activity.onset"].because
