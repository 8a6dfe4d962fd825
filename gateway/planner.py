"""Which steps lead from one medium to another: the best path through the transforms. Pure.

The media are nodes, and so is each medium "delivered": a mail that was sent is another goal than a
mail as a file. A path never comes to the same node twice, and what delivers can only be its last
step, because nothing leads away from a delivered node.

Of several paths the one is taken that needs nothing installed, then the one on which least gets
lost, then the cheapest, then the shortest. All of these add up along a path (what is left after
each step multiplies, so its logarithm adds up), which is what Dijkstra's algorithm asks for.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.content import Kind
from gateway.errors import MissingPartError, RefusedError
from gateway.transform import Transform, Wishes

NAMES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "text",
    Kind.VOICE: "voice",
    Kind.EMAIL: "e-mail",
    Kind.FAX: "fax",
    Kind.SMS: "SMS",
}

_FINE: Final = 10**9  # units per second of cost and per 1 of loss: whole numbers add up exactly
_TOTAL_LOSS: Final = 10**15  # of a step on which everything gets lost; more than any real path

_Weight = tuple[int, int, int, int, tuple[str, ...]]
"""Missing parts, loss, cost, steps, names (so that equals are always decided the same way)."""


class NoPathError(RefusedError):
    """Nothing leads from this medium to that one."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted: a file of this kind, or that it reaches a recipient (`delivered`)."""

    kind: Kind
    delivered: bool = False

    def __str__(self) -> str:
        return f"{NAMES[self.kind]}, delivered" if self.delivered else NAMES[self.kind]


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps from `start` to `goal`, in order."""

    start: Kind
    goal: Goal
    steps: tuple[Transform, ...]

    def __iter__(self) -> Iterator[Transform]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def cost(self) -> float:
        """CPU time in seconds for a typical piece."""
        return math.fsum(step.cost for step in self.steps)

    @property
    def loss(self) -> float:
        """How much of the meaning may get lost on the way, 0 to 1."""
        return 1.0 - math.prod(1.0 - step.loss for step in self.steps)

    def missing(self) -> tuple[str, ...]:
        """What has to be installed before this plan can be carried out."""
        return tuple(needed for step in self.steps if (needed := step.missing()))

    def wishes_for(self, index: int, wishes: Wishes) -> Wishes:
        """The wishes that step `index` (from 0) is to be given.

        The wished media type is that of the result: steps before it choose their own.
        """
        last = len(self.steps) - 1
        makes_result = index == last or (self.goal.delivered and index == last - 1)
        return wishes if makes_result else wishes.model_copy(update={"media_type": None})

    def explain(self) -> str:
        """The plan for a person, a line per step."""
        counted = "1 step" if len(self) == 1 else f"{len(self)} steps"
        total = f"about {_seconds(self.cost)} of CPU time, loss {_percent(self.loss)}"
        lines = [f"{NAMES[self.start]} → {self.goal}: {counted}, {total}"]
        for number, step in enumerate(self.steps, start=1):
            edge = f"{NAMES[step.source]} → {Goal(step.target, step.delivers)}"
            line = f"  {number}. {step.name:<10} {edge:<26}"
            lines.append(f"{line} {_seconds(step.cost):>8}  loss {_percent(step.loss)}")
            if needed := step.missing():
                lines.append(f"     needs: {needed}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Route:
    """One cell of the table of all pairs; no plan: nothing leads there."""

    start: Kind
    goal: Goal
    plan: Plan | None


def find(transforms: Iterable[Transform], start: Kind, goal: Goal) -> Plan:
    """The best path that can be carried out here.

    Raises:
        NoPathError: nothing leads there.
        MissingPartError: nothing leads there unless something is installed, which it names.
    """
    plan = foresee(transforms, start, goal)
    if needed := plan.missing():
        path = " → ".join(step.name for step in plan)
        raise MissingPartError(f"{NAMES[start]} → {goal} ({path}) needs: {'; '.join(needed)}")
    return plan


def foresee(transforms: Iterable[Transform], start: Kind, goal: Goal) -> Plan:
    """The best path, even if something it needs has to be installed first.

    From a kind to itself leads one transform that makes another form of it (WAV to MP3).

    Raises:
        NoPathError: nothing leads there.
    """
    known = tuple(transforms)
    found = _recast(known, start) if goal == Goal(start) else _search(known, start, goal)
    if found is None:
        raise NoPathError(f"nothing here leads from {NAMES[start]} to {goal}")
    return Plan(start, goal, found)


def goals(transforms: Iterable[Transform]) -> tuple[Goal, ...]:
    """Every kind, and every delivery that some transform does."""
    delivered = {step.target for step in transforms if step.delivers}
    return (*map(Goal, Kind), *(Goal(kind, True) for kind in Kind if kind in delivered))


def table(transforms: Iterable[Transform]) -> tuple[Route, ...]:
    """The best path for every pair of a kind and a goal."""
    known = tuple(transforms)
    return tuple(
        Route(start, goal, _plan_or_none(known, start, goal))
        for start in Kind
        for goal in goals(known)
    )


def _plan_or_none(transforms: tuple[Transform, ...], start: Kind, goal: Goal) -> Plan | None:
    try:
        return foresee(transforms, start, goal)
    except NoPathError:
        return None


def _recast(transforms: tuple[Transform, ...], kind: Kind) -> tuple[Transform, ...] | None:
    fitting = [
        step for step in transforms if step.source == step.target == kind and not step.delivers
    ]
    return (min(fitting, key=_weight),) if fitting else None


def _search(
    transforms: tuple[Transform, ...], start: Kind, goal: Goal
) -> tuple[Transform, ...] | None:
    edges = [(step, Goal(step.target, step.delivers), _weight(step)) for step in transforms]
    turn = itertools.count()  # transforms can't be compared
    waiting: list[tuple[_Weight, int, Goal, tuple[Transform, ...]]] = []
    heapq.heappush(waiting, ((0, 0, 0, 0, ()), next(turn), Goal(start), ()))
    reached: set[Goal] = set()
    while waiting:
        weight, _, node, path = heapq.heappop(waiting)
        if node == goal:
            return path
        if node in reached:
            continue
        reached.add(node)
        for step, target, more in edges:
            if Goal(step.source) == node and target not in reached:
                entry = (_sum(weight, more), next(turn), target, (*path, step))
                heapq.heappush(waiting, entry)
    return None


def _weight(step: Transform) -> _Weight:
    loss = _TOTAL_LOSS if step.loss >= 1 else round(-math.log1p(-step.loss) * _FINE)
    return (int(bool(step.missing())), loss, round(step.cost * _FINE), 1, (step.name,))


def _sum(one: _Weight, other: _Weight) -> _Weight:
    return (
        one[0] + other[0],
        one[1] + other[1],
        one[2] + other[2],
        one[3] + other[3],
        one[4] + other[4],
    )


def _seconds(cost: float) -> str:
    return f"{cost:.0f} s" if cost >= 10 else f"{cost:.2g} s"


def _percent(loss: float) -> str:
    return f"{100 * loss:.2g} %"
