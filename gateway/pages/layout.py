"""Words with their places on a page (tesseract's TSV) become a text again. Pure.

The lines of a page end where the paper does, which means nothing; a text is to be read out, or sent
as mail. So a line goes on with the next one if that one's first word would not have fitted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

_WORD_LEVEL: Final = "5"
_COLUMNS: Final = 12
_HYPHENS: Final = ("-", "\N{HYPHEN}", "\N{SOFT HYPHEN}")
_PAGE_NUMBER: Final = re.compile(r"Page (\d+) of (\d+)")
_GAP: Final = 1.6  # heights of a line: so wide is the space between two columns


@dataclass(frozen=True, slots=True)
class Word:
    """A word; places in pixels, `confidence` 0 to 1, `place` is block, paragraph and line."""

    text: str
    left: int
    top: int
    width: int
    height: int
    confidence: float
    place: tuple[int, int, int]

    @property
    def right(self) -> int:
        """Where it ends."""
        return self.left + self.width


def words(tsv: str) -> list[Word]:
    """The words of one page in reading order.

    Raises:
        ValueError: it is no TSV of tesseract.
    """
    lines = tsv.splitlines()
    if not lines or not lines[0].startswith("level\t"):
        raise ValueError("not what tesseract writes")
    cells = (line.split("\t", _COLUMNS - 1) for line in lines[1:])
    return [_word(cell) for cell in cells if cell[0] == _WORD_LEVEL and cell[-1].strip()]


def _word(cells: Sequence[str]) -> Word:
    if len(cells) != _COLUMNS:
        raise ValueError("not what tesseract writes")
    block, paragraph, line = (int(cell) for cell in cells[2:5])
    left, top, width, height = (int(cell) for cell in cells[6:10])
    confidence = min(1.0, max(0.0, float(cells[10]) / 100))
    place = (block, paragraph, line)
    return Word(cells[11].strip(), left, top, width, height, confidence, place)


def confidence(found: Iterable[Word]) -> float:
    """The mean over all characters, 0 if there are none."""
    pairs = [(word.confidence, len(word.text)) for word in found]
    letters = sum(length for _, length in pairs)
    return sum(sure * length for sure, length in pairs) / letters if letters else 0.0


def text(found: Sequence[Word]) -> str:
    """Paragraphs with an empty line between them."""
    blocks = [list(group) for _, group in groupby(found, key=lambda word: word.place[0])]
    return "\n\n".join(paragraph for block in blocks for paragraph in _paragraphs(block))


def without_page_number(page: str, number: int, total: int) -> str:
    """The page without its last line where that says "Page 2 of 5", and it is page 2 of 5."""
    body, _, last = page.rpartition("\n")
    found = _PAGE_NUMBER.fullmatch(last.strip())
    if found and (int(found[1]), int(found[2])) == (number, total):
        return body.rstrip("\n")
    return page


def _paragraphs(block: Sequence[Word]) -> Iterator[str]:
    right = max(word.right for word in block)
    for _, group in groupby(block, key=lambda word: word.place[:2]):
        lines = [list(line) for _, line in groupby(group, key=lambda word: word.place)]
        shown = _line(lines[0])
        for line, following in pairwise(lines):
            shown = _joined(shown, _line(following), goes_on=_wrapped(line, following, right))
        yield shown


def _wrapped(line: Sequence[Word], following: Sequence[Word], right: int) -> bool:
    """Did the line end because the next word had no place in it?"""
    if _has_columns(line) or _has_columns(following):
        return False
    space = max(word.height for word in line) / 3
    return line[-1].right + space + following[0].width > right


def _joined(text: str, following: str, *, goes_on: bool) -> str:
    if not goes_on:
        return f"{text}\n{following}"
    if text.endswith(_HYPHENS) and text[-2:-1].isalpha() and following[:1].islower():
        return text[:-1] + following
    return f"{text} {following}"


def _line(line: Sequence[Word]) -> str:
    parts = [line[0].text]
    for word, following in pairwise(line):
        parts.append("   " if _is_gap(word, following) else " ")
        parts.append(following.text)
    return "".join(parts)


def _has_columns(line: Sequence[Word]) -> bool:
    return any(_is_gap(word, following) for word, following in pairwise(line))


def _is_gap(word: Word, following: Word) -> bool:
    return following.left - word.right > _GAP * max(word.height, following.height)
