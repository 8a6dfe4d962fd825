"""Which call of a run is placed next: calls that would get into each other's way take turns. Pure.

Two calls may not be up at once when they come from the same number, are of the same customer, or
leave rows where only one may be (an appointment at the same time). The customers of a case are
those that its numbers, digits, values and expectations name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evaluation.runs.bank import Table
from evaluation.scoring.normalise import normalised
from evaluation.sets.model import Case, Keys, Say, Value

FIRST_NUMBER: Final = 2_000_000
"""Callers without a number of their own get +1555 and one from here on."""


@dataclass(frozen=True, slots=True)
class Job:
    """One call to place: `attempt` of `case` as number `place` of the run, from `number`.

    `needs` is what no other call may have at the same time.
    """

    case: Case
    attempt: int
    place: int
    number: str
    seed: int
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Bank:
    """What is known of the bank: customers by telephone number, and its tables."""

    customers: Mapping[str, str]
    tables: Sequence[Table] = ()


def jobs(cases: Sequence[Case], repeats: int, seed: int, bank: Bank) -> list[Job]:
    """All calls of a run, one round of all cases after the other."""
    made = []
    for attempt in range(repeats):
        for at, case in enumerate(cases):
            place = attempt * len(cases) + at
            number = case.caller or f"+1555{FIRST_NUMBER + place:07}"
            needs = frozenset({f"caller {number}", *_needs(case, bank)})
            made.append(Job(case, attempt, place, number, call_seed(seed, case.id, attempt), needs))
    return made


def call_seed(seed: int, case: str, attempt: int) -> int:
    """The seed of a call: of the run's, the case and the attempt, whatever else is in the run."""
    digest = hashlib.sha256(f"{seed} {attempt} {case}".encode()).digest()
    return int.from_bytes(digest[:6], "big")


class Waiting:
    """The calls that are still to be placed."""

    def __init__(self, waiting: Iterable[Job]) -> None:
        self._waiting = list(waiting)

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, running: Iterable[Job]) -> Job | None:
        """The first call that gets into no running one's way; None where each would."""
        taken = frozenset().union(*(job.needs for job in running))
        for job in self._waiting:
            if not job.needs & taken:
                self._waiting.remove(job)
                return job
        return None

    def put_back(self, job: Job) -> None:
        """It could not be placed now; others go first."""
        self._waiting.append(job)


def _needs(case: Case, bank: Bank) -> Iterator[str]:
    known = set(bank.customers.values())
    if case.caller in bank.customers:
        yield f"customer {bank.customers[case.caller]}"
    for digits in _digits(case):
        yield from (f"customer {number}" for number in known if number in digits)
    unique = {table.name: table.unique for table in bank.tables if table.by_call}
    for expected in case.expected.database:
        for columns in unique.get(expected.table, ()):
            for row in expected.rows:
                if all(column in row for column in columns):
                    values = " ".join(str(row[column]) for column in columns)
                    yield f"{expected.table} {' '.join(columns)} {values}"


def _digits(case: Case) -> Iterator[str]:
    """All digits that a case names, each text's in a row."""
    for turn in case.turns:
        if isinstance(turn, Keys):
            yield turn.digits
        elif isinstance(turn, Say):
            yield _in_a_row(turn.text)
            yield from (_in_a_row(entity.value) for entity in turn.entities)
    expected = case.expected
    said = [*expected.actions, *expected.never]
    values: list[Mapping[str, Value]] = [action.arguments for action in said]
    values += [row for rows in expected.database for row in rows.rows]
    values += [case.goal.knows] if case.goal is not None else []
    for mapping in values:
        yield from map(_in_a_row, mapping.values())


def _in_a_row(value: Value) -> str:
    return "".join(word for word in normalised(str(value)) if word.isdigit())
