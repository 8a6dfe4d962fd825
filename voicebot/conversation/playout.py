"""The playout ledger: which words of the bot were really heard.

A piece of speech is rendered, sent, and played by the network some time later. The ledger knows
of every piece how far it came: by the echoed mark where the network has marks, by the clock
otherwise. How much of a cut piece was heard follows from the time at which it began to sound: what
is sent runs ahead of that, and is still heard where the network cannot drop it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(slots=True)
class Piece:
    """One piece of the bot's speech; times in seconds since the call began.

    `total` (s) is the length of its audio, `since` (s) where in it sounding begins, `seconds` how
    much was sent from there on; `resumes` is the name under which an earlier part was sent.
    """

    name: str
    text: str
    line: int
    rate: float = 1.0
    since: float = 0.0
    resumes: str = ""
    total: float | None = None
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

    @property
    def length(self) -> float:
        """Seconds of all of its audio; a guess until it is rendered."""
        if self.total is not None:
            return self.total
        return max(len(self.text) / SPEECH_RATE / self.rate, self.since)

    def cut(self, position: float) -> None:
        """It sounded up to `position` (s into its audio)."""
        if self.length > 0:
            self.heard = max(self.heard, min(max(position / self.length, 0.0), 1.0))

    def position(self, now: float) -> float:
        """How far into its audio it is at `now`."""
        if self.started is None:
            return self.since
        sounded = max(now - self.started, 0.0)
        return self.since + (sounded if self.seconds is None else min(sounded, self.seconds))


SPEECH_RATE = 15.0
"""Characters per second of ordinary speech: for pieces cut before their length was known."""
TAIL = 0.15
"""Seconds at the end of a piece that hold no more words: nobody needs to hear only these."""


def words_heard(text: str, fraction: float) -> str:
    """The whole words of `text` that end within the first `fraction` of its characters."""
    limit = len(text) * min(max(fraction, 0.0), 1.0)
    kept = [word for word in re.finditer(r"\S+", text) if word.end() <= limit]
    return text[: kept[-1].end()] if kept else ""


class PlayoutLedger:
    """All pieces since the last time the bot had said everything, and their fate.

    `grace` (s) is how long marks are waited for; `ahead` (s) of audio is still heard after a cut.
    """

    def __init__(self, *, marks: bool = True, grace: float = 1.5, ahead: float = 0.0) -> None:
        self.marks = marks
        self._grace = grace if marks else 0.0
        self._ahead = ahead
        self._generation = 0
        self._count = 0
        self._free = 0.0  # when everything sent so far has sounded
        self._pieces: dict[str, Piece] = {}

    def add(self, text: str, line: int, rate: float = 1.0) -> Piece:
        """A new piece at the end of the queue, belonging to transcript line `line`."""
        piece = Piece(self._next_name(), text, line, rate)
        self._pieces[piece.name] = piece
        return piece

    @property
    def outstanding(self) -> list[Piece]:
        """Pieces that are not known to be played, in order."""
        return [p for p in self._pieces.values() if not p.finished]

    def get(self, name: str) -> Piece | None:
        """The piece called `name`, unless it was cleared or forgotten."""
        return self._pieces.get(name)

    def started(self, name: str, now: float, since: float = 0.0) -> Piece | None:
        """The first audio of the piece went out; it sounds after what was sent before it."""
        piece = self._pieces.get(name)
        if piece is not None and piece.started is None:
            piece.started = max(now, self._free)
            piece.since = since
        return piece

    def rendered(self, name: str, seconds: float) -> None:
        """All audio of the piece is there: `seconds` of it."""
        piece = self._pieces.get(name)
        if piece is not None:
            piece.total = seconds

    def due(self, ends: float) -> float:
        """When a piece that ends at `ends` is taken as played, mark or not."""
        return ends + self._grace

    def sent(self, name: str, seconds: float, now: float) -> float | None:
        """All audio of the piece went out; the time after which its mark is given up."""
        piece = self._pieces.get(name)
        if piece is None:
            return None
        piece.seconds, piece.total = seconds, piece.since + seconds
        if piece.started is None:
            piece.started = now
        self._free = max(piece.started + seconds, self._free)
        return self.due(piece.started + seconds)

    def finish(self, name: str) -> Piece | None:
        """The piece was played to its end (its mark came back)."""
        piece = self._pieces.get(name)
        if piece is None or piece.finished:
            return None
        piece.finished, piece.heard = True, 1.0
        return piece

    def fail(self, name: str, seconds: float) -> Piece | None:
        """No more than the next `seconds` of the piece will be heard."""
        piece = self._pieces.get(name)
        if piece is None or piece.finished:
            return None
        piece.finished = True
        piece.cut(piece.since + seconds)
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
        self._cut(cut, now)
        for piece in cut:
            piece.finished = True
        self._pieces = {}
        return cut

    def pause(self, now: float, rewind: float) -> list[Piece]:
        """Speech was cut off at `now`, perhaps to go on: the pieces that were heard to their end.

        The others have new names, since marks under the old ones still come back, and begin
        `rewind` seconds before the cut.
        """
        cut = self.outstanding
        self._cut(cut, now)
        self._pieces = {}
        done = []
        for piece in cut:
            position = piece.position(now + self._ahead)
            if piece.seconds is not None and position >= piece.length - TAIL:
                piece.finished, piece.heard = True, 1.0
                done.append(piece)
                continue
            piece.resumes, piece.name = piece.name, self._next_name()
            piece.since = max(position - rewind, 0.0)
            piece.started = piece.seconds = None
            self._pieces[piece.name] = piece
        return done

    def forget_finished(self) -> None:
        """Drop what has been said to its end."""
        self._pieces = {n: p for n, p in self._pieces.items() if not p.finished}

    def _cut(self, pieces: list[Piece], now: float) -> None:
        for piece in pieces:
            piece.cut(piece.position(now + self._ahead))
        self._generation += 1
        self._free = now + self._ahead

    def _next_name(self) -> str:
        self._count += 1
        return f"{self._generation}.{self._count}"
