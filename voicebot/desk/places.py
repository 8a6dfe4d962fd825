"""What the router keeps of seats and calls."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum, auto

from voicebot.desk.decisions import SeatState


@dataclass(frozen=True, slots=True)
class RouterSettings:
    """Times in seconds.

    `ring`: how long one seat rings; `transfer`: how long a call waits in all; `media`: until when
    the audio of a seat that accepted must be there; `away`: how long a conversation outlives the
    seat's page; `rejoin`: how long a caller who lost an expert waits although nobody is there: who
    only loaded the page again is back soon; `misses`: after so many unanswered rings in a row a
    seat is set to away.
    """

    ring: float = 25.0
    transfer: float = 90.0
    media: float = 10.0
    away: float = 60.0
    rejoin: float = 10.0
    misses: int = 2


class Phase(Enum):
    """How far a call has come."""

    WAITING = auto()
    RINGING = auto()
    ACCEPTED = auto()
    CONNECTED = auto()


@dataclass(slots=True)
class Seat:
    """A signed-in seat; `present`: its page is there."""

    id: str
    name: str
    skills: frozenset[str]
    since: float
    state: SeatState = SeatState.AWAY
    call: DeskCall | None = None
    misses: int = 0
    present: bool = True


@dataclass(slots=True)
class DeskCall:
    """A call that needs a person; `tried` holds the seats that are not asked again."""

    id: str
    skill: str
    since: float
    deadline: float
    phase: Phase = Phase.WAITING
    seat: Seat | None = None
    due: float = math.inf  # when the phase ends by itself
    rejoin: float = math.inf  # until then it waits although nobody is there; inf: it does not

    @property
    def wakes(self) -> float:
        """When something happens because time has passed."""
        if self.phase is not Phase.WAITING:
            return self.due
        return min(self.rejoin, self.deadline)

    tried: set[str] = field(default_factory=set)
