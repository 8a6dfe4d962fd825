"""Transforms for these tests, which really do something, and a reporter that remembers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gateway.content import Content, Kind
from gateway.errors import RefusedError, UnavailableError, UncertainError
from gateway.planner import Goal, Plan
from gateway.transform import Transform


def louder(source, wishes, work):
    """TEXT to SMS: in capitals."""
    work.progress(0.5)
    path = work.folder / "louder.txt"
    path.write_text(source.path.read_text().upper())
    work.progress(1.0)
    return Content(Kind.SMS, path, "text/plain", {"key": work.key})


def mirrored(source, wishes, work):
    """SMS to FAX: backwards."""
    path = work.folder / "mirrored.txt"
    path.write_text(source.path.read_text()[::-1])
    return replace(source, kind=Kind.FAX, path=path)


@dataclass
class Post:
    """Delivers texts; `trouble` is raised by the next deliveries, one each."""

    trouble: list[BaseException] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    tried: int = 0

    def __call__(self, source, wishes, work):
        self.tried += 1
        if self.trouble:
            raise self.trouble.pop(0)
        self.delivered.append(source.path.read_text())
        return source


@dataclass
class Told:
    """A reporter."""

    trouble: list[BaseException] = field(default_factory=list)
    ends: list[tuple[str, str, str]] = field(default_factory=list)

    def __call__(self, order, job, key):
        if self.trouble:
            raise self.trouble.pop(0)
        self.ends.append((order.id, job.state, job.reason))


LOUDER = Transform("louder", Kind.TEXT, Kind.SMS, 1.0, 0.0, louder)
MIRRORED = Transform("mirror", Kind.SMS, Kind.FAX, 3.0, 0.0, mirrored)


def posting(post):
    """The transform that delivers through `post`."""
    return Transform("post", Kind.FAX, Kind.FAX, 1.0, 0.0, post, delivers=True)


def plan(*steps, delivered=False):
    return Plan(steps[0].source, Goal(steps[-1].target, delivered), tuple(steps))


BUSY = UnavailableError("the line is busy")
WRONG = RefusedError("there is no such number")
BROKEN = UncertainError("the line broke down")
