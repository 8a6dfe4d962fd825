"""What every benchmark is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evaluation.bench.clips import Clips
from evaluation.bench.place import Numbers
from evaluation.bench.systems import SystemUnderTest
from voicebot.config import Settings


class NothingMeasured(RuntimeError):
    """A benchmark has no result; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The surroundings of a run.

    `system` takes calls already; `going_on` becomes false on Ctrl-C: then a benchmark stops soon
    and returns what it has; `tell` shows a line of progress to who is watching.
    """

    clips: Clips
    system: SystemUnderTest
    settings: Settings
    numbers: Numbers
    full: bool
    out: Path
    going_on: Callable[[], bool]
    tell: Callable[[str], None]

    def count(self, quick: int, full: int) -> int:
        """How many, in this mode."""
        return full if self.full else quick
