import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.tools.loading import load


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tool, on a made-up project whose training writes a model and counts itself."""
    module = load("train")
    monkeypatch.setattr(module, "SOURCES", tmp_path / "nlu-data")
    monkeypatch.setattr(module, "LOCK", tmp_path / "rasa.txt")
    monkeypatch.setattr(module, "DATA", tmp_path / "var")
    monkeypatch.setattr(module, "STAMP", tmp_path / "var" / ".trained")
    (tmp_path / "nlu-data" / "data").mkdir(parents=True)
    (tmp_path / "nlu-data" / "data" / "nlu.yml").write_text("hello")
    (tmp_path / "rasa.txt").write_text("rasa==3.6.21")
    return module


def training(train: ModuleType) -> list[str]:
    code = (
        "import pathlib, sys; d = pathlib.Path(sys.argv[1]); d.mkdir(exist_ok=True); "
        "(d / 'm.tar.gz').touch(); (d / 'count').open('a').write('x')"
    )
    return [sys.executable, "-c", code, str(train.DATA)]


def times(train: ModuleType) -> int:
    return len((train.DATA / "count").read_text())


def test_the_second_time_nothing_is_trained(train: ModuleType) -> None:
    assert train.main(training(train)) == 0
    assert train.main(training(train)) == 0
    assert times(train) == 1


def test_a_change_of_content_is_trained(train: ModuleType) -> None:
    train.main(training(train))
    (train.SOURCES / "data" / "nlu.yml").write_text("hello again")
    train.main(training(train))
    assert times(train) == 2


def test_leftovers_of_a_run_are_no_change(train: ModuleType) -> None:
    train.main(training(train))
    (train.SOURCES / "__pycache__").mkdir()
    (train.SOURCES / "__pycache__" / "x.pyc").touch()
    (train.SOURCES / "data" / "nlu.yml").touch()
    train.main(training(train))
    assert times(train) == 1


def test_a_model_that_was_deleted_is_trained_again(train: ModuleType) -> None:
    train.main(training(train))
    (train.DATA / "m.tar.gz").unlink()
    train.main(training(train))
    assert times(train) == 2


def test_a_training_that_failed_counts_for_nothing(train: ModuleType) -> None:
    assert train.main([sys.executable, "-c", "raise SystemExit(3)"]) == 3
    assert train.main(training(train)) == 0
    assert times(train) == 1
