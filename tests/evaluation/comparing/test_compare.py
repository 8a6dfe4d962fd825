from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluation.comparing.compare import compare, judge
from evaluation.comparing.model import Comparison, Gate, Margin
from evaluation.scoring.model import Aligned, Metric, Verdict
from tests.evaluation.comparing.made import Samples, answers, metric, scores, values

GATE = Gate(margins=(Margin("dialogue.success", 0.05),))


def success(passed: int) -> Metric:
    """Of sixty calls the first ones pass."""
    return metric("dialogue.success", answers(*(at < passed for at in range(60))))


def compared(before: int, after: int, gate: Gate = GATE) -> Comparison:
    return compare(scores(success(before)), scores(success(after)), gate)


def test_a_drop_that_is_shown_and_larger_than_the_margin_fails() -> None:
    found = compared(58, 45)
    (change,) = found.changes
    assert change.verdict == "worse"
    assert change.test == "McNemar's test"
    assert change.difference is not None
    assert change.difference.value == pytest.approx(-13 / 60)
    assert change.p == pytest.approx(2 / 2**13)
    assert found.status == "failed"
    assert found.exit_status == 1
    assert found.causes == ("dialogue",)


def test_the_same_the_other_way_round_is_better_and_passes() -> None:
    found = compared(45, 58)
    assert found.changes[0].verdict == "better"
    assert found.exit_status == 0


def test_a_drop_that_may_be_chance_passes_and_says_what_is_not_excluded() -> None:
    found = compared(58, 54)
    assert found.changes[0].verdict == "no difference shown"
    assert found.exit_status == 0
    margin = next(rule for rule in found.rules if rule.kind == "margin")
    assert "not excluded" in margin.reason


def test_a_gate_may_ask_for_proof() -> None:
    strict = Gate(margins=(Margin("dialogue.success", 0.1),), undecided="not enough data")
    assert compared(58, 54, strict).exit_status == 2
    assert compared(58, 58, strict).exit_status == 0


def test_a_drop_that_is_shown_but_within_the_margin_passes() -> None:
    found = compared(58, 45, Gate(margins=(Margin("dialogue.success", 0.25),)))
    assert found.changes[0].verdict == "worse"
    assert found.exit_status == 0
    assert any("within the margin" in rule.reason for rule in found.rules)


def test_few_calls_are_not_enough_data() -> None:
    found = compared(58, 20, Gate(margins=GATE.margins, calls=61))
    assert found.rules[0].status == "not enough data"
    assert found.status == "failed", "what is shown is shown"
    few = Gate(margins=GATE.margins, calls=61, metric_calls=61)
    assert compared(58, 20, few).exit_status == 2


def test_calls_that_only_one_run_has_make_it_unusable() -> None:
    before = scores(metric("dialogue.success", answers(*[True] * 60)))
    after = scores(metric("dialogue.success", answers(*[True] * 50)))
    found = compare(before, after, Gate(calls=40))
    assert len(found.before_only) == 10
    assert found.exit_status == 2
    assert "10 of 60 calls are in one run only" in found.rules[0].reason
    assert compare(before, after, Gate(calls=40, missing=0.2)).exit_status == 0


def test_a_margin_of_an_unknown_metric_is_no_pass() -> None:
    found = compared(58, 58, Gate(margins=(Margin("dialog.success", 0.05),)))
    assert found.exit_status == 2
    assert 'did you mean "dialogue.success"?' in found.rules[1].reason


def test_calls_that_turned_are_named() -> None:
    before = scores(success(60))
    verdicts = (Verdict(v.case, v.attempt, v.case != "case-7") for v in before.verdicts)
    after = replace(before, verdicts=tuple(verdicts))
    assert compare(before, after, GATE).broken == (("case-7", 0),)
    assert compare(after, before, GATE).mended == (("case-7", 0),)


def test_metrics_with_a_margin_are_a_family_of_their_own() -> None:
    """Looking at many other figures must not hide what was asked for."""
    random = np.random.default_rng(1)
    noise = [
        metric(f"whole.extra_{at}", answers(*(random.random(60) < 0.9).tolist()))
        for at in range(30)
    ]
    one, other = (scores(success(passed), *noise) for passed in (58, 50))
    found = compare(one, other, GATE)
    assert found.changes[0].adjusted == found.changes[0].p == pytest.approx(2 / 2**8)
    assert found.exit_status == 1
    elsewhere = compare(one, other, Gate())
    assert elsewhere.changes[0].adjusted == pytest.approx(31 * 2 / 2**8)
    assert elsewhere.changes[0].verdict == "no difference shown"


def test_waits_are_compared_by_percentile_and_margins_may_be_shares() -> None:
    random = np.random.default_rng(2)
    usual = random.lognormal(6.8, 0.3, 60)
    before, slower, slow = (
        scores(
            metric(
                "turn_taking.response",
                values(*(factor * wait * random.lognormal(0, 0.1, 3) for wait in usual)),
                better="lower",
                kind="p50",
                unit="ms",
            )
        )
        for factor in (1.0, 1.05, 1.4)
    )
    gate = Gate(margins=(Margin("turn_taking.response", 0.15, relative=True),))
    assert compare(before, slow, gate).exit_status == 1
    assert compare(before, slower, gate).exit_status == 0
    assert "percentiles" in compare(before, slow, gate).changes[0].test


def words(errors_by_call: list[int]) -> tuple[list[Aligned], Samples]:
    """A turn of twelve words a call, each error four words after the one before."""
    right, wrong = ("=", "word", "word"), ("S", "word", "other")
    alignments, samples = [], {}
    for at, errors in enumerate(errors_by_call):
        pairs = tuple(
            wrong if place % 4 == 0 and place < 4 * errors else right for place in range(12)
        )
        alignments.append(Aligned(f"case-{at}", 0, 0, errors, 12, pairs))
        samples[(f"case-{at}", 0)] = (float(errors), 12.0)
    return alignments, samples


def test_word_errors_are_judged_by_segments_and_calls() -> None:
    one, first = words([at % 2 for at in range(60)])
    other, second = words([1 + at % 3 for at in range(60)])
    before = scores(metric("recognition.wer", first, better="lower"), alignments=one)
    after = scores(metric("recognition.wer", second, better="lower"), alignments=other)
    found = compare(before, after, Gate(margins=(Margin("recognition.wer", 0.02),)))
    assert found.exit_status == 1
    assert found.causes == ("recognition",)
    assert "sentence segments" in found.changes[0].test
    assert "another word: 30 before, 120 after" in found.changes[0].details


def test_the_same_scores_twice_are_judged_alike_and_not_different() -> None:
    same = scores(success(50))
    assert compare(same, same, GATE) == compare(same, same, GATE)
    assert compare(same, same, GATE).changes[0].p == 1


def test_a_run_alone_has_calls_and_floors_only() -> None:
    found = judge(scores(success(50)), GATE)
    assert [rule.kind for rule in found.rules] == ["calls"]
    assert found.exit_status == 0


def test_runs_that_share_no_metric_are_no_pass() -> None:
    other = scores(metric("recognition.wer", answers(*[False] * 60), better="lower"))
    assert compare(other, other, GATE).exit_status == 2
    assert compare(scores(success(50)), other, GATE).exit_status == 2
