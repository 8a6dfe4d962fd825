"""Words made into subtitles that can be read: short lines, two at most, broken where one breathes.

The limits are those that broadcasters agree on (42 characters a line, two lines, seven seconds).
Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.transcripts.transcript import Word

WIDEST: Final = 42
"""Columns of a line; a Chinese or Japanese character takes two."""
LINES: Final = 2
LONGEST: Final = 7.0
"""Seconds that a subtitle stands."""

_SHORTEST: Final = 1.0  # seconds, where there is room before the next one
_PAUSE: Final = 0.8  # seconds of silence after which a new one begins
_WHOLE: Final = 20  # columns after which the end of a sentence is the end of a subtitle
_CLAUSE_ENDS: Final = tuple(".?!…,;:。？！、，؟،।")
_SENTENCE_ENDS: Final = tuple(".?!…。？！؟।")


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle, in seconds since the recording began; one or two lines."""

    start: float
    end: float
    lines: tuple[str, ...]


def cues(words: Iterable[Word], between: str = " ") -> list[Cue]:
    """Subtitles in order and without overlap; `between` is written between two words."""
    rows: list[list[Word]] = []
    row: list[Word] = []
    for word in (part for whole in words for part in _narrow(whole)):
        if row and _ends(row, word, between):
            rows.append(row)
            row = []
        while row and not _fits([*row, word], between):
            kept = _clause(row)
            rows.append(row[:kept])
            row = row[kept:]
        row.append(word)
    if row:
        rows.append(row)
    return _timed(rows, between)


def width(text: str) -> int:
    """Columns that a text takes."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _ends(row: Sequence[Word], following: Word, between: str) -> bool:
    """Is a subtitle over before `following`, though there may be room for it?"""
    if following.start - row[-1].end >= _PAUSE:
        return True
    whole = width(between.join(word.text for word in row)) >= _WHOLE
    return whole and row[-1].text.endswith(_SENTENCE_ENDS)


def _fits(row: Sequence[Word], between: str) -> bool:
    if row[-1].end - row[0].start > LONGEST:
        return len(row) == 1
    return _broken([word.text for word in row], between) is not None


def _clause(row: Sequence[Word]) -> int:
    """How many words of a full row make a subtitle: to the last clause in its second half."""
    for kept in range(len(row), len(row) // 2, -1):
        if row[kept - 1].text.endswith(_CLAUSE_ENDS):
            return kept
    return len(row)


def _broken(texts: Sequence[str], between: str) -> tuple[str, ...] | None:
    """One line, or two of about the same width; None where they do not fit."""
    whole = between.join(texts)
    if width(whole) <= WIDEST:
        return (whole,)
    best: tuple[str, ...] | None = None
    narrowest = WIDEST + 1
    for cut in range(1, len(texts)):
        lines = (between.join(texts[:cut]), between.join(texts[cut:]))
        widest = max(map(width, lines))
        if widest < narrowest:
            best, narrowest = lines, widest
    return best


def _narrow(word: Word) -> list[Word]:
    """A word as it is; one that is wider than a line in parts."""
    text = " ".join(word.text.split())
    if width(text) <= WIDEST:
        return [replace(word, text=text)] if text else []
    parts, part = [], ""
    for sign in text:
        if width(part + sign) > WIDEST:
            parts.append(part)
            part = ""
        part += sign
    parts.append(part)
    step = (word.end - word.start) / len(parts)
    return [
        replace(word, text=part, start=word.start + n * step, end=word.start + (n + 1) * step)
        for n, part in enumerate(parts)
    ]


def _timed(rows: Sequence[Sequence[Word]], between: str) -> list[Cue]:
    found = []
    for number, row in enumerate(rows):
        start = row[0].start
        following = rows[number + 1][0].start if number + 1 < len(rows) else float("inf")
        end = max(row[-1].end, start + _SHORTEST)
        end = max(min(end, start + LONGEST, following), start)
        lines = _broken([word.text for word in row], between)
        # A row is never more than what fits; a single word always does.
        found.append(Cue(start, end, lines or (between.join(word.text for word in row),)))
    return found
