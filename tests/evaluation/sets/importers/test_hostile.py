"""Originals in which something is not what it should be: imported, or refused with a reason."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.sets.importers.options import Options
from evaluation.sets.importers.registry import IMPORTERS
from evaluation.sets.problems import SetError
from tests.evaluation.sets.importers.originals import (
    RASA_NLU,
    RASA_STORIES,
    harper_valley,
    picovoice,
    slurp_entry,
    write,
)

WRONG = st.sampled_from(
    [None, True, 0, -1, 10**30, 1.5, "", "x", "\0", [], [[]], [3], {}, {"a": 1}]
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a value with each of its keys."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def damaged(data: st.DataObject, value: Any) -> Any:
    """The value with one part replaced by something else, or left out."""
    value = copy.deepcopy(value)
    within, key = data.draw(st.sampled_from(list(places(value))))
    if data.draw(st.booleans()):
        within[key] = data.draw(WRONG)
    else:
        del within[key]
    return value


def attempt(name: str, source: Path, **options: Any) -> None:
    with suppress(SetError):
        IMPORTERS[name].run(source, source / "out", Options(**options))


def hostile(test: Any) -> Any:
    return settings(max_examples=30, suppress_health_check=list(HealthCheck))(
        given(st.data())(test)
    )


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("original")


@hostile
def test_clinc150(folder: Any, data: st.DataObject) -> None:
    source = folder()
    whole = {"test": [["a", "b"], ["c", "d"]], "oos_test": [["e", "oos"]], "domains": {"x": []}}
    write(source / "data_full.json", damaged(data, whole))
    attempt("clinc150", source)


@hostile
def test_slurp(folder: Any, data: st.DataObject) -> None:
    source = folder()
    entry = damaged(data, slurp_entry(1, "at [time : eight]", "set"))
    write(source / "test.jsonl", json.dumps(entry))
    (source / "audio" / "slurp_real").mkdir(parents=True)
    attempt("slurp", source)


@hostile
def test_picovoice(folder: Any, data: st.DataObject) -> None:
    source = picovoice(folder())
    label = source / "data" / "label" / "label.json"
    write(label, damaged(data, json.loads(label.read_text())))
    attempt("picovoice", source)


@hostile
def test_harper_valley(folder: Any, data: st.DataObject) -> None:
    source = harper_valley(folder())
    path = source / "data" / data.draw(st.sampled_from(["transcript", "metadata"])) / "00aa.json"
    write(path, damaged(data, json.loads(path.read_text())))
    attempt("harper-valley", source)


@hostile
def test_rasa(folder: Any, data: st.DataObject) -> None:
    source = folder()
    whole = yaml.safe_load(RASA_NLU) | yaml.safe_load(RASA_STORIES)
    (source / "all.yml").write_text(yaml.safe_dump(damaged(data, whole)))
    attempt("rasa-nlu", source)
    attempt("rasa-stories", source, actions={"action_do_transfer": "transfer"})
