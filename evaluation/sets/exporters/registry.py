"""All exporters by name, and writing what they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from evaluation.runs.model import Run
from evaluation.sets.exporters import rasa, sclite
from evaluation.sets.model import EvaluationSet
from evaluation.sets.problems import refused

SET_EXPORTERS: Final[Mapping[str, Callable[[EvaluationSet], Mapping[str, str]]]] = MappingProxyType(
    {
        "rasa-nlu": lambda cases: {"test_nlu.yml": rasa.nlu_yaml(cases)},
        "rasa-stories": lambda cases: {"test_stories.yml": rasa.stories_yaml(cases)},
    }
)
"""Text by name of file, of a set."""

RUN_EXPORTERS: Final[Mapping[str, Callable[[Run], Mapping[str, str]]]] = MappingProxyType(
    {"sclite-trn": sclite.trn, "sclite-stm": sclite.stm}
)
"""Text by name of file, of a run."""


def write_exported(files: Mapping[str, str], target: Path) -> tuple[Path, ...]:
    """Write what an exporter made into the folder `target`; gives the files.

    Raises SetError where one of them is there already.
    """
    paths = tuple(target / name for name in files)
    for path in paths:
        if path.exists():
            raise refused(path, "exists already: name another folder")
    target.mkdir(parents=True, exist_ok=True)
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, encoding="utf-8", newline="\n")
    return paths
