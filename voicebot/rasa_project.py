"""Where the Rasa project and the two environments that run it lie, and what its processes are told.

Rasa's pinned dependencies fit nothing else, so it runs as processes of its own: this package never
imports it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voicebot.config import ROOT, Settings

NOT_SOURCES = frozenset(
    {"__pycache__", ".rasa", ".pytest_cache", ".mypy_cache", ".ruff_cache", "models", "results"}
    | {"tests"}
)
"""Folders of nlu-data/ that runs leave behind, or that no model is made from."""
NOT_SOURCE_SUFFIXES = frozenset({".pyc", ".pyo", ".md"})


class EnvironmentMissing(RuntimeError):
    """The environment of Rasa or of its actions isn't there; the message says how to build it."""


@dataclass(frozen=True, slots=True)
class RasaProject:
    """The Rasa project of the checkout at `root`."""

    root: Path = ROOT

    @property
    def sources(self) -> Path:
        """What trainers edit."""
        return self.root / "nlu-data"

    @property
    def lock(self) -> Path:
        """The exact versions of Rasa and what it needs."""
        return self.root / "requirements" / "rasa.txt"

    def python(self, name: str) -> Path:
        """The Python of the environment `name`: "rasa" or "actions".

        Raises:
            EnvironmentMissing: it isn't built.
        """
        python = self.root / f".venv-{name}" / "bin" / "python"
        if not python.exists():
            raise EnvironmentMissing(
                f"the environment of {name} is missing ({python.parent.parent}); "
                f"run `tools/python tools/environments.py {name}` (`make run` does it by itself)"
            )
        return python

    def files(self) -> Iterator[Path]:
        """The files that make a model what it is, in a fixed order; nothing that a run left."""
        for path in sorted(self.sources.rglob("*")):
            inside = path.relative_to(self.sources).parts
            hidden = path.name.startswith(".") or path.suffix in NOT_SOURCE_SUFFIXES
            if path.is_file() and not hidden and not NOT_SOURCES & set(inside):
                yield path

    def content_hash(self) -> str:
        """16 hex digits over names and contents of all sources, and the versions of Rasa."""
        digest = hashlib.sha256(self.lock.read_bytes())
        for path in self.files():
            digest.update(f"\0{path.relative_to(self.sources).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]


def base_environment(settings: Settings) -> dict[str, str]:
    """Variables for every process of the project; paths are absolute, it runs in nlu-data/."""
    data = settings.data_dir.absolute()
    return {
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
        "RASA_CACHE_DIRECTORY": str(data / "cache" / "rasa"),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "VOICEBOT_BANK_DB": str(data / "bank.sqlite"),
    }
