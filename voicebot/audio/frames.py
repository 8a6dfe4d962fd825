"""A stream of audio cut into frames of one size."""

from __future__ import annotations

import numpy as np

from voicebot.audio.pcm import Int16


class Framer:
    """Collects chunks of any length and gives frames of exactly `samples` samples."""

    def __init__(self, samples: int) -> None:
        """Raises ValueError for frames without samples."""
        if samples < 1:
            raise ValueError(f"frames of {samples} samples hold no audio")
        self.samples = samples
        self._rest: Int16 = np.zeros(0, np.int16)

    @property
    def pending(self) -> int:
        """Samples that do not fill a frame yet."""
        return len(self._rest)

    def push(self, chunk: Int16) -> list[Int16]:
        """Add a chunk; the frames that are full now, in order."""
        audio = np.concatenate((self._rest, chunk))
        whole = len(audio) // self.samples * self.samples
        self._rest = audio[whole:]
        return list(audio[:whole].reshape(-1, self.samples))

    def flush(self) -> list[Int16]:
        """The last frame, filled up with silence; none when nothing is pending."""
        rest, self._rest = self._rest, self._rest[:0]
        if not len(rest):
            return []
        return [np.pad(rest, (0, self.samples - len(rest)))]
