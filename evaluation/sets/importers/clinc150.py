"""CLINC150: requests to an assistant, 150 intents in 10 domains, and requests out of scope.

Source: `data/data_full.json` (or data_small, data_imbalanced, data_oos_plus) of clinc/oos-eval
(Larson et al. 2019, "An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction").
Licence: CC-BY-3.0. The file has lists of [text, intent] under `train`, `val`, `test` and
`oos_train`, `oos_val`, `oos_test`; parts of it that keep these endings are read, too. The source of
an import is such a file or the repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from evaluation.sets.heading import Heading
from evaluation.sets.importers.options import OUT_OF_SCOPE, Options, brought, drawn
from evaluation.sets.importers.sources import found, plain, read_json
from evaluation.sets.model import Case, EvaluationSet, Say, Split
from evaluation.sets.problems import refused

LICENCE: Final = "CC-BY-3.0"
TITLE: Final = "CLINC150 (Larson et al. 2019)"

_ENDINGS: Final[dict[Split, str]] = {"train": "train", "validation": "val", "test": "test"}


def import_clinc150(source: Path, target: Path, options: Options) -> EvaluationSet:
    """The sentences of a split, one case each; those out of scope are tagged `out_of_scope`, and
    have that as their intent unless the options name it otherwise. Raises SetError."""
    path = (
        source
        if source.is_file()
        else found(source, ("data_full.json", "data/data_full.json"), "data_full.json")
    )
    ending = _ENDINGS[options.split]
    pairs = [
        (f"{part}-{number:05d}", text, intent)
        for part, number, text, intent in _pairs(path, read_json(path), ending)
        if options.wants(intent)
    ]

    def case(pair: tuple[str, str, str], _folder: Path) -> Case:
        name, text, intent = pair
        outside = intent == "oos"
        meant = options.intents.get("oos", OUT_OF_SCOPE) if outside else options.intent(intent)
        tags = (OUT_OF_SCOPE,) if outside else ()
        said = Say(plain(text), intent=meant)
        return Case(name, (said,), voice=options.voice, tags=tags, where=str(path))

    heading = Heading("clinc150", options.version, LICENCE, TITLE, options.split, synthetic=True)
    return brought(target, heading, drawn(pairs, options), case)


def _pairs(path: Path, data: object, ending: str) -> Iterator[tuple[str, int, str, str]]:
    """Part, number from 1, text and intent of all sentences of a split."""
    if not isinstance(data, dict):
        raise refused(path, "is not CLINC150: it has to be an object with lists by split")
    for part, items in data.items():
        if part.rpartition("_")[2] != ending:
            continue
        if not isinstance(items, list):
            raise refused(path, f"is not CLINC150: {part} is no list")
        for number, item in enumerate(items, 1):
            if not (isinstance(item, list) and len(item) == 2 and all(map(_is_text, item))):
                raise refused(path, f"item {number} of {part} is no [text, intent]")
            yield part.replace("_", "-"), number, item[0], item[1]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
