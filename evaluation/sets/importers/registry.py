"""All importers by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from evaluation.sets.importers import (
    an4,
    banking77,
    clinc150,
    harper_valley,
    picovoice,
    rasa_nlu,
    rasa_stories,
    slurp,
)
from evaluation.sets.importers.options import Options
from evaluation.sets.model import EvaluationSet


@dataclass(frozen=True, slots=True)
class Importer:
    """An importer: `run(source, target, options)` writes the set `target` and reads it back.

    `spoken`: the original has recordings. `run` raises SetError, and leaves nothing behind.
    """

    name: str
    title: str
    licence: str
    run: Callable[[Path, Path, Options], EvaluationSet]
    spoken: bool = False


IMPORTERS: Final[Mapping[str, Importer]] = MappingProxyType(
    {
        importer.name: importer
        for importer in (
            Importer(
                "harper-valley",
                harper_valley.TITLE,
                harper_valley.LICENCE,
                harper_valley.import_harper_valley,
                spoken=True,
            ),
            Importer("an4", an4.TITLE, an4.LICENCE, an4.import_an4, spoken=True),
            Importer(
                "picovoice",
                picovoice.TITLE,
                picovoice.LICENCE,
                picovoice.import_picovoice,
                spoken=True,
            ),
            Importer("banking77", banking77.TITLE, banking77.LICENCE, banking77.import_banking77),
            Importer("clinc150", clinc150.TITLE, clinc150.LICENCE, clinc150.import_clinc150),
            Importer("slurp", slurp.TITLE, slurp.LICENCE_SPOKEN, slurp.import_slurp, spoken=True),
            Importer("rasa-nlu", "Rasa NLU data", rasa_nlu.LICENCE, rasa_nlu.import_rasa_nlu),
            Importer(
                "rasa-stories",
                "Rasa stories and test stories",
                rasa_nlu.LICENCE,
                rasa_stories.import_rasa_stories,
            ),
        )
    }
)
