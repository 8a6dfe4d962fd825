"""What docs/evaluation.md shows is a set that can be read."""

from __future__ import annotations

import re
from pathlib import Path

from evaluation.sets.model import Keys, Say, Silence
from evaluation.sets.reading import read_set
from tests.evaluation.sets.folders import make, sound

PAGE = Path(__file__).resolve().parents[3] / "docs" / "evaluation.md"


def block(begin: str) -> str:
    """The indented block that begins so."""
    found = re.search(rf"^    {re.escape(begin)}.*?(?=^\S)", PAGE.read_text(), re.M | re.S)
    assert found is not None, begin
    return re.sub(r"^    ", "", found.group(), flags=re.M)


def test_the_documented_set_can_be_read(tmp_path: Path) -> None:
    heading = block("format: 1").split("hashes:")[0]
    written = " ".join(block('{"id": "transfer.change').split())
    sound(tmp_path / "audio" / "twenty.flac")
    found = read_set(make(tmp_path, [written], heading))
    assert (found.name, found.version, found.today) == ("bank", "1.0", "2026-11-24")
    (case,) = found.cases
    assert [type(turn) for turn in case.turns] == [Say, Keys, Say, Say, Silence, Say]
    assert case.expected.outcome == "contained"
