"""The playout ledger: which words of the bot were really heard.

A piece of speech is rendered, sent, and played by the network some time later. The ledger knows of
every piece how far it came: by the echoed mark where the network has marks, by the clock otherwise.
What was cut off by a barge-in is estimated from the time since the piece began.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(slots=True)
class Piece:
    """One piece of the bot's speech; times in seconds since the call began."""

    name: str
    text: str
    line: int
    rate: float = 1.0
    started: float | None = None
    seconds: float | None = None
    finished: bool = False
    heard: float = 0.0  # fraction of the text, 0 to 1

    @property
    def ends(self) -> float | None:
        """When the piece has been played, as far as can be said."""
        if self.started is None or self.seconds is None:
            return None
        return self.started + self.seconds


SPEECH_RATE = 15.0
"""Characters per second of ordinary speech: for pieces cut before their length was known."""


def words_heard(text: str, fraction: float) -> str:
    """The whole words of `text` that end within the first `fraction` of its characters."""
    limit = len(text) * min(max(fraction, 0.0), 1.0)
    kept = [word for word in re.finditer(r"\S+", text) if word.end() <= limit]
    return text[: kept[-1].end()] if kept else ""


class PlayoutLedger:
    """All pieces since the last time the bot had said everything, and their fate."""

    def __init__(self, *, marks: bool = True, grace: float = 1.5) -> None:
        self.marks = marks
        self._grace = grace if marks else 0.0
        self._generation = 0
        self._count = 0
        self._pieces: dict[str, Piece] = {}

    def add(self, text: str, line: int, rate: float = 1.0) -> Piece:
        """A new piece at the end of the queue, belonging to transcript line `line`."""
        self._count += 1
        piece = Piece(f"{self._generation}.{self._count}", text, line, rate)
        self._pieces[piece.name] = piece
        return piece

    @property
    def outstanding(self) -> list[Piece]:
        """Pieces that are not known to be played, in order."""
        return [p for p in self._pieces.values() if not p.finished]

    def get(self, name: str) -> Piece | None:
        """The piece called `name`, unless it was cleared or forgotten."""
        return self._pieces.get(name)

    def started(self, name: str, now: float) -> Piece | None:
        """The first audio of the piece went out."""
        piece = self._pieces.get(name)
        if piece is not None and piece.started is None:
            piece.started = now
        return piece

    def due(self, ends: float) -> float:
        """When a piece that ends at `ends` is taken as played, mark or not."""
        return ends + self._grace

    def sent(self, name: str, seconds: float, now: float) -> float | None:
        """All audio of the piece went out; the time after which its mark is given up."""
        piece = self._pieces.get(name)
        if piece is None:
            return None
        piece.seconds = seconds
        if piece.started is None:
            piece.started = now
        return self.due(piece.started + seconds)

    def finish(self, name: str) -> Piece | None:
        """The piece was played to its end (its mark came back)."""
        piece = self._pieces.get(name)
        if piece is None or piece.finished:
            return None
        piece.finished, piece.heard = True, 1.0
        return piece

    def fail(self, name: str, seconds: float) -> Piece | None:
        """No more than the first `seconds` of the piece will be heard."""
        piece = self._pieces.get(name)
        if piece is None or piece.finished:
            return None
        self._cut(piece, seconds)
        return piece

    def overdue(self, now: float) -> list[Piece]:
        """Pieces whose end has passed without a mark; they are taken as played."""
        late = [
            p for p in self.outstanding if p.ends is not None and self.due(p.ends) <= now + 1e-9
        ]
        for piece in late:
            piece.finished, piece.heard = True, 1.0
        return late

    def clear(self, now: float) -> list[Piece]:
        """Speech was cut off at `now`: the pieces that were not known to be played, in order.

        Marks of the old generation that still come back mean nothing any more.
        """
        cut = self.outstanding
        for piece in cut:
            self._cut(piece, 0.0 if piece.started is None else now - piece.started)
        self._generation += 1
        self._pieces = {}
        return cut

    def _cut(self, piece: Piece, seconds: float) -> None:
        length = piece.seconds or len(piece.text) / SPEECH_RATE / piece.rate
        piece.finished = True
        piece.heard = min(max(seconds / length, 0.0), 1.0) if length else 0.0

    def forget_finished(self) -> None:
        """Drop what has been said to its end."""
        self._pieces = {n: p for n, p in self._pieces.items() if not p.finished}
