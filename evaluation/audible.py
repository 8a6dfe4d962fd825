"""Where speech begins and ends in a recording, by loudness alone: no model is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from voicebot.audio.pcm import Int16, levels

FRAME: Final = 0.01
"""Seconds of one level."""

_ABOVE_FLOOR: Final = 9.0  # dB over the noise of the recording that count as audible
_BELOW_PEAK: Final = 32.0  # dB under the loudest speech that nobody hears as speech any more
_SHORTEST: Final = 3  # frames in a row; less is a click


@dataclass(frozen=True, slots=True)
class Audible:
    """Seconds from the beginning of the recording, and the level of its noise in dBFS."""

    start: float
    end: float
    floor: float


def audible(pcm: Int16, rate: int) -> Audible | None:
    """First and last audible sound of at least 30 ms; None where there is none.

    A frame of 10 ms is audible when it is 9 dB above the quietest tenth of the recording and less
    than 32 dB below its loudest speech (the 95th percentile).
    """
    found = levels(pcm, round(rate * FRAME))
    if not len(found):
        return None
    smooth = np.convolve(found, np.ones(3) / 3, "same")
    floor = float(np.percentile(smooth, 10))
    threshold = max(floor + _ABOVE_FLOOR, float(np.percentile(smooth, 95)) - _BELOW_PEAK)
    loud = smooth >= threshold
    runs = np.convolve(loud, np.ones(_SHORTEST), "valid") >= _SHORTEST
    if not runs.any():
        return None
    at = np.flatnonzero(runs)
    return Audible(float(at[0]) * FRAME, float(at[-1] + _SHORTEST) * FRAME, floor)
