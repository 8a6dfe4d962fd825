"""Documents of any length as pieces that a synthesizer takes, with the pauses between them.

A plain text is read paragraph by paragraph; what is in memory is one paragraph of it.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from gateway.errors import RefusedError
from gateway.speech.script import Item, Pause, Say
from voicebot.dialogue.replies import pieces as cut

LONGEST_PIECE: Final = 300
"""Characters of a piece as it is written; in words it may be three times as long."""

LONGEST_PARAGRAPH: Final = 8000  # characters; a longer one is cut at a space

_READ: Final = 4096  # characters of a line at once
_WRAPPED: Final = 40  # characters; a line of a paragraph that was wrapped is not shorter
_FULL: Final = 0.6  # of the usual length of a line: a shorter one ends by itself
_BULLET: Final = re.compile(r"\s*(?:[-*•·–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+\S")
_STOPS: Final = re.compile(r"(?<=[。！？।۔؟։])(?=\S)")  # that are not followed by a space
_ENDS: Final = re.compile(r"[.!?…:。！？।۔؟։][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class Piece:
    """What is synthesized at once, and the silence after it in seconds."""

    text: str
    language: str | None
    rate: float
    pause: float


def script_of(
    path: Path, *, line_pause: float = 0.35, paragraph_pause: float = 0.6
) -> Iterator[Item]:
    """The script of a UTF-8 text file: its paragraphs and lines, and pauses between them.

    Raises:
        RefusedError: it is not UTF-8.
    """
    for paragraph in _paragraphs(path):
        lines = [line for line in _unwrapped(paragraph) if any(c.isalnum() for c in line)]
        for number, line in enumerate(lines, start=1):
            yield Say(line)
            yield Pause(line_pause if number < len(lines) else paragraph_pause)


def pieces_of(script: Iterable[Item], *, sentence_pause: float = 0.2) -> Iterator[Piece]:
    """The pieces of a script, each at most a sentence; pauses in a row add up.

    A pause before the first piece is left out.
    """
    waiting: Piece | None = None
    for item in script:
        if isinstance(item, Pause):
            if waiting is not None:
                # The pause of a sentence is part of the longer one that follows it.
                own = _own_pause(waiting.text, sentence_pause)
                after = item.seconds if waiting.pause <= own else waiting.pause + item.seconds
                waiting = _with_pause(waiting, max(after, own))
            continue
        for text in _sentences(item.text):
            if waiting is not None:
                yield waiting
            pause = _own_pause(text, sentence_pause)
            waiting = Piece(text, item.language, item.rate, pause)
    if waiting is not None:
        yield _with_pause(waiting, 0.0)


def _own_pause(text: str, sentence_pause: float) -> float:
    return sentence_pause if _ENDS.search(text) else 0.0


def _with_pause(piece: Piece, pause: float) -> Piece:
    return Piece(piece.text, piece.language, piece.rate, pause)


def _sentences(text: str) -> Iterator[str]:
    for part in _STOPS.split(text):
        for piece in cut(part, LONGEST_PIECE, LONGEST_PIECE):
            if any(c.isalnum() for c in piece):
                yield piece


def _paragraphs(path: Path) -> Iterator[list[str]]:
    """Lines of text between empty ones; never more than `LONGEST_PARAGRAPH` characters."""
    lines: list[str] = []
    length = 0
    try:
        with path.open(encoding="utf-8-sig") as file:
            for line in _lines(file):
                if not line.strip() or length + len(line) > LONGEST_PARAGRAPH:
                    if lines:
                        yield lines
                    lines, length = [], 0
                if line.strip():
                    lines.append(line.strip())
                    length += len(line)
    except UnicodeDecodeError as error:
        raise RefusedError(f"the text is not UTF-8 (at byte {error.start} of a block)") from error
    if lines:
        yield lines


def _lines(file: TextIO) -> Iterator[str]:
    """Lines, an endless one in parts that end with a word or a sentence; form feeds end lines."""
    rest = ""
    while block := file.readline(_READ):
        rest += block
        if not block.endswith("\n") and len(rest) < _READ:
            continue
        if not block.endswith("\n"):
            at = max(rest.rfind(". "), rest.rfind("。")) + 1 or rest.rfind(" ") + 1 or len(rest)
            yield rest[:at]
            rest = rest[at:]
            continue
        yield from _on_pages(rest)
        rest = ""
    if rest:
        yield from _on_pages(rest)


def _on_pages(line: str) -> Iterator[str]:
    first, *others = line.split("\f")
    yield first
    for other in others:
        yield ""
        yield other


def _unwrapped(lines: list[str]) -> Iterator[str]:
    """Lines that belong together as one: a heading and the lines of a list stay apart."""
    usual = statistics.median(len(line) for line in lines)
    full = max(_WRAPPED, usual * _FULL)
    gathered = ""
    for line in lines:
        if gathered and not _BULLET.match(line):
            gathered += line if gathered.endswith("-") else f" {line}"
        else:
            if gathered:
                yield gathered
            gathered = line
        if len(line) < full:
            yield gathered
            gathered = ""
    if gathered:
        yield gathered
