"""The confusion matrix as a table: which intents were expected, and which were found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from evaluation.scoring.model import Confusion

MOST: Final = 30
"""Intents in the table; with more of them those that are confused least are left out."""
_TOLD: Final = 15

_TITLES: Final = {
    "reference": "on what was really said",
    "heard": "on what was heard",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """How often an intent was found for another: a count, and its part of the row."""

    count: int
    share: float
    right: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One expected intent: how often it came, and what was found for it."""

    intent: str
    total: int
    right: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A confusion matrix; `mistakes` are (expected, found, count), the most frequent first."""

    title: str
    basis: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    mistakes: tuple[tuple[str, str, int], ...]
    right: int
    total: int
    left_out: int


def matrix(confusion: Confusion) -> Matrix | None:
    """The table; None where nothing was counted."""
    counts = {pair: n for pair, n in confusion.counts.items() if n > 0}
    if not counts:
        return None
    wrong: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for (expected, found), n in counts.items():
        seen[expected] += n
        seen[found] += n
        if expected != found:
            wrong[expected] += n
            wrong[found] += n
    names = sorted(seen, key=lambda name: (-wrong[name], -seen[name], name))
    shown = sorted(names[:MOST])
    rows = [_row(name, shown, counts) for name in shown]
    mistakes = Counter({pair: n for pair, n in counts.items() if pair[0] != pair[1]})
    return Matrix(
        _TITLES[confusion.basis],
        confusion.basis,
        tuple(shown),
        tuple(row for row in rows if row.total),
        tuple((pair[0], pair[1], n) for pair, n in mistakes.most_common(_TOLD)),
        sum(n for (expected, found), n in counts.items() if expected == found),
        sum(counts.values()),
        len(names) - len(shown),
    )


def _row(name: str, columns: list[str], counts: dict[tuple[str, str], int]) -> Row:
    total = sum(n for (expected, _), n in counts.items() if expected == name)
    cells = []
    for column in columns:
        count = counts.get((name, column), 0)
        cells.append(Cell(count, count / total if total else 0.0, name == column))
    return Row(name, total, counts.get((name, name), 0), tuple(cells))
