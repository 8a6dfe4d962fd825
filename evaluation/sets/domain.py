"""The intents of a Rasa project, against which those of a set are checked."""

from __future__ import annotations

from pathlib import Path

from evaluation.sets.problems import Problems, refused
from evaluation.sets.yamlfile import read_mapping


def domain_intents(folder: Path) -> frozenset[str]:
    """The intents in the domain files of `folder` (nlu-data/domain).

    An intent with settings stands there as a mapping of one key. Raises SetError: no domain file,
    or one that is no YAML.
    """
    files = sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])
    if not files:
        raise refused(folder, "has no domain file (*.yml)")
    problems = Problems()
    found: set[str] = set()
    for file in files:
        for intent in read_mapping(file, problems)[0].get("intents") or []:
            found.update(intent if isinstance(intent, dict) else [str(intent)])
    problems.raise_any()
    return frozenset(found)
