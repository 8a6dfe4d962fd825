from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.sets.importers.options import Options
from evaluation.sets.model import Entity
from evaluation.sets.problems import SetError
from tests.evaluation.sets.importers.originals import Import, picovoice, said, write


def test_picovoice(tmp_path: Path, bring: Import) -> None:
    root = picovoice(tmp_path / "pv")
    named = Options(intents={"orderDrink": "order"})
    found = bring("picovoice", root, named)
    turns = said(found)
    assert list(turns) == ["0075d273", "00e09cf0"]
    first = turns["0075d273"]
    assert (first.text, first.intent) == ("", "order")
    assert first.entities == (Entity("size", "large"), Entity("milk", "soy milk"))
    assert (turns["00e09cf0"].intent, turns["00e09cf0"].entities) == ("cancel", ())
    assert first.audio == found.folder / "audio" / "0075d273.wav"


def test_what_is_missing_of_picovoice(tmp_path: Path, bring: Import) -> None:
    root = picovoice(tmp_path / "pv")
    label = root / "data" / "label" / "label.json"
    labels = json.loads(label.read_text())
    write(label, {"0075d273.wav": {"intent": "order"}})
    with pytest.raises(SetError) as caught:
        bring("picovoice", root)
    assert [one.text for one in caught.value.problems] == [
        "0075d273.wav has no intent with slots",
        "00e09cf0.wav has no intent with slots",
    ]
    write(label, labels | {"x.wav": {"intent": "order", "slots": {}}})
    found = bring("picovoice", root)
    assert len(found.cases) == 2
    assert found.source.endswith("; 1 labels without a recording are left out")
    write(label, "{")
    with pytest.raises(SetError, match=r"label.json:1: no JSON"):
        bring("picovoice", root)
    with pytest.raises(SetError, match="only a test split"):
        bring("picovoice", root, Options(split="train"))
