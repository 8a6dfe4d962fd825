"""An answer that is spoken on a call, kept as a WAV file."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np

from gateway.wholefiles import write_whole
from voicebot.audio.pcm import from_bytes
from voicebot.telephony.base import LINE_RATE

TAIL = 0.3
"""Seconds kept behind the last sound."""


class Recorder:
    """Keeps line audio (8 kHz, 16-bit, mono) between two times of the call, up to `longest` s."""

    def __init__(self, longest: float) -> None:
        self._most = round(longest * LINE_RATE) * 2
        self._since: float | None = None
        self._begins = 0.0
        self._kept = bytearray()

    def start(self, since: float) -> None:
        """Keep what begins at `since` (s) or later."""
        self._since, self._kept = since, bytearray()

    def feed(self, pcm: bytes, began: float) -> None:
        """Audio that began at `began`; in order, without gaps that matter."""
        if self._since is None or began < self._since:
            return
        if not self._kept:
            self._begins = began
        gap = round((began - self._begins) * LINE_RATE) * 2 - len(self._kept)
        if gap > 0:  # nothing came, which was silence
            self._kept += bytes(min(gap, self._most))
        self._kept += pcm
        del self._kept[self._most :]

    def stop(self, until: float) -> bytes:
        """The audio up to shortly after `until` (s); nothing more is kept."""
        self._since = None
        last = round((until + TAIL - self._begins) * LINE_RATE) * 2
        kept = bytes(self._kept[: max(last, 0)])
        self._kept = bytearray()
        return kept


def write_wav(path: Path, pcm: bytes) -> float:
    """Write line audio as a WAV file, whole or not at all; its length in seconds."""
    samples = np.asarray(from_bytes(pcm), "<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(LINE_RATE)
        file.writeframes(samples.tobytes())
    write_whole(path, buffer.getvalue())
    return len(samples) / LINE_RATE
