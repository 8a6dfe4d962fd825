"""What is asked of a run (the gate) and what is said of two runs (the comparison): plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from evaluation.bench.intervals import Figure
from evaluation.scoring.model import Stage

Call = tuple[str, int]
"""Case and attempt."""
Direction = Literal["better", "worse", "no difference shown", "not enough data"]
Status = Literal["passed", "failed", "not enough data"]
JudgedBy = Literal["interval", "value", "proof"]

EXIT_STATUS: Final[Mapping[Status, int]] = {"passed": 0, "failed": 1, "not enough data": 2}
"""What a program that judges a run ends with; 2 also where a run or a gate can't be used."""


class ComparingError(ValueError):
    """These runs can't be compared, or the gate can't be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Margin:
    """How much worse a metric may be than before: `by` in its unit, or of its value before."""

    metric: str
    by: float
    relative: bool = False

    def of(self, before: float) -> float:
        """The margin in the metric's unit."""
        return self.by * abs(before) if self.relative else self.by


@dataclass(frozen=True, slots=True)
class Floor:
    """What a metric has to be at least, or at most.

    `tags` are tags or patterns of them ("snr-*"): each by itself is judged instead of the whole.
    Judged by "interval", a floor is broken where the whole 95 % interval lies beyond it, by
    "value", where the value does; by "proof", it holds only where the whole interval does, and what
    is not decided is "not enough data".
    """

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    tags: tuple[str, ...] = ()
    judged_by: JudgedBy = "interval"


@dataclass(frozen=True, slots=True)
class Gate:
    """What a run must keep to.

    `level`: how often at most a comparison of equal systems may show a difference among the metrics
    that have a margin. `calls`: with fewer (in both runs, where two are compared) nothing is said;
    `metric_calls` is the same for a single metric. `missing`: the share of calls that may be in one
    run only. `undecided` says what becomes of a margin that is neither kept for certain nor broken.
    """

    margins: tuple[Margin, ...] = ()
    floors: tuple[Floor, ...] = ()
    level: float = 0.05
    calls: int = 40
    metric_calls: int = 12
    missing: float = 0.05
    undecided: Literal["passed", "not enough data"] = "passed"

    def margin(self, metric: str) -> Margin | None:
        """The margin of that metric, if it has one."""
        return next((each for each in self.margins if each.metric == metric), None)


@dataclass(frozen=True, slots=True)
class Change:
    """One metric in two runs, by the `calls` that say something of it in both.

    `difference` is after minus before with its 95 % interval, `p` that of `test` (two-sided),
    `adjusted` the same after Holm over its family: the metrics that have a margin are one
    (`primary`), all others the second. `follows` are stages whose own worsening explains this one:
    in the calls in which they did not get worse, it did not either. `details` say where it is.
    """

    key: str
    title: str
    stage: Stage
    unit: str
    better: Literal["higher", "lower"]
    calls: int
    verdict: Direction
    before: float | None = None
    after: float | None = None
    difference: Figure | None = None
    test: str = ""
    p: float | None = None
    adjusted: float | None = None
    primary: bool = False
    follows: tuple[Stage, ...] = ()
    details: tuple[str, ...] = ()
    because: str = ""

    @property
    def drop(self) -> float:
        """By how much it got worse (negative: better), in its unit."""
        if self.difference is None:
            return 0.0
        return -self.difference.value if self.better == "higher" else self.difference.value

    @property
    def worst(self) -> float:
        """The drop that can't be excluded: the bad end of the interval."""
        if self.difference is None:
            return 0.0
        return -self.difference.low if self.better == "higher" else self.difference.high


@dataclass(frozen=True, slots=True)
class Rule:
    """What became of one rule of the gate, and why, in a sentence."""

    name: str
    kind: Literal["calls", "margin", "floor"]
    status: Status
    reason: str
    metric: str = ""
    stage: Stage | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is said of a run beside another one, or (without `changes`) of a run alone.

    `paired` are the calls of both runs, `before_only` and `after_only` those that one run lacks;
    `broken` passed before and fail now, `mended` the other way round.
    """

    changes: tuple[Change, ...]
    rules: tuple[Rule, ...]
    level: float
    paired: tuple[Call, ...] = ()
    before_only: tuple[Call, ...] = ()
    after_only: tuple[Call, ...] = ()
    broken: tuple[Call, ...] = ()
    mended: tuple[Call, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def status(self) -> Status:
        """Failed where any rule is; else not enough data where that is said of any."""
        found = {rule.status for rule in self.rules}
        if "failed" in found:
            return "failed"
        return "not enough data" if "not enough data" in found else "passed"

    @property
    def exit_status(self) -> int:
        """0 passed, 1 failed, 2 not enough data."""
        return EXIT_STATUS[self.status]

    @property
    def causes(self) -> tuple[Stage, ...]:
        """The stages that got worse by themselves, not because another one did.

        Where metrics with a margin did, those alone are to blame: the others were looked at by the
        dozen, and one of twenty equal pairs of runs shows one of them worse.
        """
        own = [each for each in self.changes if each.verdict == "worse" and not each.follows]
        blamed = [each for each in own if each.primary] or own
        return tuple(dict.fromkeys(change.stage for change in blamed))
