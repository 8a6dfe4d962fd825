from __future__ import annotations

import pytest

from evaluation.runs.model import CallerTurn
from evaluation.scoring import turn_taking, whole
from evaluation.scoring.gathered import Gathered
from evaluation.scoring.model import Metric
from evaluation.sets.model import Keys, Say, Silence
from tests.evaluation.scoring.calls import one, said


def metrics(found: Gathered) -> dict[str, Metric]:
    return {m.key: m for m in (*turn_taking.metrics(found), *whole.metrics(found))}


def value(metric: Metric) -> float:
    assert metric.figure is not None
    return metric.figure.value


def test_answers_are_timed_from_the_end_of_the_speech() -> None:
    turns = [
        said(0, "one", start=0.0, end=1.0, answered=1.9),
        said(1, "two", start=5.0, end=6.0, answered=7.1),
        said(2, "three", start=9.0, end=10.0),
    ]
    found = metrics(one(turns))
    assert value(found["turn_taking.response"]) == pytest.approx(1000.0)
    assert value(found["turn_taking.response_p95"]) == pytest.approx(1090.0)
    assert value(found["turn_taking.response_rate"]) == pytest.approx(2 / 3)


def test_keys_want_an_answer_and_silence_does_not() -> None:
    turns = [CallerTurn(0, "keys", "1234", answered=3.0), CallerTurn(1, "silence", "")]
    found = metrics(one(turns, [Keys("1234"), Silence(4.0)]))
    assert found["turn_taking.response_rate"].samples == {("a", 0): (1.0, 1.0)}
    assert found["turn_taking.response"].figure is None


def test_an_interruption_must_stop_the_bot() -> None:
    turns = [
        said(0, "stop", start=1.0, end=1.5, barge_in=True, yielded=0.3, answered=2.0),
        said(1, "wait", start=4.0, end=4.5, barge_in=True),
        said(2, "no", start=8.0, end=8.4, barge_in=True, yielded=0.2, resumed=True),
    ]
    found = metrics(one(turns))
    assert value(found["turn_taking.yield_rate"]) == pytest.approx(1 / 3)
    assert found["turn_taking.yield"].samples == {("a", 0): pytest.approx((300.0,))}


def test_a_sound_of_listening_must_not() -> None:
    turns = [
        said(0, "mm-hmm", backchannel=True),
        said(1, "mm-hmm", backchannel=True, yielded=0.2, resumed=True),
        said(2, "yeah", backchannel=True, yielded=0.2),
        said(3, "right", backchannel=True),
    ]
    found = metrics(one(turns))
    assert value(found["turn_taking.selectivity"]) == pytest.approx(3 / 4)
    assert found["turn_taking.yield_rate"].because == "nobody interrupted the bot"
    assert found["turn_taking.response_rate"].figure is None


def test_stages_add_up_to_the_wait() -> None:
    stages = {"noticed": 0.1, "transcribed": -0.05, "decided": 0.4, "replied": 0.35}
    stages["first_audio"] = 0.5
    turn = said(0, "one", start=0.0, end=1.0, answered=1.8, stages=stages)
    found = metrics(one([turn]))
    took = {
        key.removeprefix("whole.stage."): value(metric)
        for key, metric in found.items()
        if key.startswith("whole.stage.")
    }
    assert took == pytest.approx(
        {
            "noticed": 100.0,
            "transcribed": 0.0,
            "decided": 300.0,
            "replied": 0.0,
            "first_audio": 100.0,
            "audible": 300.0,
        }
    )
    assert sum(took.values()) == pytest.approx(value(found["whole.voice_to_voice"]))


def test_voice_to_voice_is_of_ordinary_turns() -> None:
    turns = [
        said(0, "one", start=0.0, end=1.0, answered=1.5),
        said(1, "stop", start=2.0, end=3.0, answered=9.0, barge_in=True, yielded=0.1),
        said(2, "cut", start=4.0, end=5.0, answered=5.1, cut_off=True),
    ]
    found = metrics(one(turns, [Say("one"), Say("stop"), Say("cut")]))
    assert found["whole.voice_to_voice"].samples == {("a", 0): pytest.approx((500.0,))}
