"""Where speech begins and ends in a recording, by loudness alone: no model is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicebot.audio.pcm import Int16, levels

FRAME: Final = 0.01
"""Seconds of one level."""

_ABOVE_FLOOR: Final = 9.0  # dB over the noise of the recording that count as audible
_BELOW_PEAK: Final = 32.0  # dB under the loudest speech that nobody hears as speech any more
_HEADROOM: Final = 12.0  # dB below the loudest: what is louder is audible without any silence
_SHORTEST: Final = 6  # frames in a row; less is a click
_ALONE: Final = 50  # frames; a sound further than this from the speech, and
_BRIEF: Final = 15  # shorter than this, is a click as well


@dataclass(frozen=True, slots=True)
class Audible:
    """Seconds from the beginning of the recording, and the level of its noise in dBFS."""

    start: float
    end: float
    floor: float


def audible(pcm: Int16, rate: int) -> Audible | None:
    """First and last audible sound of at least 60 ms; None where there is none.

    A frame of 10 ms is audible when it is 9 dB above the quietest tenth of the recording and less
    than 32 dB below its loudest speech (the 95th percentile). A sound of less than 150 ms that
    stands alone, half a second or more from the others, is a knock and not counted.
    """
    found = levels(pcm, round(rate * FRAME))
    if not len(found):
        return None
    smooth = np.convolve(found, np.ones(3) / 3, "same")
    floor = float(np.percentile(smooth, 10))
    peak = float(np.percentile(smooth, 95))
    threshold = min(max(floor + _ABOVE_FLOOR, peak - _BELOW_PEAK), peak - _HEADROOM)
    sounds = _without_knocks(_runs(smooth >= threshold))
    if not sounds:
        return None
    return Audible(sounds[0][0] * FRAME, sounds[-1][1] * FRAME, floor)


def _runs(loud: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where loud frames begin and end, of at least the shortest sound."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]])))
    return [
        (int(begin), int(end))
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
        if end - begin >= _SHORTEST
    ]


def _without_knocks(sounds: list[tuple[int, int]]) -> list[tuple[int, int]]:
    while len(sounds) > 1 and _is_knock(sounds[-1], sounds[-1][0] - sounds[-2][1]):
        sounds = sounds[:-1]
    while len(sounds) > 1 and _is_knock(sounds[0], sounds[1][0] - sounds[0][1]):
        sounds = sounds[1:]
    return sounds


def _is_knock(sound: tuple[int, int], apart: int) -> bool:
    return apart >= _ALONE and sound[1] - sound[0] < _BRIEF
