from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.sets.importers.options import Options
from evaluation.sets.importers.registry import IMPORTERS
from evaluation.sets.problems import SetError


@pytest.mark.parametrize("name", IMPORTERS)
def test_nothing_is_left_of_an_import_that_finds_nothing(tmp_path: Path, name: str) -> None:
    importer = IMPORTERS[name]
    (tmp_path / "empty").mkdir()
    with pytest.raises(SetError):
        importer.run(tmp_path / "empty", tmp_path / "set", Options())
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
    assert importer.name == name
    assert importer.title
    assert importer.licence
