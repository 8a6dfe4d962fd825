from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
import yaml

from evaluation.comparing.gatefile import SHIPPED, read_gate
from evaluation.comparing.model import Change, Comparison, Rule
from evaluation.scoring.model import Stage
from evaluation.sets.model import Case, EvaluationSet, Line, Say
from evaluation.worse import (
    Draws,
    Placed,
    Trial,
    UnknownIntent,
    drawn,
    draws_right,
    noisier,
    project_without,
    right,
    told,
)
from tests.evaluation.scoring.calls import a_run, a_set, call, case, said, understood
from voicebot.rasa_project import RasaProject

NLU = """
version: "3.1"
nlu:
  - intent: transfer_money
    examples: |
      - move [fifty](amount) dollars
  - intent: affirm
    examples: |
      - yes: please
  - synonym: checking
    examples: |
      - current account
"""


def project(folder: Path) -> RasaProject:
    (folder / "nlu-data" / "data" / "nlu").mkdir(parents=True)
    (folder / "nlu-data" / "data" / "nlu" / "all.yml").write_text(NLU)
    (folder / "nlu-data" / "data" / "rules.yml").write_text("rules: []\n")
    (folder / "requirements").mkdir()
    (folder / "requirements" / "rasa.txt").write_text("rasa==0\n")
    return RasaProject(folder)


def test_an_intent_is_taken_out_of_a_copy_and_everything_else_stays(tmp_path: Path) -> None:
    ours = project(tmp_path / "ours")
    before = ours.content_hash()
    copy = project_without(ours, "transfer_money", tmp_path / "copy")
    left = yaml.safe_load((copy.sources / "data" / "nlu" / "all.yml").read_text())
    whole = yaml.safe_load(NLU)
    assert left["nlu"] == whole["nlu"][1:]
    assert left["version"] == "3.1"
    assert (copy.sources / "data" / "rules.yml").read_text() == "rules: []\n"
    assert copy.lock.read_text() == "rasa==0\n"
    assert ours.content_hash() == before != copy.content_hash()


def test_an_intent_that_nobody_teaches_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownIntent, match="open_account"):
        project_without(project(tmp_path / "ours"), "open_account", tmp_path / "copy")


def test_lines_get_noisier_and_nothing_else_changes() -> None:
    cases = tuple(Case(name, line=Line(snr=snr)) for name, snr in (("a", None), ("b", 20.0)))
    whole = EvaluationSet(Path(), "s", "1", "", "", "test", True, cases, "digest")
    made = noisier(whole)
    assert [case.line.snr for case in made.cases] == [15.0, 10.0]
    assert [case.id for case in made.cases] == ["a", "b"]
    assert made.digest == whole.digest


def test_draws_are_of_different_cases_and_the_same_twice() -> None:
    cases = tuple(Case(str(number)) for number in range(9))
    whole = EvaluationSet(Path(), "s", "1", "", "", "test", True, cases, "digest")
    draws = [drawn(whole, 4, seed) for seed in range(5)]
    assert all(len(draw) == 4 for draw in draws)
    assert len(set(draws)) > 1
    assert draws == [drawn(whole, 4, seed) for seed in range(5)]
    assert drawn(whole, 60, 1) == {case.id for case in cases}


@pytest.mark.parametrize(("worse", "count"), [(0.45, 3), (0.0, 0)])
def test_draws_are_judged_one_by_one(worse: float, count: int) -> None:
    random = Random(1)
    cases = [case(f"c{n}", Say("words", intent="hours")) for n in range(60)]

    def placed(share: float) -> Placed:
        calls = [
            call(
                f"c{n}",
                said(
                    0, "words", understood=understood("x" if random.random() < share else "hours")
                ),
            )
            for n in range(60)
        ]
        return Placed(a_run(calls), a_set(cases))

    trial = Trial("without", "understanding", {}, lambda cases: cases)
    gate = read_gate(SHIPPED)
    assert draws_right(trial, placed(0.0), placed(worse), gate, Draws(3, 50, 1)) == count


def found(status: str, stage: Stage | None = None) -> Comparison:
    rule = Rule("a rule", "margin", status, "told", stage=stage)  # type: ignore[arg-type]
    changes = (
        (Change("x", "X", stage, "share", "higher", 60, "worse", primary=True),) if stage else ()
    )
    return Comparison(changes, (rule,), 0.05)


def test_a_verdict_is_right_only_for_the_right_reason() -> None:
    noise = Trial("noise", "recognition", {}, lambda cases: cases)
    equal = Trial("equal", None, {}, lambda cases: cases)
    assert right(noise, found("failed", "recognition"))
    assert not right(noise, found("failed", "understanding"))
    assert not right(noise, found("passed"))
    assert not right(noise, found("not enough data", "recognition"))
    assert right(equal, found("passed"))
    assert not right(equal, found("not enough data"))
    assert "WRONG" in told(equal, found("failed", "dialogue"))
