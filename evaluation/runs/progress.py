"""What is seen of a run while it goes: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

EVERY: Final = 15.0
"""Seconds between two plain lines."""


class RunProgress:
    """Told what happens, shows it on `console`; a context manager.

    On a terminal the line under way is overwritten; elsewhere a line is printed for each stage,
    then every `EVERY` seconds.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._bar: Progress | None = None
        self._task = TaskID(0)
        if console.is_terminal:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[note]}"),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
        self._what, self._total, self._first = "", 0, 0
        self._began = self._told = 0.0

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def stage(self, what: str, total: int = 0, done: int = 0) -> None:
        """`what` begins, of `total` steps (0: nobody knows), `done` of which are done already."""
        self._what, self._total, self._first = what, total, done
        self._began = self._told = self._clock()
        if self._bar is None:
            self._print(f"{what}{f': {done} of {total}' if done else ''} ...")
            return
        for task in self._bar.task_ids:
            self._bar.remove_task(task)
        self._task = self._bar.add_task(what, total=total or None, completed=done, note="")

    def step(self, done: int, note: str = "") -> None:
        """`done` steps of the stage are done; `note` is shown beside."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, note=note)
            return
        now = self._clock()
        if done < self._total and now - self._told < EVERY:
            return
        self._told = now
        parts = [f"{self._what}: {done} of {self._total}", note, self._left(done, now)]
        self._print(", ".join(part for part in parts if part))

    def say(self, line: str) -> None:
        """A line that stays."""
        self._print(line)

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _left(self, done: int, now: float) -> str:
        fresh = done - self._first
        if not fresh or done >= self._total:
            return ""
        seconds = (now - self._began) / fresh * (self._total - done)
        minutes, rest = divmod(round(seconds), 60)
        return f"about {minutes} min left" if minutes else f"about {rest} s left"
