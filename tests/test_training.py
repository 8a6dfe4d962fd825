"""Training, with a small program in the place of Rasa: it writes a model of what it was told."""

from __future__ import annotations

import fcntl
import os
import sys
import threading
from pathlib import Path

import pytest

from voicebot import training
from voicebot.config import Settings
from voicebot.rasa_project import EnvironmentMissing, RasaProject
from voicebot.training import ModelNotTrained, TrainingFailed, current_model, newest_model, train

TRAINER = """
import os, sys
from pathlib import Path
words = sys.argv
out, name = Path(words[words.index("--out") + 1]), words[words.index("--fixed-model-name") + 1]
print("training", "again" if "--force" in words else "", os.environ["OMP_NUM_THREADS"])
with open(os.environ["COUNT"], "a") as count:
    count.write("x")
what = Path("data/nlu.yml").read_text()
if "break" in what:
    print("nlu.yml: line 3 is wrong")
    raise SystemExit(1)
if "change" in what:
    Path("data/nlu.yml").write_text("other")
if "nothing" not in what:
    (out / f"{name}.tar.gz").write_text(what)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RasaProject:
    root = tmp_path / "checkout"
    (root / "nlu-data" / "data").mkdir(parents=True)
    (root / "nlu-data" / "serve_rasa.py").write_text(TRAINER)
    (root / "nlu-data" / "data" / "nlu.yml").write_text("first")
    (root / "requirements").mkdir()
    (root / "requirements" / "rasa.txt").write_text("rasa==3.6.21")
    (root / ".venv-rasa" / "bin").mkdir(parents=True)
    (root / ".venv-rasa" / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setenv("COUNT", str(tmp_path / "count"))
    monkeypatch.setattr(training, "TICK", 0.02)
    return RasaProject(root)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var", models_dir=tmp_path / "models")


def trainings(tmp_path: Path) -> int:
    return len((tmp_path / "count").read_text())


def write(project: RasaProject, text: str) -> None:
    (project.sources / "data" / "nlu.yml").write_text(text)


def test_only_when_something_changed(
    settings: Settings, project: RasaProject, tmp_path: Path
) -> None:
    with pytest.raises(ModelNotTrained, match="voicebot train"):
        current_model(settings, project)
    assert newest_model(settings) is None
    model = train(settings, project=project)
    assert model == settings.models_dir / "rasa" / f"{project.content_hash()}.tar.gz"
    assert model.read_text() == "first"
    assert current_model(settings, project) == newest_model(settings) == model
    assert train(settings, project=project) == model
    assert trainings(tmp_path) == 1
    write(project, "second")
    with pytest.raises(ModelNotTrained):
        current_model(settings, project)
    assert train(settings, project=project) != model
    write(project, "first")
    assert current_model(settings, project) == model
    assert trainings(tmp_path) == 2
    train(settings, project=project, force=True)
    assert trainings(tmp_path) == 3
    assert (tmp_path / "var" / "logs" / "training.log").read_text() == "training again 1\n"


def test_what_counts_and_what_does_not(project: RasaProject) -> None:
    before = project.content_hash()
    for name in ("__pycache__/a.pyc", ".rasa/cache.db", "tests/test_x.py", "README.md", ".x.swp"):
        path = project.sources / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert project.content_hash() == before
    (project.sources / "data" / "nlu.yml").rename(project.sources / "data" / "other.yml")
    renamed = project.content_hash()
    assert renamed != before
    project.lock.write_text("rasa==3.6.22")
    assert project.content_hash() not in (before, renamed)


def test_a_failure_shows_the_last_lines_and_leaves_nothing(
    settings: Settings, project: RasaProject
) -> None:
    write(project, "break")
    with pytest.raises(TrainingFailed, match="status 1") as caught:
        train(settings, project=project)
    assert "nlu.yml: line 3 is wrong" in str(caught.value)
    assert [path.name for path in (settings.models_dir / "rasa").iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("text", "words"), [("nothing", "left no model"), ("change", "was changed while")]
)
def test_a_model_that_cannot_be_trusted_is_none(
    settings: Settings, project: RasaProject, text: str, words: str
) -> None:
    write(project, text)
    with pytest.raises(TrainingFailed, match=words):
        train(settings, project=project)
    assert newest_model(settings) is None


def test_the_last_three_models_are_kept(settings: Settings, project: RasaProject) -> None:
    made = []
    for number in range(5):
        write(project, f"model {number}")
        made.append(train(settings, project=project))
        os.utime(made[-1], (number, number))
    assert [path.exists() for path in made] == [False, False, True, True, True]


def test_leftovers_of_a_killed_training_go(settings: Settings, project: RasaProject) -> None:
    left = settings.models_dir / "rasa" / ".training-dead"
    left.mkdir(parents=True)
    train(settings, project=project)
    assert not left.exists()


def test_two_at_once_train_once(settings: Settings, project: RasaProject, tmp_path: Path) -> None:
    folder = settings.models_dir / "rasa"
    folder.mkdir(parents=True)
    noted = threading.Event()
    found: list[Path] = []
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(
            target=lambda: found.append(
                train(settings, project=project, note=lambda _line: noted.set())
            )
        )
        second.start()
        assert noted.wait(20)
        model = folder / f"{project.content_hash()}.tar.gz"
        model.write_text("by the first")
    second.join(20)
    assert found == [model]
    assert model.read_text() == "by the first"
    assert not (tmp_path / "count").exists()


def test_progress_and_a_time_limit(
    settings: Settings, project: RasaProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.sources / "serve_rasa.py").write_text("import time; time.sleep(600)")
    monkeypatch.setattr(training, "TIME_LIMIT", 0.1)
    told: list[float] = []
    with pytest.raises(TrainingFailed, match="longer than"):
        train(settings, project=project, progress=told.append)
    assert told
    assert told == sorted(told)


def test_without_rasa(settings: Settings, project: RasaProject) -> None:
    project.python("rasa").unlink()
    with pytest.raises(EnvironmentMissing, match=r"environments\.py rasa"):
        train(settings, project=project)
