"""Does the bot hear itself? Line echo found by cross-correlation with what was sent. Pure.

A hybrid in the telephone network, a handset held loosely or a speakerphone sends the bot's voice
back: delayed, quieter, filtered. Such sound is speech to a voice activity model, and would
interrupt the bot with its own words. Here a quarter of a second of the caller's audio is compared
with all of what was sent around that time (normalized cross-correlation at every delay, by FFT).
An echo is an almost exact copy; two different voices resemble each other far less, and somebody who
speaks into the echo soon outweighs it, so that double talk is no echo.

Measured on the mu-law line with human callers and the neural voice: an echo of -12 to -30 dB with a
mild low-pass lies above 0.85 in 99 of 100 windows; a caller's own speech below 0.7 in 999 of 1000.
A room that smears the echo over many milliseconds lies between and is not recognized.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from voicebot.audio.pcm import Float32, Int16

RATE: Final = 8000
COMPARED: Final = 2048
"""Samples of the caller's audio that are compared: 256 ms."""
AHEAD: Final = 0.1
"""Seconds by which the caller's timeline may lag behind ours: the pacing lead, and jitter."""

_SPAN: Final = 8192  # sent samples looked at, and the length of the FFT: no lag wraps around
_ROOM: Final = 16384  # samples kept: two seconds
LONGEST_DELAY: Final = (_SPAN - COMPARED) / RATE - AHEAD
"""Seconds (0.67) between sending and hearing within which an echo is recognized."""

_COPY: Final = 0.75  # correlation from which on it is a copy
_FLOOR: Final = 20.0  # amplitude below which sent audio counts as silence
_AUDIBLE: Final = 100  # amplitude from which on a sent frame can be heard


class SentAudio:
    """What was sent to the caller in the last seconds, by the time at which it was due to sound."""

    def __init__(self) -> None:
        self._samples: Int16 = np.zeros(_ROOM, np.int16)
        self._end = 0  # sample number (time * RATE) after the last one written
        self._sounded = -1e9  # when the last audible frame ends, s since the call began

    def write(self, samples: Int16, at: float) -> None:
        """`samples` sound from `at` (s) on; between writes there was silence.

        An `at` before the end of what was written earlier replaces it: it was cleared.
        """
        samples = samples[-_ROOM:]
        first = max(round(at * RATE), 0)
        if first > self._end:
            self._put(np.zeros(min(first - self._end, _ROOM), np.int16), first)
        self._put(samples, first + len(samples))
        if len(samples) and int(np.max(np.abs(samples.astype(np.int32)))) >= _AUDIBLE:
            self._sounded = self._end / RATE

    def audible(self, at: float, within: float) -> bool:
        """Did the bot sound at `at` (s) or in the `within` seconds before it?"""
        return self._sounded > at - within

    def around(self, until: float) -> Int16:
        """`_SPAN` samples that end `AHEAD` seconds after `until`; silence where there is none."""
        stop = round((until + AHEAD) * RATE)
        numbers = np.arange(stop - _SPAN, stop)
        kept = self._samples[numbers % _ROOM]
        kept[(numbers >= self._end) | (numbers < self._end - _ROOM) | (numbers < 0)] = 0
        return kept

    def _put(self, samples: Int16, end: int) -> None:
        self._samples[np.arange(end - len(samples), end) % _ROOM] = samples
        self._end = end


def is_echo(heard: Int16, sent: Int16) -> bool:
    """Is `heard` [COMPARED] a delayed and filtered copy of a part of `sent` [_SPAN]?

    Costs about 0.2 ms.

    Raises:
        ValueError: other lengths.
    """
    return resemblance(heard, sent) >= _COPY


def resemblance(heard: Int16, sent: Int16) -> float:
    """The largest normalized cross-correlation, 0 to 1, over all delays; polarity is ignored.

    Raises:
        ValueError: other lengths than `COMPARED` and `_SPAN`.
    """
    if heard.shape != (COMPARED,) or sent.shape != (_SPAN,):
        raise ValueError(f"echo compares {COMPARED} samples with {_SPAN}")
    ours, theirs = _centred(sent), _centred(heard)
    power = float(np.dot(theirs, theirs))
    if power <= 0.0:
        return 0.0
    spectrum = np.conj(np.fft.rfft(theirs, _SPAN)) * np.fft.rfft(ours)
    products = np.fft.irfft(spectrum, _SPAN)[: _SPAN - COMPARED + 1]
    energy = np.concatenate(([0.0], np.cumsum(ours.astype(np.float64) ** 2)))
    windows = np.maximum(energy[COMPARED:] - energy[:-COMPARED], _FLOOR**2 * COMPARED)
    return float(np.max(np.abs(products) / np.sqrt(windows * power)))


def _centred(samples: Int16) -> Float32:
    wave = samples.astype(np.float32)
    return wave - np.float32(wave.mean())  # a DC offset resembles everything
