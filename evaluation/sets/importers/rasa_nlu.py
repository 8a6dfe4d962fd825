"""Rasa's NLU data: examples by intent, with their entities, as in nlu-data/tests/test_nlu.yml.

Source: a YAML file of Rasa 3 with the key `nlu`, or a folder with such files (nlu-data/data/nlu).
Licence: that of the project; name it in the options. Synonyms, lookup tables and regular
expressions are no sentences, and are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evaluation.sets.heading import Heading
from evaluation.sets.importers.options import OUT_OF_SCOPE, Options, Unique, brought, drawn
from evaluation.sets.model import Case, Entity, EvaluationSet, Say
from evaluation.sets.problems import Problems, refused
from evaluation.sets.rasatext import read_marked
from evaluation.sets.yamlfile import read_mapping

LICENCE: Final = "that of the Rasa project"


@dataclass(frozen=True, slots=True)
class Example:
    """An example of an intent."""

    intent: str
    text: str
    entities: tuple[Entity, ...]
    where: str


def import_rasa_nlu(source: Path, target: Path, options: Options) -> EvaluationSet:
    """The examples, one case each; those of `out_of_scope` are tagged so. Raises SetError."""
    problems = Problems()
    examples = [one for one in examples_in(source, problems) if options.wants(one.intent)]
    problems.raise_any()
    ids, counted = Unique(), Counter[str]()
    named = []
    for example in examples:
        counted[example.intent] += 1
        named.append((ids.of(f"{example.intent}-{counted[example.intent]}"), example))

    def case(item: tuple[str, Example], _folder: Path) -> Case:
        name, example = item
        intent = options.intent(example.intent)
        said = Say(example.text, intent=intent, entities=example.entities)
        tags = (OUT_OF_SCOPE,) if intent == OUT_OF_SCOPE else ()
        return Case(name, (said,), voice=options.voice, tags=tags, where=example.where)

    title = f"Rasa NLU data: {source.name}"
    heading = Heading(
        "rasa-nlu",
        options.version,
        options.licence or LICENCE,
        title,
        options.split,
        synthetic=True,
    )
    return brought(target, heading, drawn(named, options), case)


def yaml_files(source: Path) -> list[Path]:
    """The YAML file that `source` is, or those below it. Raises SetError where there is none."""
    if source.is_file():
        return [source]
    files = sorted([*source.rglob("*.yml"), *source.rglob("*.yaml")])
    if not files:
        raise refused(source, "has no YAML file")
    return files


def examples_in(source: Path, problems: Problems) -> Iterator[Example]:
    """The examples of all intents in the files of `source`."""
    for path in yaml_files(source):
        data, lines = read_mapping(path, problems)
        where = lines.get("nlu", str(path))
        sections = data.get("nlu") or []
        if not isinstance(sections, list):
            problems.add(where, "nlu has to be a list")
            continue
        for section in sections:
            if isinstance(section, dict) and "intent" in section:
                yield from _examples(section, where, problems)


def _examples(section: dict[str, Any], where: str, problems: Problems) -> Iterator[Example]:
    intent = str(section["intent"])
    for number, example in enumerate(_texts(section.get("examples")), 1):
        try:
            text, entities = read_marked(example)
        except ValueError as error:
            problems.add(where, f"example {number} of {intent}: {error}")
            continue
        if text:
            yield Example(intent, text, entities, where)


def _texts(examples: object) -> list[str]:
    """Examples as a text with one behind every dash, or as a list of objects with `text`."""
    if isinstance(examples, str):
        lines = [line.strip() for line in examples.splitlines()]
        return [line[1:].strip() for line in lines if line.startswith("-")]
    if isinstance(examples, list):
        texts = [one.get("text", "") if isinstance(one, dict) else one for one in examples]
        return [str(text).strip().removeprefix("- ") for text in texts]
    return []
