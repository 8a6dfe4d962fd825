"""What can be chosen when a data set is imported, and what all importers do with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from evaluation.sets.heading import Heading
from evaluation.sets.model import Case, EvaluationSet, Split
from evaluation.sets.problems import refused
from evaluation.sets.reading import MOST_CASES, read_set
from evaluation.sets.writing import staged, write_files

Item = TypeVar("Item")

OUT_OF_SCOPE: Final = "out_of_scope"
"""What a sentence that belongs to no task is called, as an intent and as a tag."""

_NO_NAME: Final = re.compile(r"[^A-Za-z0-9._]+")


@dataclass(frozen=True, slots=True)
class Options:
    """How to import.

    `split` of the original is taken, at most `most` of its cases, drawn by `seed` (None: all).
    `voice` speaks what has no recording. `only` keeps these intents of the original (empty: all);
    `intents` gives those that are called otherwise the name by which the dialogue knows them;
    `actions` does so for what a story does (others are left out). `version` is that of the set that
    is made, `licence` that of a Rasa project, which does not say it.
    """

    split: Split = "test"
    most: int | None = None
    seed: int = 1
    voice: str = "hibari"
    only: frozenset[str] = frozenset()
    intents: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, str] = field(default_factory=dict)
    version: str = "1"
    licence: str = ""

    def intent(self, original: str) -> str:
        """What the dialogue calls an intent of the original."""
        return self.intents.get(original, original)

    def wants(self, original: str) -> bool:
        """Are the sentences of this intent of the original to be kept?"""
        return not self.only or original in self.only


def drawn(items: Sequence[Item], options: Options) -> list[Item]:
    """At most `options.most` of the items, drawn by the seed, in the order of the original."""
    most = options.most
    if most is None or most >= len(items):
        return list(items)
    chosen = np.random.default_rng(options.seed).choice(len(items), most, replace=False)
    return [items[at] for at in sorted(chosen.tolist())]


def brought(
    target: Path, heading: Heading, items: Sequence[Item], make: Callable[[Item, Path], Case]
) -> EvaluationSet:
    """Make a case of every item, in the folder that becomes `target`.

    `make` may put recordings into the folder that it is given. Raises SetError, and leaves nothing:
    no item, too many, or a set that can't be read.
    """
    if not items:
        raise refused(target, f"nothing to import: no case of the {heading.split} split is left")
    if len(items) > MOST_CASES:
        raise refused(target, f"{len(items)} cases; take at most {MOST_CASES} of them")
    with staged(target) as folder:
        write_files(folder, heading, [make(item, folder) for item in items])
    return read_set(target)


def slug(name: str) -> str:
    """A name as an id or a tag has it: letters, digits, dots, dashes and underscores."""
    return _NO_NAME.sub("-", name).strip("-._")[:100] or "x"


def renamed(pairs: Sequence[str]) -> dict[str, str]:
    """Names of the original with ours, each written ORIGINAL=OURS. Raises ValueError."""
    names = {}
    for pair in pairs:
        original, sign, ours = (part.strip() for part in pair.rpartition("="))
        if not (original and sign and ours):
            raise ValueError(f"{pair!r} has to be ORIGINAL=OURS: card_arrival=replace_card")
        names[original] = ours
    return names


class Unique:
    """Ids that are not given twice, whatever names they are made of."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def of(self, name: str) -> str:
        """An id for `name`: its slug, with a number where that is taken."""
        base = plain = slug(name)
        number = 1
        while plain.casefold() in self._given:
            number += 1
            plain = f"{base}-{number}"
        self._given.add(plain.casefold())
        return plain
