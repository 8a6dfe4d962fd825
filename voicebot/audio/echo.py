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

_TAPS: Final = 48  # of the echo's path: 6 ms
_BEFORE: Final = 8  # of them before the strongest
_REGULAR: Final = 1e-3  # of the sent power: keeps the fit from inventing what was not sent
_WORTH: Final = 0.4  # part of the power that has to remain at most, or nothing is taken away

_LIKELY: Final = 0.6  # correlation from which on it is tried
_LOUDEST_ECHO: Final = 0.25  # of the power sent: no line returns more than -6 dB

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
        return self.between(until + AHEAD - _SPAN / RATE, _SPAN)

    def _put(self, samples: Int16, end: int) -> None:
        self._samples[np.arange(end - len(samples), end) % _ROOM] = samples
        self._end = end

    def between(self, since: float, samples: int) -> Int16:
        """`samples` from `since` (s) on; silence where there is none."""
        first = round(since * RATE)
        numbers = np.arange(first, first + samples)
        kept = self._samples[numbers % _ROOM]
        kept[(numbers >= self._end) | (numbers < self._end - _ROOM) | (numbers < 0)] = 0
        return kept


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
    return float(np.max(_correlations(heard, sent)))


def without_echo(heard: Int16, since: float, alone: int, sent: SentAudio) -> Int16:
    """`heard`, which begins at `since` (s), with the echo of what was `sent` taken away.

    In its first `alone` samples nobody speaks yet: if these are an echo, its path is worked out
    from them (least squares), and what it makes of the sent audio is subtracted throughout.
    Recognition would else write down the bot's words. Costs a few ms where there is an echo.
    """
    alone = min(alone, len(heard), _SPAN // 2)
    if alone < COMPARED:
        return heard
    end = since + alone / RATE
    correlations = _correlations(heard[alone - COMPARED : alone], sent.around(end))
    best = int(np.argmax(correlations))
    if correlations[best] < _LIKELY:
        return heard
    lag = _SPAN - COMPARED - round(AHEAD * RATE) - best  # samples from sending to hearing
    path = _BEFORE - lag
    theirs = sent.between(since + (path - _TAPS + 1) / RATE, len(heard) + _TAPS - 1)
    windows = np.lib.stride_tricks.sliding_window_view(theirs.astype(np.float32), _TAPS)
    fit, wanted = windows[:alone], heard[:alone].astype(np.float32)
    power = fit.T @ fit
    power += np.float32(_REGULAR * np.trace(power) / _TAPS + 1.0) * np.eye(_TAPS, dtype=np.float32)
    taps = np.linalg.solve(power, fit.T @ wanted)
    echo = fit @ taps
    rest = wanted - echo
    if float(np.dot(rest, rest)) > _WORTH * float(np.dot(wanted, wanted)):
        return heard
    # A hum resembles any vowel, and what fits it would be added instead of taken away.
    gain = max(
        float(np.dot(echo, echo)) / float(np.sum(fit[:, -1] ** 2) + 1.0),
        float(np.dot(taps, taps)),
    )
    if gain > _LOUDEST_ECHO:
        return heard
    cleaned: Int16 = np.clip(np.rint(heard - windows @ taps), -32768, 32767).astype(np.int16)
    return cleaned


def _correlations(heard: Int16, sent: Int16) -> Float32:
    """Normalized cross-correlation, without its sign, at every place in `sent`."""
    ours, theirs = _centred(sent), _centred(heard)
    power = float(np.dot(theirs, theirs))
    if power <= 0.0:
        return np.zeros(_SPAN - COMPARED + 1, np.float32)
    spectrum = np.conj(np.fft.rfft(theirs, _SPAN)) * np.fft.rfft(ours)
    products = np.fft.irfft(spectrum, _SPAN)[: _SPAN - COMPARED + 1]
    energy = np.concatenate(([0.0], np.cumsum(ours.astype(np.float64) ** 2)))
    windows = np.maximum(energy[COMPARED:] - energy[:-COMPARED], _FLOOR**2 * COMPARED)
    correlations: Float32 = (np.abs(products) / np.sqrt(windows * power)).astype(np.float32)
    return correlations


def _centred(samples: Int16) -> Float32:
    wave = samples.astype(np.float32)
    return wave - np.float32(wave.mean())  # a DC offset resembles everything
