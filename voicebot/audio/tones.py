"""Tones of the telephone network: keys and ringing.

Frequencies: ITU-T Q.23 (keys), ITU-T E.180 supplement 2 (ringing tone of North America).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.2
"""Amplitude of each tone of a pair, of full scale: about -14 dBFS."""

_ROWS = (697.0, 770.0, 852.0, 941.0)
_COLUMNS = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS = {
    key: (_ROWS[row], _COLUMNS[column])
    for row, keys in enumerate(("123A", "456B", "789C", "*0#D"))
    for column, key in enumerate(keys)
}
"""The pair of frequencies (Hz) of each key."""

RINGING = (440.0, 480.0)
RING_SECONDS, PAUSE_SECONDS = 2.0, 4.0
_EDGE_SECONDS = 0.005


def dtmf(key: str, seconds: float, rate: int = 8000) -> NDArray[np.int16]:
    """The tone of `key` (0-9 * # A-D). Raises KeyError for anything else."""
    return _pair(KEYS[key], seconds, rate)


def ringback(seconds: float, rate: int = 8000) -> NDArray[np.int16]:
    """What a caller hears while it rings: two seconds of tone, four of silence, and so on."""
    period = round((RING_SECONDS + PAUSE_SECONDS) * rate)
    ring = np.zeros(period, np.int16)
    tone = _pair(RINGING, RING_SECONDS, rate)
    ring[: len(tone)] = tone
    samples = round(seconds * rate)
    repeated: NDArray[np.int16] = np.resize(ring, samples)
    return repeated


def _pair(frequencies: tuple[float, float], seconds: float, rate: int) -> NDArray[np.int16]:
    count = round(seconds * rate)
    time = np.arange(count) / rate
    low, high = frequencies
    wave = LEVEL * (np.sin(2 * np.pi * low * time) + np.sin(2 * np.pi * high * time))
    edge = min(round(_EDGE_SECONDS * rate), count // 2)
    if edge:  # soft edges: a tone that begins or ends at once clicks
        ramp = np.linspace(0.0, 1.0, edge)
        wave[:edge] *= ramp
        wave[-edge:] *= ramp[::-1]
    return np.asarray(np.round(wave * 32767), dtype=np.int16)
