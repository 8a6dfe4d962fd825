"""What comes over bad lines: noise, hum, music, a room full of voices, and people who speak."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tests.engines.realaudio import LINE, noise, recording
from voicebot.audio.pcm import Float32, Int16
from voicebot.audio.speech import LEVEL, gain_for, trim

VOICES = (
    *("cen8-ffmm-b", "an313-fkai-b", "cen7-fplp-b", "an101-mrcb-b", "an108-mdxn-b"),
    *("an117-fmjc-b", "an123-fjdn-b", "an131-fkdo-b", "an140-meab-b", "an145-mcrt-b"),
    *("an157-mjes-b", "an160-mjes-b", "an166-fsrb-b", "an188-mkem-b", "an194-fmjd-b"),
    *("an213-ftmj-b", "an23-flrp-b", "an276-msmn-b"),
)
"""Recordings of as many people."""


def at_level(samples: NDArray[np.generic], dbfs: float) -> Float32:
    """`samples` with a root mean square level of `dbfs`."""
    wave = samples.astype(np.float32)
    power = float(np.mean(wave.astype(np.float64) ** 2))
    return wave * np.float32(32768.0 * 10.0 ** (dbfs / 20.0) / np.sqrt(power))


@cache
def speech(name: str, folder: str = "an4", level: float = LEVEL) -> Float32:
    """A recording without the silence around it, at the ordinary level of a telephone voice."""
    said = trim(recording(folder, name), LINE, 0.0, 0.0)
    gain = gain_for(said, LINE) * 10.0 ** ((level - LEVEL) / 20.0)
    return said.astype(np.float32) * np.float32(gain)


def white(seconds: float, dbfs: float) -> Int16:
    """White noise."""
    return noise(seconds, dbfs)


def hum(seconds: float) -> Float32:
    """Mains of 50 Hz and its odd harmonics, at -27 dBFS."""
    time = np.arange(round(seconds * LINE)) / LINE
    tones = ((50, 2000), (150, 600), (250, 300))
    waves = [size * np.sin(2 * np.pi * hertz * time) for hertz, size in tones]
    return np.sum(waves, axis=0).astype(np.float32)


def music(seconds: float, dbfs: float, seed: int = 3) -> Float32:
    """A melody over chords, minor, two bars of three beats in three seconds."""
    draw = np.random.default_rng(seed)
    scale = [220.0 * 2 ** (half / 12) for half in (0, 2, 3, 5, 7, 8, 10, 12)]
    bar, beat = round(1.5 * LINE), round(0.5 * LINE)
    out = np.zeros(round(seconds * LINE) + bar)
    for at in range(0, len(out) - bar, bar):
        root = int(draw.integers(5))
        for third in (0, 2, 4):
            out[at : at + bar] += 0.5 * _note(scale[(root + third) % 8], bar)
        for count in range(3):
            first = at + count * beat
            out[first : first + beat] += _note(2 * scale[int(draw.integers(8))], beat)
    return at_level(out[: round(seconds * LINE)], dbfs)


def babble(seconds: float, voices: int, dbfs: float) -> Float32:
    """`voices` people who all speak without end."""
    count = round(seconds * LINE)
    loops = [
        np.resize(np.concatenate([speech(name) for name in VOICES[n::voices]]), count)
        for n in range(voices)
    ]
    return at_level(np.sum(loops, axis=0), dbfs)


def without_end(names: Sequence[str]) -> Float32:
    """One after the other, with no pause between."""
    return np.concatenate([speech(name) for name in names])


def _note(hertz: float, samples: int) -> NDArray[np.float64]:
    """A plucked string: four harmonics that die away."""
    time = np.arange(samples) / LINE
    sound = np.sum([np.sin(2 * np.pi * hertz * h * time) / h for h in (1, 2, 3, 4)], axis=0)
    return np.asarray(np.minimum(1.0, time / 0.02) * np.exp(-1.5 * time) * sound)
