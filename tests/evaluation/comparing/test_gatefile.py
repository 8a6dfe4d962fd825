from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.comparing.gatefile import gate_of, read_gate
from evaluation.comparing.model import ComparingError, Floor, Gate, Margin


def test_what_is_left_out_has_defaults() -> None:
    assert gate_of("") == Gate()


def test_margins_and_floors() -> None:
    gate = gate_of(
        """
        calls: 10
        undecided: not enough data
        margins: {dialogue.success: 0.05, turn_taking.response: 10%}
        floors: [{metric: recognition.wer, at_most: 0.2, tags: [clean], judged_by: value}]
        """
    )
    assert gate == Gate(
        margins=(
            Margin("dialogue.success", 0.05),
            Margin("turn_taking.response", 0.1, relative=True),
        ),
        floors=(Floor("recognition.wer", at_most=0.2, tags=("clean",), judged_by="value"),),
        calls=10,
        undecided="not enough data",
    )
    assert gate.margins[1].of(800.0) == pytest.approx(80)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ComparingError) as error:
        gate_of("level: 2\nmargins: {a: true, b: x%}\nfloors: [{metric: c}]\nfoo: 1", "my.yaml")
    said = str(error.value).splitlines()
    assert len(said) == 5
    assert all(line.startswith("my.yaml: ") for line in said)
    assert any("floors: 0:" in line and "at_least or at_most" in line for line in said)


@pytest.mark.parametrize("text", ["a: [", "- 1", "7", "floors: [{metric: a, at_least: .nan}]"])
def test_other_content_is_refused(text: str) -> None:
    with pytest.raises(ComparingError):
        gate_of(text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ComparingError, match=r"none\.yaml"):
        read_gate(tmp_path / "none.yaml")
