"""Carries a plan out at once, in a folder, without durability: for the command line."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.content import Content
from gateway.errors import RefusedError, UnavailableError
from gateway.planner import Plan
from gateway.transform import Transform, Wishes

_LEAST_SHARE: Final = 0.01  # of the progress: cheap steps are seen, too

Progress = Callable[[str, float], None]
"""Is told the name of the step and how much of the whole (0 to 1) is done."""


@dataclass(frozen=True, slots=True)
class _Bench:
    """One step's circumstances (a `Work`): its share of the whole begins at `start`."""

    folder: Path
    key: str
    name: str
    start: float
    share: float
    tell: Progress

    def progress(self, done: float) -> None:
        """So much of the step is done."""
        self.tell(self.name, self.start + self.share * min(1.0, max(0.0, done)))


def carry_out(
    plan: Plan,
    source: Content,
    wishes: Wishes,
    folder: Path,
    *,
    key: str,
    progress: Progress = lambda _name, _done: None,
) -> Content:
    """Run all steps of `plan` on `source`, each in a folder of its own below `folder`.

    `key` names the whole. `progress` may raise, which ends the work. It never goes back.

    Raises:
        GatewayError: a step did not succeed.
    """
    shares = _shares(plan)
    content, start, told = source, 0.0, 0.0

    def tell(name: str, done: float) -> None:
        nonlocal told
        told = max(told, done)
        progress(name, told)

    for index, (step, share) in enumerate(zip(plan, shares, strict=True)):
        own = folder / f"{index}-{step.name}"
        own.mkdir(exist_ok=True)
        tell(step.name, start)
        bench = _Bench(own, f"{key}/{index}", step.name, start, share, tell)
        content = _run(step, content, plan.wishes_for(index, wishes), bench)
        start += share
        tell(step.name, start)
    return content


def _run(step: Transform, content: Content, wishes: Wishes, bench: _Bench) -> Content:
    try:
        return step.run(content, wishes, bench)
    except OSError as error:  # most of all: the disk is full
        raise UnavailableError(f"{step.name}: {error.strerror or error}") from error


def publish(result: Path, target: Path) -> None:
    """Move a copy of `result` to `target`, whole or not at all; what was there is replaced.

    Raises:
        RefusedError: `target` can't be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
    except OSError as error:
        raise RefusedError(f"{target} can't be written: {error.strerror}") from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file, result.open("rb") as made:
            shutil.copyfileobj(made, file)
            file.flush()
            os.fchmod(file.fileno(), _mode(target))
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise RefusedError(f"{target} can't be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """The permissions that a file written the usual way would have."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _shares(plan: Plan) -> list[float]:
    least = _LEAST_SHARE * plan.cost or 1.0
    costs = [max(step.cost, least) for step in plan]
    return [cost / sum(costs) for cost in costs]
