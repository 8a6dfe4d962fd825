"""The life of a supervised process as a pure state machine: when to start it again, what to show.

Times are seconds on any monotonic clock, passed in as `now`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """Where a child stands.

    FAILED: it never came up, or came up in none of the last tries (`Policy.give_up_hope`); where
    it is supervised it is still tried again. LOST: no child's, but that of a part which waits for
    another system (a mailbox, a message centre) and works again when that is back.
    """

    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient a supervisor is; all times in seconds.

    The pause before a new start is `first_pause` and doubles with each death up to
    `longest_pause`; it begins anew after `steady` healthy seconds in a row.
    """

    first_pause: float = 1.0
    longest_pause: float = 30.0
    steady: float = 60.0
    bad_checks: int = 3
    give_up_hope: int = 5
    check_every: float = 5.0
    check_while_starting: float = 0.5
    check_seconds: float = 5.0
    grace: float = 10.0


@dataclass(frozen=True, slots=True)
class ChildStatus:
    """What the status page shows: `since` is when the state began, on the supervisor's clock."""

    name: str
    state: State
    since: float
    restarts: int
    last_error: str
    pid: int | None = None


@dataclass(slots=True)
class Lifecycle:
    """One child's life. The shell reports what happens and does what is answered."""

    name: str
    policy: Policy = field(default_factory=Policy)
    state: State = State.STOPPED
    since: float = 0.0
    restarts: int = 0
    last_error: str = ""
    pid: int | None = None
    _deaths: int = 0  # in a row, without `steady` healthy seconds between them
    _bad: int = 0  # checks in a row

    @property
    def status(self) -> ChildStatus:
        """A picture of now."""
        return ChildStatus(
            self.name, self.state, self.since, self.restarts, self.last_error, self.pid
        )

    def started(self, now: float, pid: int) -> None:
        """The process was started."""
        self.pid = pid
        self._bad = 0
        if self.state is State.STOPPED:
            self._enter(State.STARTING, now)

    def check_passed(self, now: float) -> None:
        """It answered a health check."""
        self._bad = 0
        self._enter(State.READY, now)

    def check_failed(self, reason: str) -> bool:
        """It did not answer; True when it hangs and must be ended.

        Before it is ready a failed check is normal: the time limit for starting judges there.
        """
        if self.state is not State.READY:
            return False
        self._bad += 1
        self.last_error = reason
        return self._bad >= self.policy.bad_checks

    def down(self, now: float, reason: str) -> float:
        """It is dead (or could not be started); the pause in seconds before the next start."""
        if self.state is State.READY and now - self.since >= self.policy.steady:
            self._deaths = 0
        self.pid = None
        self.last_error = reason
        pause = min(
            self.policy.first_pause * 2.0 ** min(self._deaths, 30), self.policy.longest_pause
        )
        self._deaths += 1
        self.restarts += 1
        hopeless = self._deaths >= self.policy.give_up_hope and self.state is not State.READY
        self._enter(State.FAILED if hopeless else State.RESTARTING, now)
        return pause

    def failed(self, now: float, reason: str) -> None:
        """It is dead and won't be started again."""
        self.pid = None
        self.last_error = reason
        self._enter(State.FAILED, now)

    def stopped(self, now: float) -> None:
        """It was stopped on purpose; a failure stays visible."""
        self.pid = None
        if self.state is not State.FAILED:
            self._enter(State.STOPPED, now)

    def _enter(self, state: State, now: float) -> None:
        if state is not self.state:
            self.state = state
            self.since = now
