from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.sets.importers.options import Options
from evaluation.sets.model import Say
from evaluation.sets.problems import SetError
from tests.evaluation.sets.importers.originals import DATA, Import, real, said, write


def test_clinc150(tmp_path: Path, bring: Import) -> None:
    data = {
        "train": [["no", "no"]],
        "test": [["pay  my bill", "pay_bill"], ["move money", "transfer"]],
        "oos_test": [["who won", "oos"]],
        "oos_val": [["why", "oos"]],
    }
    write(tmp_path / "repo" / "data" / "data_full.json", data)
    found = bring("clinc150", tmp_path / "repo", Options(intents={"transfer": "transfer_money"}))
    assert said(found) == {
        "test-00001": Say("pay my bill", intent="pay_bill"),
        "test-00002": Say("move money", intent="transfer_money"),
        "oos-test-00001": Say("who won", intent="out_of_scope"),
    }
    assert found.cases[2].tags == ("out_of_scope",)
    for wrong in ([], {"test": 3}, {"test": [["x"]]}, {"test": [["x", 1]]}):
        with pytest.raises(SetError, match=r"is not CLINC150|is no \[text, intent\]"):
            bring("clinc150", write(tmp_path / "wrong.json", wrong))


@real
def test_the_banking_part_of_the_real_clinc150(bring: Import) -> None:
    options = Options(split="validation", only=frozenset({"transfer", "oos"}))
    found = bring("clinc150", DATA / "nlu" / "clinc_banking.json", options)
    intents = [turn.intent for turn in said(found).values()]
    assert {name: intents.count(name) for name in set(intents)} == {
        "transfer": 20,
        "out_of_scope": 100,
    }
