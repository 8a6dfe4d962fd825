"""What a check says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from voicebot.config import Settings


class Level(StrEnum):
    """How bad it is: WARN works for now, FAIL keeps callers from being served."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part, how it is, and how to mend it ('' where nothing is to be mended)."""

    part: str
    level: Level
    what: str
    mend: str = ""


Check = Callable[[Settings], Iterator[Finding]]
"""A check may take seconds and block; what it raises is a finding, too."""


def ok(part: str, what: str) -> Finding:
    """All is well."""
    return Finding(part, Level.OK, what)


def warn(part: str, what: str, mend: str) -> Finding:
    """It works, but."""
    return Finding(part, Level.WARN, what, mend)


def fail(part: str, what: str, mend: str) -> Finding:
    """It doesn't work."""
    return Finding(part, Level.FAIL, what, mend)
