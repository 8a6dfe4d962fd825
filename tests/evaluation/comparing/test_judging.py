"""Floors: what a run must reach by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.bench.intervals import Figure
from evaluation.comparing.compare import judge
from evaluation.comparing.model import Floor, Gate, JudgedBy, Rule
from evaluation.scoring.model import Scores
from tests.evaluation.comparing.made import answers, metric, scores

FORTY = answers(*[True] * 40)


def floored(
    figure: Figure | None, floor: Floor, tags: dict[str, Figure] | None = None
) -> list[Rule]:
    found = metric("dialogue.success", FORTY, by_tag=tags)
    made = replace(found, title="Success", figure=figure, because="no call has an outcome")
    judged = judge(scores(made, calls=40), Gate(floors=(floor,)))
    return [rule for rule in judged.rules if rule.kind == "floor"]


@pytest.mark.parametrize(
    ("judged_by", "figure", "status"),
    [
        ("interval", Figure(0.7, 0.6, 0.79), "failed"),
        ("interval", Figure(0.75, 0.6, 0.85), "passed"),
        ("value", Figure(0.75, 0.6, 0.85), "failed"),
        ("value", Figure(0.85, 0.7, 0.95), "passed"),
        ("proof", Figure(0.85, 0.7, 0.95), "not enough data"),
        ("proof", Figure(0.9, 0.82, 0.95), "passed"),
        ("proof", Figure(0.6, 0.5, 0.7), "failed"),
    ],
)
def test_a_floor_is_judged_by_interval_value_or_proof(
    judged_by: JudgedBy, figure: Figure, status: str
) -> None:
    floor = Floor("dialogue.success", at_least=0.8, judged_by=judged_by)
    (rule,) = floored(figure, floor)
    assert rule.status == status
    assert rule.stage == "dialogue"
    assert rule.name == "dialogue.success is at least 80.0 %"


def test_a_ceiling_and_both() -> None:
    low, high = Figure(0.1, 0.05, 0.15), Figure(0.4, 0.35, 0.45)
    assert floored(low, Floor("dialogue.success", at_most=0.3))[0].status == "passed"
    assert floored(high, Floor("dialogue.success", at_most=0.3))[0].status == "failed"
    both = Floor("dialogue.success", at_least=0.2, at_most=0.3)
    assert [floored(each, both)[0].status for each in (low, high)] == ["failed", "failed"]


def test_tags_are_judged_one_by_one() -> None:
    good = Figure(0.9, 0.8, 0.95)
    tags = {"transfer": Figure(0.0, 0.0, 0.3), "snr-10": good, "snr-20": good, "other": good}
    floor = Floor("dialogue.success", at_least=0.5, tags=("transfer", "snr-*"))
    found = {rule.name.rpartition(" for ")[2]: rule.status for rule in floored(good, floor, tags)}
    assert found == {"transfer": "failed", "snr-10": "passed", "snr-20": "passed"}
    nothing = Floor("dialogue.success", at_least=0.5, tags=("hours",))
    assert floored(good, nothing, tags)[0].status == "not enough data"


def test_what_was_not_measured_is_no_pass() -> None:
    (rule,) = floored(None, Floor("dialogue.success", at_least=0.8))
    assert (rule.status, rule.reason) == ("not enough data", "no call has an outcome")
    (rule,) = floored(Figure(1, 1, 1), Floor("dialogue.sucess", at_least=0.8))
    assert rule.status == "not enough data"
    assert "did you mean" in rule.reason


def test_an_empty_run_is_not_enough_data() -> None:
    assert judge(Scores((), ()), Gate()).exit_status == 2
