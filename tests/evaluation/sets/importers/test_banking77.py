from __future__ import annotations

import csv
from pathlib import Path

import pytest

from evaluation.sets.importers.options import Options
from evaluation.sets.model import Say
from evaluation.sets.problems import SetError
from tests.evaluation.sets.importers.originals import DATA, Import, real, said, write


def test_banking77(tmp_path: Path, bring: Import) -> None:
    text = 'text,category\n"Where is\nmy card, please?",card_arrival\nLost it,lost_card\n'
    write(tmp_path / "repo" / "banking_data" / "test.csv", text)
    options = Options(voice="espeak", intents={"lost_card": "replace_card"}, version="2")
    found = bring("banking77", tmp_path / "repo", options)
    assert said(found) == {
        "banking77-test-00001": Say("Where is my card, please?", intent="card_arrival"),
        "banking77-test-00002": Say("Lost it", intent="replace_card"),
    }
    assert found.cases[0].voice == "espeak"
    assert (found.synthetic, found.version, found.licence) == (True, "2", "CC-BY-4.0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text,label\nx,y\n", "test.csv:1: has no column category"),
        ("text,category\nx,\n", "test.csv:2: lacks one of text, category"),
        ("text,category\nx\n", "test.csv:2: lacks one of text, category"),
        ("text,category\n", "nothing to import"),
    ],
)
def test_what_is_no_banking77(tmp_path: Path, bring: Import, text: str, expected: str) -> None:
    with pytest.raises(SetError, match=expected):
        bring("banking77", write(tmp_path / "test.csv", text))
    with pytest.raises(SetError, match="only a train and a test split"):
        bring("banking77", tmp_path, Options(split="validation"))


@real
def test_the_real_banking77_in_part(bring: Import) -> None:
    source = DATA / "nlu" / "banking77_train.csv"
    options = Options(split="train", most=300, seed=7)
    turns = said(bring("banking77", source, options))
    with source.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    assert len(rows) == 10_003
    assert len(turns) == 300
    assert len({turn.intent for turn in turns.values()}) > 60
    for name, turn in turns.items():
        text, category = rows[int(name[-5:]) - 1]
        assert (turn.text, turn.intent) == (" ".join(text.split()), category)
