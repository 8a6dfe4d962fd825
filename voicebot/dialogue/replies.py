"""A reply cut into pieces that can be spoken one by one.

The first piece is short, so that it sounds soon; the others are as long as a breath. Cuts are made
at the ends of sentences, else at commas and the like, else between words; never inside an amount, a
number or an abbreviation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

FIRST = 60
"""Characters of the first piece, at most, where there is a place to cut."""
LONGEST = 180
"""Characters of any piece, at most."""

_ABBREVIATIONS = (
    "mr",
    "mrs",
    "ms",
    "dr",
    "st",
    "no",
    "prof",
    "sr",
    "jr",
    "vs",
    "e.g",
    "i.e",
    "approx",
)
_SENTENCE_END = re.compile(r"[.!?…]+[\"')\]]*(?=\s)")
_CLAUSE_END = re.compile(r"[,;:–—](?=\s)")


def pieces(text: str, first: int = FIRST, longest: int = LONGEST) -> list[str]:
    """Cut `text`; joined by single spaces the pieces are the text with its white space folded."""
    found: list[str] = []
    for sentence in _sentences(" ".join(text.split())):
        rest = sentence
        while rest:
            limit = longest if found else first
            cut = _cut(rest, limit, longest)
            found.append(rest[:cut].rstrip())
            rest = rest[cut:].lstrip()
    return found


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _SENTENCE_END.finditer(text):
        word = text[start : end.start()].rpartition(" ")[2].lower().lstrip("(\"'")
        if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i"):
            continue
        yield text[start : end.end()]
        start = end.end() + 1
    if text[start:]:
        yield text[start:]


def _cut(text: str, limit: int, longest: int) -> int:
    """Where to cut `text` so that the first part has about `limit` characters."""
    if len(text) <= limit:
        return len(text)
    clauses = [end.end() for end in _CLAUSE_END.finditer(text) if end.end() >= limit // 4]
    if clauses and clauses[0] <= longest:
        fitting = [end for end in clauses if end <= limit]
        return fitting[-1] if fitting else clauses[0]
    if len(text) <= longest:
        return len(text)
    space = text.rfind(" ", 1, longest + 1)
    return space if space > 0 else longest
