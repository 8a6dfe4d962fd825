from __future__ import annotations

import random

import pytest

from evaluation.runs.model import CallerTurn
from evaluation.scoring import understanding
from evaluation.scoring.gathered import Gathered
from evaluation.scoring.model import Metric
from evaluation.scoring.understanding import calibration_bins, confusions, judged_turns
from evaluation.sets.model import Entity, Say
from tests.evaluation.scoring.calls import call, case, gathered, one, said, understood


def metrics(found: Gathered) -> dict[str, Metric]:
    return {metric.key: metric for metric in understanding.metrics(found)}


def value(metric: Metric) -> float:
    assert metric.figure is not None, metric.because
    return metric.figure.value


def turns_of(*pairs: tuple[str, str, str]) -> Gathered:
    """Turns by the intent expected, that of the reference and that of what was heard."""
    script = [Say("words", intent=expected) for expected, _, _ in pairs]
    turns = [
        said(n, "words", by_reference=understood(by_text), understood=understood(by_ear))
        for n, (_, by_text, by_ear) in enumerate(pairs)
    ]
    return one(turns, script)


def test_accuracy_on_both_texts_and_the_gap() -> None:
    found = metrics(
        turns_of(
            ("balance", "balance", "balance"),
            ("balance", "balance", "hours"),
            ("hours", "hours", "balance"),
            ("hours", "balance", "hours"),
        )
    )
    assert value(found["understanding.accuracy_reference"]) == 0.75
    assert value(found["understanding.accuracy_heard"]) == 0.5
    assert value(found["understanding.gap"]) == 0.25


def test_macro_f1_weighs_intents_alike() -> None:
    pairs = [("balance", "balance", "balance")] * 8 + [("hours", "balance", "balance")] * 2
    found = metrics(turns_of(*pairs))
    # balance: precision 0.8, recall 1; hours: nothing
    assert value(found["understanding.macro_f1_heard"]) == pytest.approx((16 / 18 + 0) / 2)
    assert value(found["understanding.accuracy_heard"]) == 0.8


def test_an_intent_that_nobody_expected_takes_no_part_in_the_mean() -> None:
    found = metrics(turns_of(("balance", "hours", "balance"), ("balance", "balance", "balance")))
    assert value(found["understanding.macro_f1_reference"]) == pytest.approx(2 / 3)


def test_what_is_out_of_scope_may_be_refused_either_way() -> None:
    found = metrics(
        turns_of(
            ("out_of_scope", "out_of_scope", "nlu_fallback"),
            ("out_of_scope", "nlu_fallback", "pay_bill"),
            ("pay_bill", "nlu_fallback", "pay_bill"),
        )
    )
    assert value(found["understanding.out_of_scope_recall_reference"]) == 1.0
    assert value(found["understanding.out_of_scope_recall_heard"]) == 0.5
    assert value(found["understanding.accuracy_reference"]) == pytest.approx(2 / 3)
    assert value(found["understanding.macro_f1_reference"]) == pytest.approx(0.5)


def test_what_was_not_heard_was_not_understood() -> None:
    script = [Say("words", intent="hours")] * 2
    turns = [said(0, "words", understood=understood("hours")), said(1, "words", "")]
    found = one(turns, script)
    assert value(metrics(found)["understanding.accuracy_heard"]) == 0.5
    (confusion,) = confusions(found)
    assert confusion.counts == {("hours", "hours"): 1, ("hours", "nothing heard"): 1}


def test_a_run_in_which_the_dialogue_was_not_asked_says_so() -> None:
    found = metrics(one([said(0, "words", "")], [Say("words", intent="hours")]))
    assert found["understanding.accuracy_heard"].figure is None
    assert "given to the dialogue" in found["understanding.accuracy_heard"].because
    assert found["understanding.gap"].figure is None


def entities(*turns: CallerTurn, script: Say) -> dict[str, Metric]:
    return metrics(one(list(turns), [script] * len(turns)))


def test_values_need_the_right_kind_and_the_right_value() -> None:
    script = Say("words", entities=(Entity("amount", 50), Entity("account", "checking")))
    turns = [
        said(0, "words", understood=understood("x", amount=50.0, account="Checking")),
        said(1, "words", understood=understood("x", amount=15.0, account="checking")),
        said(2, "words", understood=understood("x", account="50", correction="soft")),
    ]
    found = entities(*turns, script=script)
    # right: 2 + 1 + 0 of 6 expected and 2 + 2 + 1 found (the set knows no "correction")
    assert value(found["understanding.entity_f1_heard"]) == pytest.approx(2 * 3 / (6 + 5))
    assert value(found["understanding.entity_f1_heard.amount"]) == pytest.approx(2 * 1 / (3 + 2))
    assert value(found["understanding.entity_f1_heard.account"]) == pytest.approx(2 * 2 / (3 + 3))
    assert "understanding.entity_f1_heard.correction" not in found
    assert found["understanding.entity_f1_reference"].figure is None


def test_a_value_found_twice_is_right_once() -> None:
    twice = understood("x")
    twice = type(twice)("x", 0.9, understood("x", amount=50).entities * 2)
    script = Say("words", entities=(Entity("amount", 50),))
    found = entities(said(0, "words", understood=twice), script=script)
    assert value(found["understanding.entity_f1_heard"]) == pytest.approx(2 / 3)


def test_a_well_calibrated_bot_has_no_calibration_error() -> None:
    draw = random.Random(3)
    turns, script = [], []
    for number in range(4000):
        confidence = draw.random()
        intent = "hours" if draw.random() < confidence else "balance"
        turns.append(said(number, "words", understood=understood(intent, confidence)))
        script.append(Say("words", intent="hours"))
    found = one(turns, script)
    assert value(metrics(found)["understanding.calibration_error_heard"]) < 0.03
    bins = calibration_bins(judged_turns(found, "heard"))
    assert sum(each.count for each in bins) == 4000
    assert all(each.low <= each.confidence <= each.high for each in bins)


def test_an_overconfident_bot_has_one() -> None:
    script = [Say("words", intent="hours")] * 4
    intents = ("hours", "hours", "balance", "balance")
    turns = [said(n, "words", understood=understood(i, 1.0)) for n, i in enumerate(intents)]
    found = metrics(one(turns, script))
    assert value(found["understanding.calibration_error_heard"]) == pytest.approx(0.5)
    assert value(found["understanding.brier_heard"]) == pytest.approx(0.5)


def test_macro_f1_and_calibration_are_resampled_by_call() -> None:
    cases = [case(f"c{n}", Say("words", intent="hours")) for n in range(20)]
    calls = [
        call(f"c{n}", said(0, "words", understood=understood("hours" if n % 4 else "balance")))
        for n in range(20)
    ]
    figure = metrics(gathered(cases, calls))["understanding.macro_f1_heard"].figure
    assert figure is not None
    assert figure.low < figure.value < figure.high
    again = metrics(gathered(cases, calls))["understanding.macro_f1_heard"].figure
    assert figure == again


def test_every_metric_is_computed_of_nothing_without_an_error() -> None:
    for metric in understanding.metrics(gathered([], [])):
        assert metric.figure is None
        assert metric.because
