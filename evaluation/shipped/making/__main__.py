"""Writes the shipped set of the bank: `python -m evaluation.shipped.making [FOLDER]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from evaluation.sets.heading import Heading
from evaluation.sets.model import Case
from evaluation.sets.writing import write_set
from evaluation.shipped.making import (
    balances,
    beside,
    bills,
    branches,
    goals,
    orders,
    transfers,
)

BANK: Final = Path(__file__).resolve().parents[1] / "bank"
HEADING: Final = Heading(
    name="bank",
    version="1.0",
    licence="Apache-2.0",
    source="written for this project; every voice in it is synthetic",
    split="test",
    synthetic=True,
    today="2026-11-24",
)


def cases() -> tuple[Case, ...]:
    """All cases of the set, in order: those of one customer stand apart where that is easy."""
    made = (
        *balances.CASES,
        *transfers.CASES,
        *orders.CASES,
        *bills.CASES,
        *branches.CASES,
        *beside.CASES,
        *goals.CASES,
    )
    # every fifth, then the next ...: tasks and customers mix, so that calls can go side by side
    return tuple(case for first in range(5) for case in made[first::5])


def write(folder: Path) -> None:
    """Put the set into `folder`; what was there is written anew. Raises SetError."""
    with tempfile.TemporaryDirectory() as fresh:
        made = write_set(Path(fresh) / "bank", HEADING, cases()).folder
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(made.iterdir()):
            (folder / file.name).write_bytes(file.read_bytes())


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else BANK)
