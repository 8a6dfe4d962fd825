"""Picovoice's speech-to-intent benchmark: spoken orders at a coffee machine, 619 recordings.

Source: Picovoice/speech-to-intent-benchmark: `data/label/label.json` (intent and slots by name of
recording) and `data/speech/clean/*.wav` (16 kHz, lay speakers); its mixer writes noisy copies into
sibling folders. Licence: Apache-2.0. Nobody wrote down what is said: there is no reference text.
Some labels have no recording, in the original, too. The source of an import is the repository.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from evaluation.sets.heading import Heading
from evaluation.sets.importers.options import Options, brought, drawn
from evaluation.sets.importers.sources import found, read_json
from evaluation.sets.model import Case, Entity, EvaluationSet, Say
from evaluation.sets.problems import Problems, refused

LICENCE: Final = "Apache-2.0"
TITLE: Final = "Picovoice speech-to-intent benchmark"


def import_picovoice(source: Path, target: Path, options: Options) -> EvaluationSet:
    """The clean recordings, one case each, with intent and slots. There is only a test split.

    Raises SetError.
    """
    if options.split != "test":
        raise refused(source, "the benchmark has only a test split")
    path = found(source, ("data/label/label.json", "label/label.json"), "label.json")
    speech = path.parent.parent / "speech" / "clean"
    labels = read_json(path)
    if not isinstance(labels, dict):
        raise refused(path, "has to be an object: intent and slots by name of recording")
    problems = Problems()
    orders = []
    recordings = sorted(file.name for file in speech.glob("*.wav"))
    for name in recordings:
        label = labels.get(name, {})
        if not _is_label(label):
            problems.add(str(path), f"{name} has no intent with slots")
        elif options.wants(label["intent"]):
            orders.append((name, label))
    problems.raise_any()

    def case(order: tuple[str, dict[str, Any]], _folder: Path) -> Case:
        name, label = order
        said = Say(
            "",
            audio=speech / name,
            intent=options.intent(label["intent"]),
            entities=tuple(
                Entity(kind, str(value).strip()) for kind, value in label["slots"].items()
            ),
        )
        return Case(Path(name).stem, (said,), where=str(path))

    unspoken = len(labels.keys() - set(recordings))
    title = f"{TITLE}; {unspoken} labels without a recording are left out"
    heading = Heading("picovoice-speech-to-intent", options.version, LICENCE, title)
    return brought(target, heading, drawn(orders, options), case)


def _is_label(label: object) -> bool:
    return (
        isinstance(label, dict)
        and isinstance(label.get("intent"), str)
        and isinstance(label.get("slots"), dict)
    )
