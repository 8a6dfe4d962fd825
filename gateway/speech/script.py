"""What is to be said, in order: the common form of plain text and SSML before it is spoken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Say:
    """A text in one language (BCP 47; None: that of the document) at one `rate` (1 is normal)."""

    text: str
    language: str | None = None
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence of so many seconds."""

    seconds: float


Item = Say | Pause
