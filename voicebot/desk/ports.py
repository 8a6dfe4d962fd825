"""What the desk needs of others, and what it tells the status page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Timer(Protocol):
    """A timer that can be stopped."""

    def cancel(self) -> None:
        """Don't fire."""


class Scheduler(Protocol):
    """What the desk needs of an event loop."""

    def time(self) -> float:
        """Monotonic seconds."""

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        """Call in `delay` seconds."""

    def call_soon(self, callback: Callable[[], object], /) -> object:
        """Call as soon as the loop is free."""


class NoteKeeper(Protocol):
    """Where notes go; `RecordWriter` is one."""

    def add_note(self, call_id: str, seat: str, at: datetime, text: str) -> object:
        """Keep what the expert wrote."""


@dataclass(frozen=True, slots=True)
class SeatInfo:
    """A signed-in seat; `seconds` is how long it has been in `state`."""

    seat: str
    name: str
    skills: tuple[str, ...]
    state: str
    seconds: float
    call_id: str


@dataclass(frozen=True, slots=True)
class WaitingInfo:
    """A call that waits for a person, `seconds` so far; `seat` is where it rings, or ''."""

    call_id: str
    caller: str
    reason: str
    skill: str
    seconds: float
    seat: str
