from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.sets.importers.options import Options
from evaluation.sets.model import Entity, Say
from evaluation.sets.problems import SetError
from tests.evaluation.sets.importers.originals import RASA_NLU, ROOT, Import, said, write


def test_rasa_nlu(tmp_path: Path, bring: Import) -> None:
    source = write(tmp_path / "nlu.yml", RASA_NLU)
    found = bring("rasa-nlu", source, Options(licence="Apache-2.0"))
    assert said(found) == {
        "transfer_money-1": Say(
            "move fifty dollars to my savings",
            intent="transfer_money",
            entities=(
                Entity("amount", "50", "fifty dollars"),
                Entity("account", "savings", "savings"),
            ),
        ),
        "transfer_money-2": Say(
            "send ten dollars", intent="transfer_money", entities=(Entity("amount", "10", "ten"),)
        ),
        "out_of_scope-1": Say("how is the weather", intent="out_of_scope"),
        "out_of_scope-2": Say("is it late", intent="out_of_scope"),
    }
    assert [case.tags for case in found.cases] == [(), (), ("out_of_scope",), ("out_of_scope",)]
    assert (found.licence, found.source) == ("Apache-2.0", "Rasa NLU data: nlu.yml")


def test_the_projects_own_rasa_data(bring: Import) -> None:
    found = bring("rasa-nlu", ROOT / "nlu-data" / "tests" / "test_nlu.yml")
    text = (ROOT / "nlu-data" / "tests" / "test_nlu.yml").read_text()
    assert len(found.cases) == sum(line.startswith("      - ") for line in text.splitlines())
    assert "transfer_money" in {turn.intent for turn in said(found).values()}
    told = bring("rasa-stories", ROOT / "nlu-data" / "data")
    assert [case.id for case in told.cases] == [
        "a-caller-who-only-says-hello-and-leaves",
        "thanks-and-goodbye",
    ]


def test_what_is_wrong_with_rasas_files(tmp_path: Path, bring: Import) -> None:
    text = 'nlu:\n  - intent: a\n    examples: |\n      - send [ten]{"entity"}\nstories:\n  - x\n'
    source = write(tmp_path / "rasa" / "data.yml", text)
    with pytest.raises(SetError, match=r"data.yml:1: example 1 of a: the marking of \[ten\]"):
        bring("rasa-nlu", source)
    with pytest.raises(SetError, match=r"data.yml:5: has a story without steps"):
        bring("rasa-stories", source)
    with pytest.raises(SetError, match="has no YAML file"):
        bring("rasa-nlu", tmp_path / "sets")
