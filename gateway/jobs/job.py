"""What a job is, and what becomes of it: an order, and the events that happened to it.

A job is its order (which never changes) and a list of events. `Job` is what follows from them; it
is pure, so the page, the REST interface and the worker can't disagree about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from gateway.content import Content, Kind
from gateway.transform import Transform, Wishes


class State(StrEnum):
    """How far a job is.

    ACCEPTED   it will be done; nothing has been done yet
    RUNNING    it is being done, or waits for the next try
    DONE       there is a result, or it was delivered
    FAILED     it could not be done; the reason says why
    CANCELLED  it was called off
    UNCERTAIN  it broke off while it was being delivered: nobody can know whether it arrived
    """

    ACCEPTED = "accepted"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"


OVER = frozenset({State.DONE, State.FAILED, State.CANCELLED, State.UNCERTAIN})
"""States that never change again."""


class What(StrEnum):
    """What can happen to a job; in brackets what the event's `data` holds.

    ACCEPTED
    BEGAN      an attempt at a step [step]
    PROGRESS   [done: of the whole job, 0 to 1]
    FINISHED   a step [step]
    SENDING    a delivery is about to begin [step]
    SENT       it is known to have arrived [step, content]
    UNSENT     it is known not to have arrived [step]
    LATER      a step will be tried again [step, reason, seconds]
    WISHED     somebody would like to cancel it
    DONE       [content]
    FAILED     [reason]
    CANCELLED
    UNCERTAIN  [reason]
    REPORTED   whoever sent it was told
    """

    ACCEPTED = "accepted"
    BEGAN = "began"
    PROGRESS = "progress"
    FINISHED = "finished"
    SENDING = "sending"
    SENT = "sent"
    UNSENT = "unsent"
    LATER = "later"
    WISHED = "wished"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"
    REPORTED = "reported"


_ENDS: Mapping[What, State] = {
    What.DONE: State.DONE,
    What.FAILED: State.FAILED,
    What.CANCELLED: State.CANCELLED,
    What.UNCERTAIN: State.UNCERTAIN,
}
ENDINGS: Mapping[State, What] = {state: what for what, state in _ENDS.items()}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job.

    `number` counts from 1 without a gap, `at` is in seconds since the epoch.
    """

    number: int
    at: float
    what: What
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for; written down before the job is accepted.

    `path` names the transforms (see `name_of`) and `costs` what they cost; `name` is the name of
    the file as the sender called it. `reporter` says who is to tell the sender how it ended ('':
    nobody), and `sender` is what it needs to know for that. `fingerprint` tells two orders with
    the same idempotency key apart.
    """

    id: str
    created: float
    source: Content
    target: Kind
    path: tuple[str, ...]
    costs: tuple[float, ...]
    wishes: Wishes
    deliver: bool = False
    name: str = ""
    reporter: str = ""
    sender: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""

    def as_json(self, folder: Path) -> dict[str, Any]:
        """Plain data; the source file is named relative to `folder`."""
        return {
            "id": self.id,
            "created": self.created,
            "source": packed(self.source, folder),
            "target": str(self.target),
            "path": list(self.path),
            "costs": list(self.costs),
            "wishes": self.wishes.model_dump(mode="json"),
            "deliver": self.deliver,
            "name": self.name,
            "reporter": self.reporter,
            "sender": dict(self.sender),
            "fingerprint": self.fingerprint,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], folder: Path) -> Self:
        """The order that `as_json` wrote down. Raises KeyError or ValueError if it is none."""
        return cls(
            id=data["id"],
            created=data["created"],
            source=unpacked(data["source"], folder),
            target=Kind(data["target"]),
            path=tuple(data["path"]),
            costs=tuple(data["costs"]),
            wishes=Wishes.model_validate(data["wishes"]),
            deliver=data["deliver"],
            name=data["name"],
            reporter=data["reporter"],
            sender=data["sender"],
            fingerprint=data["fingerprint"],
        )

    def progress(self, step: int, done: float) -> float:
        """How much of the whole is done when `done` (0 to 1) of `step` is."""
        total = sum(self.costs) or 1.0
        share = min(1.0, max(0.0, done)) * (self.costs[step] if step < len(self.costs) else 0.0)
        return min(1.0, (sum(self.costs[:step]) + share) / total)


def name_of(transform: Transform) -> str:
    """Names a transform in an order: verbs alone are not unique."""
    return f"{transform.name}:{transform.source}:{transform.target}"


def packed(content: Content, folder: Path) -> dict[str, Any]:
    """`content` as plain data, its file named relative to the job's `folder`."""
    path = content.path
    if path.is_relative_to(folder):
        path = path.relative_to(folder)
    return replace(content, path=path).as_json()


def unpacked(data: Mapping[str, Any], folder: Path) -> Content:
    """The content that `packed` wrote down."""
    content = Content.from_json(data)
    return replace(content, path=folder / content.path)


@dataclass(frozen=True, slots=True)
class Job:
    """What follows from the events so far.

    `step` is the one at work, `starts` how often it began without coming to an end (all but the
    last time, the process died), `tries` how often it failed for the time being, `waiting` the
    reason why it is not at work now. `sending` is true
    while nobody can know whether the delivery arrived, `sent` is what arrived. `result` is plain
    data; `changed` the time of the last event.
    """

    state: State = State.ACCEPTED
    done: float = 0.0
    step: int = 0
    starts: int = 0
    tries: int = 0
    waiting: str = ""
    wait_until: float = 0.0
    wished: bool = False
    sending: bool = False
    sent: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    reason: str = ""
    reported: bool = False
    events: int = 0
    changed: float = 0.0

    @classmethod
    def of(cls, events: Iterable[Event]) -> Job:
        """The job to which `events` happened."""
        job = cls()
        for event in events:
            job = job.after(event)
        return job

    @property
    def over(self) -> bool:
        """Nothing will be done any more."""
        return self.state in OVER

    @property
    def idle(self) -> bool:
        """Nobody is at work on it: it waits for its turn, or for another try."""
        return self.state is State.ACCEPTED or (self.state is State.RUNNING and self.waiting != "")

    def after(self, event: Event) -> Job:
        """The job after `event`; what comes after the end changes nothing but `reported`."""
        job = replace(self, events=event.number, changed=event.at)
        if self.over:
            return replace(job, reported=self.reported or event.what is What.REPORTED)
        effect = _EFFECTS.get(event.what)
        return effect(job, event) if effect else job


def _began(job: Job, event: Event) -> Job:
    """An attempt at a step begins."""
    step = int(event.data["step"])
    starts = job.starts if job.step == step else 0
    return replace(
        job, state=State.RUNNING, step=step, starts=starts + 1, waiting="", wait_until=0.0
    )


def _progressed(job: Job, event: Event) -> Job:
    return replace(job, done=max(job.done, float(event.data["done"])))


def _finished(job: Job, event: Event) -> Job:
    """A step is over, the next one has its own tries."""
    return replace(job, step=int(event.data["step"]) + 1, starts=0, tries=0)


def _sending(job: Job, _event: Event) -> Job:
    return replace(job, sending=True)


def _sent(job: Job, event: Event) -> Job:
    return replace(job, sending=False, sent=event.data["content"])


def _unsent(job: Job, _event: Event) -> Job:
    return replace(job, sending=False)


def _put_off(job: Job, event: Event) -> Job:
    """A step failed for the time being."""
    return replace(
        job,
        waiting=str(event.data["reason"]),
        wait_until=event.at + float(event.data["seconds"]),
        tries=job.tries + 1,
        starts=0,
    )


def _wished(job: Job, _event: Event) -> Job:
    return replace(job, wished=True)


def _ended(job: Job, event: Event) -> Job:
    state = _ENDS[event.what]
    return replace(
        job,
        state=state,
        done=1.0 if state is State.DONE else job.done,
        waiting="",
        wait_until=0.0,
        result=event.data.get("content"),
        reason=str(event.data.get("reason", "")),
    )


_EFFECTS: Mapping[What, Callable[[Job, Event], Job]] = {
    What.BEGAN: _began,
    What.PROGRESS: _progressed,
    What.FINISHED: _finished,
    What.SENDING: _sending,
    What.SENT: _sent,
    What.UNSENT: _unsent,
    What.LATER: _put_off,
    What.WISHED: _wished,
    **dict.fromkeys(_ENDS, _ended),
}
