"""Training the dialogue: when, and only when, nlu-data/ has changed.

A model is named after the content it was made from: models_dir/rasa/<hash>.tar.gz. So "is it
current?" is "is there a file of that name?", and going back to an earlier nlu-data/ finds the model
of then.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from voicebot.config import Settings
from voicebot.rasa_project import RasaProject, base_environment

TETHER = Path(__file__).parent / "server" / "tether.py"
KEPT = 3
"""Models that are kept, the one in use among them."""
TIME_LIMIT = 3600.0
SHOWN_LINES = 25
TICK = 1.0


class ModelNotTrained(RuntimeError):
    """There is no model for what nlu-data/ is now."""


class TrainingFailed(RuntimeError):
    """The training gave no model; the message ends with the last lines of its output."""


def models_folder(settings: Settings) -> Path:
    """Where trained models lie."""
    return settings.models_dir / "rasa"


def current_model(settings: Settings, project: RasaProject | None = None) -> Path:
    """The model made from what nlu-data/ is now.

    Raises:
        ModelNotTrained: there is none.
    """
    model = _place(settings, (project or RasaProject()).content_hash())
    if not model.is_file():
        raise ModelNotTrained(
            "the dialogue is not trained for what nlu-data/ is now; run `voicebot train`"
        )
    return model


def newest_model(settings: Settings) -> Path | None:
    """The model that was trained or used last, whatever nlu-data/ is now; None without any."""
    return next(iter(_models(settings)), None)


def train(
    settings: Settings,
    *,
    force: bool = False,
    project: RasaProject | None = None,
    progress: Callable[[float], None] = lambda _seconds: None,
    note: Callable[[str], None] = lambda _line: None,
) -> Path:
    """Train if need be (or `force`d); the model made from what nlu-data/ is now.

    `progress` is called about once a second with the seconds gone, `note` with lines for people.
    A second training at the same time waits for the first, then finds its model.

    Raises:
        TrainingFailed: it broke off, or took longer than an hour.
        EnvironmentMissing: Rasa isn't installed.
        OSError: the folders can't be written.
    """
    return _Training(settings, project or RasaProject(), progress, note).run(force)


@dataclass(slots=True)
class _Training:
    settings: Settings
    project: RasaProject
    progress: Callable[[float], None]
    note: Callable[[str], None]
    folder: Path = field(init=False)
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = models_folder(self.settings)
        self.log = self.settings.data_dir / "logs" / "training.log"

    def run(self, force: bool) -> Path:
        content = self.project.content_hash()
        model = _place(self.settings, content)
        if model.is_file() and not force:
            os.utime(model)  # used last: pruning takes others
            return model
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone() as waited:
            if not (waited and model.is_file()):
                self._make(model, content, force)
            _prune(self.settings, keep=model)
        return model

    def _make(self, model: Path, content: str, force: bool) -> None:
        for left in self.folder.glob(".training-*"):  # by a training that was killed
            shutil.rmtree(left, ignore_errors=True)
        work = self.folder / f".training-{content}"
        work.mkdir()
        try:
            self._rasa(work, content, force)
            made = work / f"{content}.tar.gz"
            if not made.is_file():
                raise self._failure("it ended well, but left no model")
            if self.project.content_hash() != content:
                raise TrainingFailed(
                    "nlu-data/ was changed while the training ran; run `voicebot train` again"
                )
            made.replace(model)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _rasa(self, work: Path, content: str, force: bool) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)
        rasa = [str(self.project.python("rasa")), str(self.project.sources / "serve_rasa.py")]
        options = ["--config", "config.yml", "--domain", "domain", "--data", "data"]
        options += ["--out", str(work.absolute()), "--fixed-model-name", content]
        options += ["--force"] if force else []
        # On a tether: a training whose parent is gone, however, must not burn on.
        tether = [sys.executable, "-I", str(TETHER), "--log", str(self.log.absolute()), "--"]
        process = subprocess.Popen(
            [*tether, *rasa, "train", *options],
            stdin=subprocess.PIPE,
            cwd=self.project.sources,
            env={**os.environ, **base_environment(self.settings)},
            start_new_session=True,
        )
        try:
            status = self._wait(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()  # ends what still runs
            process.wait()
        if status != 0:
            raise self._failure(f"it ended with status {status}")

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        begun = time.monotonic()
        while True:
            try:
                return process.wait(TICK)
            except subprocess.TimeoutExpired:
                gone = time.monotonic() - begun
                if gone > TIME_LIMIT:
                    raise self._failure(f"it took longer than {TIME_LIMIT:.0f} s") from None
                self.progress(gone)

    def _failure(self, reason: str) -> TrainingFailed:
        lines = []
        if self.log.exists():
            lines = self.log.read_text("utf-8", "replace").splitlines()[-SHOWN_LINES:]
        told = "".join(f"\n  | {line}" for line in lines) or "\n  | (it wrote nothing)"
        return TrainingFailed(f"the training failed: {reason}. End of {self.log}:{told}")

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Hold the lock of trainings; True when another training had to be waited for."""
        with (self.folder / ".lock").open("w") as lock:
            waited = False
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waited = True
                self.note("another training is running; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield waited


def _place(settings: Settings, content: str) -> Path:
    return models_folder(settings) / f"{content}.tar.gz"


def _models(settings: Settings) -> list[Path]:
    """Trained models, the one used last first."""
    found = models_folder(settings).glob("*.tar.gz")
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _prune(settings: Settings, keep: Path) -> None:
    others = [path for path in _models(settings) if path != keep]
    for old in others[KEPT - 1 :]:
        old.unlink(missing_ok=True)
