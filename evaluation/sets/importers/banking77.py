"""Banking77: customers' questions to an online bank, 77 intents, written.

Source: PolyAI, task-specific-datasets, `banking_data/train.csv` and `test.csv` with the columns
`text` and `category` (Casanueva et al. 2020, "Efficient Intent Detection with Dual Sentence
Encoders"). Licence: CC-BY-4.0. The source of an import is that folder, the repository that has it,
or one of the files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from evaluation.sets.heading import Heading
from evaluation.sets.importers.options import Options, brought, drawn
from evaluation.sets.importers.sources import found, plain, read_csv
from evaluation.sets.model import Case, EvaluationSet, Say
from evaluation.sets.problems import refused

LICENCE: Final = "CC-BY-4.0"
TITLE: Final = "Banking77 (PolyAI)"


def import_banking77(source: Path, target: Path, options: Options) -> EvaluationSet:
    """The sentences of a split, one case each. Raises SetError; there is no validation split."""
    if options.split == "validation":
        raise refused(source, "Banking77 has only a train and a test split")
    file = f"{options.split}.csv"
    path = source if source.is_file() else found(source, (file, f"banking_data/{file}"), file)
    rows = [
        (number, where, text, category)
        for number, (where, (text, category)) in enumerate(read_csv(path, ("text", "category")), 1)
        if options.wants(category)
    ]

    def case(row: tuple[int, str, str, str], _folder: Path) -> Case:
        number, where, text, category = row
        said = Say(plain(text), intent=options.intent(category))
        name = f"banking77-{options.split}-{number:05d}"
        return Case(name, (said,), voice=options.voice, where=where)

    heading = Heading("banking77", options.version, LICENCE, TITLE, options.split, synthetic=True)
    return brought(target, heading, drawn(rows, options), case)
