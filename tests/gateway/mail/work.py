"""The circumstances of a step, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class TestWork:
    """Remembers the progress."""

    __test__ = False

    folder: Path
    key: str = "job-1/0"
    done: list[float] = field(default_factory=list)

    def progress(self, done: float) -> None:
        self.done.append(done)
