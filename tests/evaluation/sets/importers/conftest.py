from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.sets.importers.options import Options
from evaluation.sets.importers.registry import IMPORTERS
from evaluation.sets.model import EvaluationSet
from evaluation.sets.reading import read_set
from tests.evaluation.sets.importers.originals import Import


@pytest.fixture
def bring(tmp_path: Path) -> Import:
    """Imports into a folder that is not there yet; what is read again is what was given."""

    def run(name: str, source: Path, options: Options | None = None) -> EvaluationSet:
        target = tmp_path / "sets" / name
        found = IMPORTERS[name].run(source, target, options or Options())
        assert found == read_set(target)
        assert list(target.parent.glob(".*")) == []
        return found

    return run
