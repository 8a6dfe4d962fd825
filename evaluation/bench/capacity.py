"""How many callers at once a system carries at a given 95th percentile. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from evaluation.bench.intervals import percentile
from evaluation.bench.latency import responses
from evaluation.bench.scenarios import PATIENCE
from evaluation.bench.turns import Turn

STEPS: Final = (1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 60, 80)
"""Callers at once that are tried."""
AT_LEAST: Final = 1.0
"""Seconds: a system that stays below is quick enough, however quick it is alone."""
ROOM: Final = 1.1
"""How much slower than a caller alone still counts as equal."""
LOST: Final = 0.1
"""Share of turns by which more may go unanswered than with one caller."""
GIVEN_UP: Final = 2
"""Steps in a row that were too many; after them no more are tried."""


@dataclass(slots=True)
class Step:
    """What was measured with `callers` at once: turns, failed calls, CPU seconds of the process
    that carries the calls and of what it started in `wall` seconds, resident bytes at the end, and
    how many seconds the callers themselves were late at worst."""

    callers: int
    turns: list[Turn] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0
    children_cpu: float = 0.0
    resident: int = 0
    late: float = 0.0

    def at(self, q: float) -> float | None:
        """A percentile of the response in seconds; None without any answer."""
        found = percentile(responses(self.turns), q)
        return None if found is None else found.value

    @property
    def median_of_all(self) -> float | None:
        """The median response in seconds if turns that were never answered count as well, with the
        time that a caller waits; None without any turn."""
        lost = [turn for turn in self.turns if turn.response is None and not turn.over_bot]
        waited = [PATIENCE for turn in lost if not turn.cut_off]
        found = percentile(responses(self.turns) + waited, 50)
        return None if found is None else found.value

    @property
    def cores(self) -> float:
        """How many cores the process that carries the calls used."""
        return self.cpu / self.wall if self.wall else 0.0

    @property
    def children_cores(self) -> float:
        """How many cores what it started used."""
        return self.children_cpu / self.wall if self.wall else 0.0

    @property
    def unanswered(self) -> float:
        """The share of turns without an answer."""
        counted = [turn for turn in self.turns if not turn.over_bot]
        return sum(turn.response is None for turn in counted) / max(1, len(counted))

    @property
    def cut_off(self) -> float:
        """The share of turns that the system spoke into."""
        counted = [turn for turn in self.turns if not turn.over_bot]
        return sum(turn.cut_off for turn in counted) / max(1, len(counted))


def turns_for(callers: int, least: int) -> int:
    """How many turns to measure: at least `least`, the same for every caller, two in each call."""
    return 2 * callers * -(-least // (2 * callers))


def threshold(alone: Sequence[Step]) -> float:
    """The 95th percentile (seconds) at which numbers of callers are compared.

    That of the quickest of the peer's variants with one caller, with a little room, so that the
    peer carries at least one; never less than `AT_LEAST`.
    """
    found = [p95 for step in alone if (p95 := step.at(95)) is not None]
    return max(AT_LEAST, ROOM * min(found, default=0.0))


def is_carried(step: Step, alone: Step, limit: float) -> bool:
    """Whether the system serves these callers well: within `limit`, none lost, none unanswered
    that one caller would not have been left with as well."""
    p95 = step.at(95)
    return (
        p95 is not None
        and p95 <= limit
        and not step.failures
        and step.unanswered <= alone.unanswered + LOST
    )


def carried(steps: Sequence[Step], limit: float) -> int:
    """The most callers that were served well, whatever happened with fewer; 0 for none."""
    if not steps:
        return 0
    return max((s.callers for s in steps if is_carried(s, steps[0], limit)), default=0)


def goes_on(steps: Sequence[Step], limit: float) -> bool:
    """Whether more callers are worth a try."""
    last = steps[-GIVEN_UP:]
    return len(last) < GIVEN_UP or any(is_carried(s, steps[0], limit) for s in last)
