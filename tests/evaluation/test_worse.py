from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from evaluation.comparing.model import Change, Comparison, Rule
from evaluation.scoring.model import Stage
from evaluation.sets.model import Case, EvaluationSet, Line
from evaluation.worse import Trial, UnknownIntent, noisier, project_without, right, told
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
