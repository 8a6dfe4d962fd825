"""How likely somebody speaks, and how loud it is, all along a recording of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from gateway.transcripts.cutting import Levels, Probabilities
from voicebot.audio.pcm import Int16, levels
from voicebot.audio.resample import Resampler
from voicebot.engines.silero import RATE as HEARS
from voicebot.engines.silero import WINDOW as SAMPLES
from voicebot.engines.silero import SileroModel

WINDOW: Final = SAMPLES / HEARS
"""Seconds judged at once."""

_BLOCK: Final = 10.0  # seconds read at once


def listen(
    samples: Int16,
    rate: int,
    model: SileroModel,
    heard: Callable[[float, Probabilities], None] = lambda seconds, found: None,
) -> tuple[Probabilities, Levels]:
    """The probability of speech and the level (dBFS) of every window of 32 ms, to the end.

    `samples` may be mapped from a file: they are read in blocks, after each of which `heard` gets
    the seconds done and the probabilities so far.
    """
    count = -(-len(samples) * HEARS // rate // SAMPLES) or 1
    probabilities = np.zeros(count, np.float32)
    loudness = np.full(count, -120.0, np.float32)
    activity = model.stream()
    done = 0
    for block in _at_8_khz(samples, rate):
        for begin in range(0, len(block), SAMPLES):
            if done == count:
                break
            window = block[begin : begin + SAMPLES]
            probabilities[done] = activity.probability(window)
            done += 1
        first = done - len(block) // SAMPLES
        loudness[first:done] = levels(block, SAMPLES)[: done - first]
        heard(done * WINDOW, probabilities[:done])
    return probabilities[:done], loudness[:done]


def _at_8_khz(samples: Int16, rate: int) -> Iterator[Int16]:
    """Blocks of whole windows; the last one is filled up with silence."""
    resampler = Resampler(rate, HEARS)
    step = round(_BLOCK * rate)
    rest = np.zeros(0, np.int16)
    for begin in range(0, len(samples), step):
        block = resampler.process(np.asarray(samples[begin : begin + step]))
        rest = np.concatenate([rest, block])
        whole = len(rest) // SAMPLES * SAMPLES
        yield rest[:whole]
        rest = rest[whole:]
    rest = np.concatenate([rest, resampler.flush()])
    missing = -len(rest) % SAMPLES
    yield np.concatenate([rest, np.zeros(missing, np.int16)])
