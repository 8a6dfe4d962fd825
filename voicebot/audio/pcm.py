"""16-bit linear PCM as numpy arrays: bytes in and out, and levels in dBFS."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Int16 = NDArray[np.int16]
Float32 = NDArray[np.float32]

SILENCE_DBFS: Final = -120.0
"""The level given for digital silence, which has none."""


def from_bytes(pcm: bytes) -> Int16:
    """Little-endian 16-bit samples as an array (read-only: it shares the bytes).

    Raises:
        ValueError: half a sample.
    """
    if len(pcm) % 2:
        raise ValueError(f"16-bit audio of {len(pcm)} bytes ends in half a sample")
    return np.frombuffer(pcm, dtype="<i2").astype(np.int16, copy=False)


def to_bytes(samples: Int16) -> bytes:
    """Samples as little-endian 16-bit bytes."""
    return samples.astype("<i2", copy=False).tobytes()


def to_float(samples: Int16) -> Float32:
    """Samples scaled to -1..1."""
    return samples.astype(np.float32) / np.float32(32768.0)


def to_int16(samples: Float32) -> Int16:
    """Samples of -1..1 as 16-bit; what lies outside is clipped."""
    scaled = np.rint(samples.astype(np.float64) * 32767.0)
    return np.clip(scaled, -32768, 32767).astype(np.int16)


def level(samples: Int16) -> float:
    """Root mean square level in dBFS (0 is a full-scale square wave)."""
    if not len(samples):
        return SILENCE_DBFS
    return _dbfs(float(np.mean(samples.astype(np.float64) ** 2)))


def levels(samples: Int16, window: int) -> NDArray[np.float64]:
    """Levels in dBFS of consecutive windows of `window` samples; a shorter rest is left out."""
    count = len(samples) // window
    blocks = samples[: count * window].astype(np.float64).reshape(count, window)
    power = np.mean(blocks**2, axis=1) / 32768.0**2
    return np.asarray(10.0 * np.log10(np.maximum(power, 10 ** (SILENCE_DBFS / 10))))


def loudest(samples: Int16, window: int) -> float:
    """Level in dBFS of the loudest window; of all of it where it is shorter than one window."""
    if len(samples) < window:
        return level(samples)
    return float(np.max(levels(samples, window)))


def _dbfs(mean_square: float) -> float:
    if mean_square <= 0.0:
        return SILENCE_DBFS
    return max(SILENCE_DBFS, 10.0 * math.log10(mean_square / 32768.0**2))
