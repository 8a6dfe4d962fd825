"""Telling how a download comes along: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as RichProgress

PLAIN_INTERVAL = 5.0
"""Seconds between two lines about the same download."""


class Progress(Protocol):
    """Where a fetch reports to. One download at a time."""

    def start(self, label: str, total: int | None, done: int = 0) -> None:
        """A download begins: `total` bytes where known, `done` of them are here already."""

    def advance(self, count: int) -> None:
        """`count` more bytes have come."""

    def finish(self) -> None:
        """The download is over, well or not."""

    def note(self, text: str) -> None:
        """Something a person should read."""


class SilentProgress:
    """Reports nothing."""

    def start(self, label: str, total: int | None, done: int = 0) -> None:
        """Nothing is shown."""

    def advance(self, count: int) -> None:
        """Nothing is shown."""

    def finish(self) -> None:
        """Nothing is shown."""

    def note(self, text: str) -> None:
        """Nothing is shown."""


class PlainProgress:
    """Lines of text, not more often than every few seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._label = ""
        self._total: int | None = None
        self._done = 0
        self._last = 0.0

    def start(self, label: str, total: int | None, done: int = 0) -> None:
        """Say what begins."""
        self._label, self._total, self._done = label, total, done
        self._last = time.monotonic()
        goes_on = f", going on at {_megabytes(done)}" if done else ""
        size = f" ({_megabytes(total)})" if total is not None else ""
        self.note(f"{label}{size}{goes_on}")

    def advance(self, count: int) -> None:
        """Say how far it is, if the last line is old enough."""
        self._done += count
        now = time.monotonic()
        if now - self._last >= PLAIN_INTERVAL:
            self._last = now
            of_total = f" of {_megabytes(self._total)}" if self._total is not None else ""
            self.note(f"{self._label}: {_megabytes(self._done)}{of_total}")

    def finish(self) -> None:
        """Nothing: what comes of it is said by the caller."""

    def note(self, text: str) -> None:
        """Write one line at once."""
        self._stream.write(f"  {text}\n")
        self._stream.flush()


class BarProgress:
    """A bar that moves; use it as a context manager."""

    def __init__(self, console: Console) -> None:
        self._rich = RichProgress(
            TextColumn("  {task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._rich.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing; the terminal is as it was."""
        self._rich.stop()

    def start(self, label: str, total: int | None, done: int = 0) -> None:
        """Show a new bar."""
        self._rich.add_task(label, total=total, completed=done)

    def advance(self, count: int) -> None:
        """Move the bar."""
        if self._rich.tasks:
            self._rich.advance(self._rich.tasks[-1].id, count)

    def finish(self) -> None:
        """Take the bar away."""
        for task in self._rich.tasks:
            self._rich.remove_task(task.id)

    def note(self, text: str) -> None:
        """Write a line above the bar."""
        self._rich.console.print(f"  {text}", markup=False, highlight=False, soft_wrap=True)


def progress_for(stream: TextIO | None = None) -> BarProgress | PlainProgress:
    """The progress that suits a stream (standard error where none is given)."""
    stream = sys.stderr if stream is None else stream
    if stream.isatty():
        return BarProgress(Console(file=stream))
    return PlainProgress(stream)


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
