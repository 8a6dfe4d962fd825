from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.runs.model import BotTurn, CallRecord
from evaluation.scoring import dialogue
from evaluation.scoring.dialogue import all_of
from evaluation.scoring.gathered import Gathered
from evaluation.scoring.model import Metric
from evaluation.scoring.verdicts import verdicts
from evaluation.sets.model import Case, Expected, Rows
from tests.evaluation.scoring.calls import call, case, gathered, said, understood

FAILED = "the agent is gone"


def metrics(found: Gathered) -> dict[str, Metric]:
    return {metric.key: metric for metric in dialogue.metrics(found, verdicts(found))}


def value(metric: Metric) -> float:
    assert metric.figure is not None, metric.because
    return metric.figure.value


def test_success_and_effort() -> None:
    cases = [case("a"), case("b"), case("c")]
    calls = [
        call("a", said(0, "x"), seconds=30.0),
        call("b", said(0, "x"), seconds=50.0),
        call("c", said(0, "x"), seconds=5.0, failure=FAILED),
    ]
    found = metrics(gathered(cases, calls))
    assert value(found["dialogue.success"]) == pytest.approx(2 / 3)
    assert value(found["dialogue.seconds"]) == 40.0  # who hangs up early is not quick
    assert value(found["dialogue.turns"]) == 1.0


def test_the_database_is_judged_where_something_is_expected_of_it() -> None:
    wanted = Expected(database=(Rows("transfers", ({"amount_cents": 5000},)),), outcome="contained")
    cases = [case(name, expected=wanted) for name in "abc"] + [case("d")]
    right = {"transfers": ({"amount_cents": 5000},)}
    calls = [
        call("a", database=right),
        call("b", database=right, outcome="expert"),
        call("c", database=right, failure=FAILED),
        call("d"),
    ]
    found = metrics(gathered(cases, calls))
    assert value(found["dialogue.database"]) == pytest.approx(2 / 3)
    assert value(found["dialogue.success"]) == 0.5


def test_all_of_k_calls() -> None:
    cases = [case("a"), case("b")]
    failures = {"a": ("", "", "", ""), "b": ("", "", FAILED, FAILED)}
    calls = [
        call(name, attempt=attempt, failure=failure)
        for name, found in failures.items()
        for attempt, failure in enumerate(found)
    ]
    found = metrics(gathered(cases, calls))
    assert value(found["dialogue.success"]) == 0.75
    assert value(found["dialogue.pass_2"]) == pytest.approx((1 + 1 / 6) / 2)
    assert value(found["dialogue.pass_3"]) == pytest.approx(0.5)
    assert value(found["dialogue.pass_4"]) == pytest.approx(0.5)
    assert "dialogue.pass_5" not in found
    assert set(found["dialogue.pass_2"].samples) == {("a", 0), ("b", 0)}


def test_a_case_called_once_says_nothing_of_repeats() -> None:
    found = metrics(gathered([case("a")], [call("a")]))
    assert found["dialogue.pass_2"].figure is None
    assert found["dialogue.pass_2"].because == "no case was called 2 times"


@given(st.integers(1, 8), st.data())
def test_the_estimate_is_the_share_of_draws_that_all_pass(calls: int, data: st.DataObject) -> None:
    passed = data.draw(st.integers(0, calls))
    k = data.draw(st.integers(1, calls))
    results = [at < passed for at in range(calls)]
    draws = [all(chosen) for chosen in combinations(results, k)]
    assert all_of(k, passed, calls) == pytest.approx(sum(draws) / comb(calls, k))


Outcome = Literal["contained", "escalated", "callback"]


def escalation(*pairs: tuple[Outcome | None, str]) -> dict[str, Metric]:
    cases: list[Case] = []
    calls: list[CallRecord] = []
    for number, (wanted, outcome) in enumerate(pairs):
        cases.append(case(f"c{number}", expected=Expected(outcome=wanted)))
        calls.append(call(f"c{number}", outcome=outcome))
    return metrics(gathered(cases, calls))


def test_escalation_has_precision_and_recall() -> None:
    found = escalation(
        ("escalated", "expert"),
        ("escalated", "contained"),
        ("callback", "callback"),
        ("contained", "escalated"),
        ("contained", "contained"),
        (None, "expert"),
    )
    assert value(found["dialogue.escalation_precision"]) == pytest.approx(2 / 3)
    assert value(found["dialogue.escalation_recall"]) == pytest.approx(2 / 3)
    assert value(found["dialogue.containment"]) == pytest.approx(2 / 6)


def test_no_hand_over_has_no_precision() -> None:
    found = escalation(("contained", "contained"))
    assert found["dialogue.escalation_precision"].figure is None
    assert found["dialogue.escalation_recall"].because == "no case expects a hand-over"


def repair(*, heard: str, answer: str, intent: str = "inform") -> float:
    bot = (
        BotTurn("Hello. How much would you like to move?", 0.0, 2.0),
        BotTurn(answer, 5.0, 7.0),
    )
    turn = said(0, "fifty", heard, start=3.0, end=4.0, answered=5.0, understood=understood(intent))
    found = metrics(gathered([case("a")], [call("a", turn, bot=bot)]))
    return value(found["dialogue.repair"])


def test_a_turn_that_the_bot_had_to_have_again() -> None:
    again = "Sorry, I didn't catch that. How much would you like to move?"
    assert repair(heard="fifty", answer="Fifty dollars. Is that right?") == 0.0
    assert repair(heard="fifty", answer=again) == 1.0
    assert repair(heard="", answer="Pardon?") == 1.0
    assert repair(heard="fifty", answer="Pardon?", intent="nlu_fallback") == 1.0
    # who asks to hear it again gets it again
    assert repair(heard="fifty", answer=again, intent="repeat") == 0.0
