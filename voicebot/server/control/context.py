"""What the control plane needs from the rest of the agent, as plain values and small seams."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from prometheus_client import CollectorRegistry
from starlette.routing import Route

from gateway.jobs.intake import Intake
from gateway.rest.settings import RestSettings
from gateway.transform import Transform
from voicebot.config import Settings
from voicebot.server.lifecycle import State
from voicebot.server.tokens import TokenBook
from voicebot.store.calls import CallStore

SESSION_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part (rasa, actions, agent, edge ...); only the state `ready` is good.

    `detail` is a short sentence, `since` is UTC.
    """

    name: str
    state: State
    detail: str = ""
    since: datetime | None = None
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that is going on; `state` as the call machine names it, `expert` who talks, or ''."""

    call_id: str
    caller: str
    network: str
    state: str
    started_at: datetime
    expert: str = ""


@dataclass(frozen=True, slots=True)
class LoadStatus:
    """How hard the process is pressed; see `voicebot.server.admission`.

    `level` is 0 (normal) to 3 (full) and `name` what it is called; `wait` and `lag` are in seconds,
    `cpu` is a share of all cores.
    """

    level: int = 0
    name: str = "normal"
    wait: float = 0.0
    lag: float = 0.0
    cpu: float = 0.0


class SeatStatus(Protocol):
    """A seat where somebody is signed in."""

    @property
    def name(self) -> str:
        """The expert."""

    @property
    def state(self) -> str:
        """away, available, ringing, talking or wrap_up."""


class WaitingCall(Protocol):
    """A call that waits for a person."""

    @property
    def call_id(self) -> str:
        """The call."""

    @property
    def caller(self) -> str:
        """The caller's number, or ''."""

    @property
    def reason(self) -> str:
        """Why a person is needed; as in `Handoff`."""

    @property
    def seconds(self) -> float:
        """How long it has been waiting."""


Send = Callable[[Mapping[str, Any]], None]
"""Gives a message to a seat's page; never blocks."""


class Desk(Protocol):
    """The desk as the control plane sees it; all methods are called in the event loop."""

    def connect(self, seat: str, name: str, send: Send, skills: Iterable[str] = ()) -> None:
        """The page of `seat` is there; an older page of the same seat is replaced.

        Without `skills` the seat takes every call. Raises ValueError, with a sentence for people.
        """

    def receive(self, seat: str, message: Mapping[str, Any]) -> None:
        """The page said something. Raises ValueError, with a sentence for people, when bad."""

    def disconnect(self, seat: str, send: Send) -> None:
        """The page that was connected with `send` is gone."""

    def seats(self) -> Sequence[SeatStatus]:
        """Who is signed in."""

    def waiting(self) -> Sequence[WaitingCall]:
        """Who waits, longest first."""


@dataclass(frozen=True, slots=True)
class GatewayDoor:
    """What the pages and the REST interface of the conversion gateway need.

    `callbacks` are the doors of telephone providers, who bring their own proof, and `hosts` the
    names under which they reach us.
    """

    intake: Intake
    transforms: Sequence[Transform]
    settings: RestSettings = field(default_factory=RestSettings)
    callbacks: Sequence[Route] = ()
    hosts: Sequence[str] = ()


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ControlContext:
    """Everything behind the pages.

    `live_calls` and `parts` answer what is going on now; `admit` answers '' or a sentence that
    says why no call is taken, `load` how hard the process is pressed. `session_key` signs the
    cookies: keep it over restarts and nobody has to sign in again. `registry` is what /metrics
    shows. `clock` gives monotonic seconds. Without a `gateway` nothing is converted.
    """

    settings: Settings
    store: CallStore
    desk: Desk
    tokens: TokenBook
    live_calls: Callable[[], Sequence[LiveCall]]
    parts: Callable[[], Sequence[PartStatus]]
    admit: Callable[[], str]
    load: Callable[[], LoadStatus] = LoadStatus
    session_key: bytes = field(default_factory=lambda: secrets.token_bytes(SESSION_KEY_BYTES))
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    now: Callable[[], datetime] = _utc_now
    clock: Callable[[], float] = time.monotonic
    gateway: GatewayDoor | None = None
