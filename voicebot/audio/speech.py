"""Making synthetic speech fit for a telephone: level, and the silence around it. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np

from voicebot.audio.pcm import Int16, levels

LEVEL: Final = -20.0
"""dBFS of the louder parts: active speech level of a telephone voice (ITU-T P.56) is near -20."""

SHAPING: Final = 2
"""Changes whenever this module makes other audio of the same: rendered speech is kept by it."""

_PEAK: Final = -1.0  # dBFS that no sample passes
_AUDIBLE: Final = -50.0  # dBFS; quieter at the ends is silence
_WINDOW: Final = 0.01  # seconds
_SEARCH: Final = 15  # windows
_EDGE: Final = 0.005  # seconds


def trim(samples: Int16, rate: int, lead: float = 0.01, trail: float = 0.19) -> Int16:
    """Cut silence at both ends down to `lead` and `trail` seconds.

    The pause between two sentences lies behind the first, since a caller who waits for an answer
    waits for its lead as well. What is silent all through becomes nothing.
    """
    window = max(1, round(rate * _WINDOW))
    audible = np.flatnonzero(levels(_padded(samples, window), window) > _AUDIBLE)
    if not len(audible):
        return samples[:0]
    start = max(0, int(audible[0]) * window - round(lead * rate))
    stop = min(len(samples), (int(audible[-1]) + 1) * window + round(trail * rate))
    return samples[start:stop]


def gain_for(samples: Int16, rate: int) -> float:
    """The factor that brings speech, leaving out its pauses, to `LEVEL` without clipping."""
    window = max(1, round(rate * 0.05))
    profile = levels(_padded(samples, window), window)
    speech = profile[profile > max(_AUDIBLE, float(np.max(profile, initial=-120.0)) - 25.0)]
    peak = int(np.max(np.abs(samples.astype(np.int32)), initial=0))
    if not len(speech) or not peak:
        return 1.0
    active = 10.0 * float(np.log10(np.mean(10.0 ** (speech / 10.0))))
    wanted = 10.0 ** ((LEVEL - active) / 20.0)
    return float(min(wanted, 32767.0 * 10.0 ** (_PEAK / 20.0) / peak))


def amplify(samples: Int16, factor: float) -> Int16:
    """Samples times `factor`, clipped to 16 bits."""
    return np.asarray(np.clip(np.rint(samples * factor), -32768, 32767), dtype=np.int16)


def quiet_moment(samples: Int16, before: int, rate: int) -> int:
    """Where speech is best taken up again: the quietest 10 ms in the 0.15 s up to sample `before`.

    That is mostly between two words or sounds. Returns a sample number.
    """
    window = max(1, round(rate * _WINDOW))
    first = max(0, before - _SEARCH * window)
    profile = levels(samples[first:before], window)
    return first + int(np.argmin(profile)) * window if len(profile) else min(before, len(samples))


def fade_in(samples: Int16, rate: int) -> Int16:
    """A soft beginning of 5 ms: what begins within a sound clicks."""
    edge = min(round(rate * _EDGE), len(samples))
    faded = samples.copy()
    faded[:edge] = np.rint(faded[:edge] * np.linspace(0.0, 1.0, edge)).astype(np.int16)
    return faded


def _padded(samples: Int16, window: int) -> Int16:
    return np.pad(samples, (0, -len(samples) % window))
