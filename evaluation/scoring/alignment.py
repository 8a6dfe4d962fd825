"""Reference and hypothesis word by word, as NIST's sclite aligns them. Pure.

A substitution costs 4, an insertion or a deletion 3, so that a pair of unlike words stands side by
side, but not where a right word can be had for it. Libraries that weigh every error alike (jiwer,
rapidfuzz) find the least number of errors, which at times is smaller than what sclite counts; and
where alignments cost the same, which of them is taken changes the counts of the three kinds. Here
it is the one that sclite takes: a pair before a deletion or an insertion, else the insertion.

Source: the manual of sclite (SCTK 2.4), "DP string alignment"; equality of every count with that
program's is part of the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SUBSTITUTION: Final = 4
INSERTION: Final = 3
DELETION: Final = 3

Pair = tuple[str, str, str]
"""(op, said, heard); op is "=", "S" (another word), "D" (left out) or "I" (not said)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Words by what became of them."""

    correct: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @property
    def words(self) -> int:
        """Words of the reference."""
        return self.correct + self.substitutions + self.deletions

    @property
    def errors(self) -> int:
        """All that is wrong."""
        return self.substitutions + self.deletions + self.insertions

    def __add__(self, other: Counts) -> Counts:
        """Of both texts."""
        return Counts(
            self.correct + other.correct,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[Pair, ...]:
    """The alignment, in order. Time and memory grow with the product of both lengths."""
    steps = _steps(reference, hypothesis)
    pairs: list[Pair] = []
    said, heard = len(reference), len(hypothesis)
    while said or heard:
        step = steps[said][heard]
        if step == "I":
            heard -= 1
            pairs.append(("I", "", hypothesis[heard]))
        elif step == "D":
            said -= 1
            pairs.append(("D", reference[said], ""))
        else:
            said, heard = said - 1, heard - 1
            op = "=" if reference[said] == hypothesis[heard] else "S"
            pairs.append((op, reference[said], hypothesis[heard]))
    return tuple(reversed(pairs))


def _steps(reference: Sequence[str], hypothesis: Sequence[str]) -> list[str]:
    """For every pair of positions the last step of the cheapest way to it: P(air), D or I."""
    above = [INSERTION * heard for heard in range(len(hypothesis) + 1)]
    steps = ["I" * len(above)]
    for said, word in enumerate(reference, 1):
        costs, row = [DELETION * said], ["D"]
        for heard, other in enumerate(hypothesis, 1):
            pair = above[heard - 1] + (0 if word == other else SUBSTITUTION)
            deletion = above[heard] + DELETION
            insertion = costs[-1] + INSERTION
            if pair <= deletion and pair <= insertion:
                costs.append(pair)
                row.append("P")
            elif deletion < insertion:
                costs.append(deletion)
                row.append("D")
            else:
                costs.append(insertion)
                row.append("I")
        above = costs
        steps.append("".join(row))
    return steps


def counts_of(pairs: Sequence[Pair]) -> Counts:
    """What an alignment counts."""
    ops = [op for op, _, _ in pairs]
    return Counts(ops.count("="), ops.count("S"), ops.count("D"), ops.count("I"))
