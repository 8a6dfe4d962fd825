"""A transcript for people: words that were hard to hear are marked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

_LARGEST: Final = 64 << 20  # bytes of a file with words; an hour of speech has about 1 MB
LEGEND: Final = "Words in [brackets?] were hard to hear."


@dataclass(frozen=True, slots=True)
class Heard:
    """A word and how certain it is, 0 to 1."""

    text: str
    confidence: float


def marked(words: Iterable[Heard], doubtful: float, between: str = " ") -> str:
    """The words; those with less confidence than `doubtful` in [brackets?], neighbours together."""
    pieces = []
    for unsure, group in groupby(words, lambda word: word.confidence < doubtful):
        text = between.join(word.text for word in group)
        pieces.append(f"[{text}?]" if unsure else text)
    return between.join(pieces)


def paragraphs(path: Path, doubtful: float) -> str | None:
    """The transcript in a file of `gateway.transcripts` (JSON), marked; None if it is none."""
    try:
        if path.stat().st_size > _LARGEST:
            return None
        data = json.loads(path.read_text("utf-8"))
        return _marked_segments(data, doubtful)
    except (OSError, ValueError, KeyError, TypeError):  # the transcript alone is still there
        return None


def _marked_segments(data: Mapping[str, Any], doubtful: float) -> str:
    between = " " if " " in str(data["text"]) else ""
    texts = []
    for segment in data["segments"]:
        words = [Heard(str(one["word"]), float(one["confidence"])) for one in segment["words"]]
        texts.append(marked(words, doubtful, between))
    return "\n".join(text for text in texts if text)
