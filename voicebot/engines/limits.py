"""What a synthesizer accepts: how much text, how fast."""

from __future__ import annotations

import math
from typing import Final

from voicebot.engines.base import EngineError

LONGEST_TEXT: Final = 1000
"""Characters at once; a longer reply is cut into pieces first (`voicebot.dialogue.replies`)."""

SLOWEST: Final = 0.5
FASTEST: Final = 2.0


def checked_text(text: str) -> str:
    """The text without control characters.

    Raises:
        EngineError: it is too long.
    """
    if len(text) > LONGEST_TEXT:
        raise EngineError(
            f"{len(text)} characters to speak at once; cut the text into pieces of at most "
            f"{LONGEST_TEXT}"
        )
    return "".join(c if c.isprintable() else " " for c in text).strip()


def checked_rate(rate: float) -> float:
    """The speaking rate.

    Raises:
        EngineError: it is outside 0.5 to 2.
    """
    if not (math.isfinite(rate) and SLOWEST <= rate <= FASTEST):
        raise EngineError(f"speaking rate {rate} is outside {SLOWEST} to {FASTEST}")
    return rate
