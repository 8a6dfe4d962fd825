"""What the router decides: small immutable values that the desk carries out in order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SeatState(StrEnum):
    """What a seat is doing. A seat that is not signed in is not there at all."""

    AWAY = "away"
    AVAILABLE = "available"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The seat is in another state now."""

    seat: str
    state: SeatState


@dataclass(frozen=True, slots=True)
class Ring:
    """Let the call ring at the seat."""

    seat: str
    call_id: str


@dataclass(frozen=True, slots=True)
class StopRinging:
    """The call does not ring at the seat any more."""

    seat: str
    call_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Connect:
    """The seat takes the call: let it open its audio."""

    seat: str
    call_id: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over for the seat."""

    seat: str
    call_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Warned:
    """The expert should know this."""

    seat: str
    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody takes the call: `reason` as in the event NoSeat."""

    call_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExpertGone:
    """The call has lost its expert: `reason` is 'ended' when the expert wanted that."""

    call_id: str
    seat: str
    reason: str


Decision = StateChanged | Ring | StopRinging | Connect | Ended | Warned | Refused | ExpertGone


@dataclass(frozen=True, slots=True)
class SeatView:
    """A signed-in seat; `since` is when its state began, on the router's clock."""

    seat: str
    name: str
    skills: tuple[str, ...]
    state: SeatState
    since: float
    call_id: str


@dataclass(frozen=True, slots=True)
class CallView:
    """A call at the desk; `seat` is where it rings or is, or ''."""

    call_id: str
    skill: str
    since: float
    seat: str
    connected: bool
