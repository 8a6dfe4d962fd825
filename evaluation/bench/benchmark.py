"""What every benchmark is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.bench.clips import Clips
from evaluation.bench.place import Numbers
from evaluation.bench.results import Outcome
from evaluation.bench.systems import SystemUnderTest
from voicebot.config import Settings


class NothingMeasured(RuntimeError):
    """A benchmark has no result; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The surroundings of a run.

    `system` takes calls already; `going_on` becomes false on Ctrl-C: then a benchmark stops soon
    and returns what it has; `tell` shows a line of progress to who is watching. `earlier` has the
    outcomes of this run so far, by the name of the benchmark.
    """

    clips: Clips
    system: SystemUnderTest
    settings: Settings
    numbers: Numbers
    full: bool
    out: Path
    going_on: Callable[[], bool]
    tell: Callable[[str], None]
    earlier: Mapping[str, Outcome] = field(default_factory=dict)

    def count(self, quick: int, full: int) -> int:
        """How many, in this mode."""
        return full if self.full else quick
