"""Samples of a long text in a file, and beside it a journal of the pieces that are complete.

A second attempt finds them and goes on behind the last one that was made in the same way. A line
of the journal is a piece's key and where its samples end; it is written after them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from gateway.errors import RefusedError
from voicebot.audio.pcm import Int16, to_bytes

_SAMPLE: Final = 2  # bytes
_LINE: Final = 200  # bytes, more than any line has


def key_of(*made_from: str | float) -> str:
    """A short name for what a piece is made from."""
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:32]


class Rendering:
    """Pieces of 16-bit mono audio at `rate` hertz, one after the other. A context manager."""

    def __init__(self, folder: Path, rate: int, longest: float) -> None:
        """In `folder` as an earlier attempt left it; at most `longest` seconds altogether."""
        self.samples = folder / "speech.pcm"
        self.journal = folder / "speech.pieces"
        self._rate = rate
        self._longest = longest
        self._end = 0  # bytes of complete pieces
        self._known = True  # an earlier attempt may have made the next one
        self._stack = ExitStack()
        self._audio: BinaryIO
        self._lines: BinaryIO

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for path in (self.samples, self.journal):
                path.touch()
            self._audio = stack.enter_context(self.samples.open("r+b"))
            self._lines = stack.enter_context(self.journal.open("r+b"))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """What is incomplete at the end is cut off."""
        with self._stack:
            if kind is None:
                self._go_on_here()

    @property
    def seconds(self) -> float:
        """How long the complete pieces are."""
        return self._end / _SAMPLE / self._rate

    def add(self, key: str, chunks: Callable[[], Iterable[Int16]]) -> bool:
        """Add a piece, unless an earlier attempt did so; says whether it was made now.

        Raises:
            RefusedError: it is becoming too long.
        """
        key = key_of(key, self._rate)
        if self._known and self._made_before(key):
            return False
        if self._known:
            self._go_on_here()
        written = 0
        for chunk in chunks():
            written += self._audio.write(to_bytes(chunk))
            if self._end + written > self._longest * self._rate * _SAMPLE:
                raise RefusedError(f"the text takes longer than {self._longest:g} s to read out")
        self._audio.flush()
        self._end += written
        self._lines.write(f"{key} {self._end}\n".encode())
        self._lines.flush()
        return True

    def discard(self) -> None:
        """Remove the files, which are not wanted any more."""
        self.journal.unlink(missing_ok=True)
        self.samples.unlink(missing_ok=True)

    def _made_before(self, key: str) -> bool:
        at = self._lines.tell()
        words = self._lines.readline(_LINE).decode(errors="replace")
        found, _, end = words.partition(" ")
        size = self.samples.stat().st_size
        if found == key and end.endswith("\n") and self._end <= int(end) <= size:
            self._end = int(end)
            return True
        self._lines.seek(at)
        return False

    def _go_on_here(self) -> None:
        """From now on pieces are made; what was left of another or a broken attempt goes."""
        self._known = False
        self._lines.truncate(self._lines.tell())
        self._audio.truncate(self._end)
        self._audio.seek(self._end)
