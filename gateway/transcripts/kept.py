"""What was recognized so far, kept beside the recording, so that a second attempt goes on there.

A file of JSON lines: first what the recording is, how it was cut and in which language it is; then
a line for each piece that was heard, in the order in which they were finished. A line that a crash
left half-written is as if it were not there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.transcripts.cutting import Piece, Span
from gateway.transcripts.transcript import Segment

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Outline:
    """How a recording of `seconds` is cut, and its language (ISO 639) with the probability."""

    pieces: tuple[Piece, ...]
    seconds: float
    language: str
    sureness: float

    @property
    def speech(self) -> float:
        """Seconds to be recognized."""
        return sum(piece.seconds for piece in self.pieces)


class Kept:
    """The file of one recording. `key` says what it is and how it is recognized: with another key
    it is begun anew."""

    def __init__(self, path: Path, key: Mapping[str, str | int | None]) -> None:
        self._path = path
        self._key = {"format": _FORMAT, **key}
        self.outline: Outline | None = None
        self.segments: dict[int, Segment] = {}
        self._read()

    def begin(self, outline: Outline) -> None:
        """Write down how the recording is cut; nothing is recognized yet."""
        head = {
            "key": self._key,
            "seconds": outline.seconds,
            "language": outline.language,
            "sureness": outline.sureness,
            "pieces": [[[s.start, s.end] for s in piece.spans] for piece in outline.pieces],
        }
        self._write(json.dumps(head) + "\n")
        self.outline, self.segments = outline, {}

    def add(self, number: int, segment: Segment) -> None:
        """A piece, counted from 0, is recognized."""
        line = json.dumps([number, segment.as_json()])
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.segments[number] = segment

    def missing(self) -> Sequence[int]:
        """The pieces that are not recognized yet."""
        pieces = self.outline.pieces if self.outline is not None else ()
        return [number for number in range(len(pieces)) if number not in self.segments]

    def _read(self) -> None:
        try:
            text = self._path.read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            return
        whole = text[: text.rfind("\n") + 1]
        head, *lines = whole.splitlines() or [""]
        try:
            outline = _outline(json.loads(head), self._key)
            segments = {int(n): Segment.from_json(data) for n, data in map(json.loads, lines)}
        except (ValueError, KeyError, TypeError):
            return
        if outline is None:
            return
        self.outline, self.segments = outline, segments
        if whole != text:
            self._write(whole)

    def _write(self, text: str) -> None:
        part = self._path.with_name(f"{self._path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(self._path)


def _outline(head: Any, key: Mapping[str, Any]) -> Outline | None:
    if head["key"] != key:
        return None
    pieces = tuple(
        Piece(tuple(Span(float(start), float(end)) for start, end in spans))
        for spans in head["pieces"]
    )
    return Outline(pieces, float(head["seconds"]), str(head["language"]), float(head["sureness"]))
