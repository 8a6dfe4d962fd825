"""The seams behind which speech engines are swapped.

Everything here runs in worker threads unless it says otherwise; audio is numpy, mono. An engine is
loaded once per process and shared by all calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Int16 = NDArray[np.int16]


class EngineError(RuntimeError):
    """An engine can't do what it was asked; the message names the fix."""


@dataclass(frozen=True, slots=True)
class RecognizedWord:
    """`start` and `end` in seconds from the beginning of the audio, `confidence` 0 to 1."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """Text ('' when no words were heard), mean word confidence 0 to 1, words, other readings."""

    text: str
    confidence: float
    words: tuple[RecognizedWord, ...] = ()
    alternatives: tuple[str, ...] = ()


class Recognizer(Protocol):
    """Speech to text."""

    name: str

    def recognize(
        self,
        pcm: Int16,
        rate: int,
        hints: tuple[str, ...] = (),
        wanted: Callable[[str], bool] | None = None,
    ) -> Recognition:
        """Recognize 16-bit mono audio at `rate` Hz. Blocking: call in a worker thread.

        Where the best reading is not `wanted`, it is worth some time to find one that is, and to
        have it among the alternatives.
        """


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """How to speak: `rate` 1 is normal, 0.8 slower."""

    rate: float = 1.0


class Synthesizer(Protocol):
    """Text to speech."""

    name: str

    def stream(self, text: str, out_rate: int, settings: VoiceSettings) -> Iterator[Int16]:
        """Yield 16-bit mono audio at `out_rate` Hz, chunk by chunk. Blocking: for workers."""


class VoiceActivity(Protocol):
    """Voice activity of one stream (state inside). Cheap enough for the event loop."""

    window: int  # samples of 8 kHz audio per call of `probability`

    def probability(self, window: Int16) -> float:
        """Probability (0 to 1) that this window holds speech."""


class TurnPredictor(Protocol):
    """Judges by the sound of a voice whether its turn is complete: a hint, never the only judge."""

    name: str

    def probability(self, pcm: Int16, rate: int) -> float | None:
        """Probability (0 to 1) that the turn in 16-bit mono audio at `rate` Hz is complete.

        The audio begins with the turn and ends after a short silence. None is no opinion. Blocking:
        call in a worker thread.
        """
