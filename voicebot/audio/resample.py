"""Sample rate conversion: of a live stream without a click and without waiting, and of a recording.

A live stream goes through a `Resampler`, one for each direction of a call. It is a polyphase FIR
filter of our own because soxr's streaming mode hands its output over in blocks that lag behind by
40 to 115 ms at telephone rates; this one lags by 2 to 4 ms. A whole recording goes through soxr.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from voicebot.audio.pcm import Float32, Int16

LOWEST_RATE: Final = 4000
HIGHEST_RATE: Final = 192_000

_CROSSINGS: Final = 24
"""Zero crossings of the windowed sinc on each side, at the lower rate: 3 ms at 8 kHz."""

_CUTOFF: Final = 0.92
"""Middle of the transition band as a part of half the lower rate: 3.7 kHz for a telephone line."""

_KAISER_BETA: Final = 7.0  # about 70 dB of attenuation
_MOST_PHASES: Final = 1024
_BLOCK: Final = 8192  # outputs computed at once; bounds the memory of a long chunk


class Resampler:
    """Converts a stream of 16-bit mono audio from `in_rate` to `out_rate` hertz.

    How the stream is cut into chunks makes no difference to the samples that come out. After
    `flush`, n samples in have become ceil(n * out_rate / in_rate) samples out, aligned in time.
    """

    def __init__(self, in_rate: int, out_rate: int) -> None:
        """Raises ValueError for a rate outside 4 to 192 kHz or a pair without a small ratio."""
        _check(in_rate, out_rate)
        divisor = math.gcd(in_rate, out_rate)
        self.in_rate = in_rate
        self.out_rate = out_rate
        self._up = out_rate // divisor
        self._down = in_rate // divisor
        if self._up > _MOST_PHASES:
            raise ValueError(f"no resampling from {in_rate} to {out_rate} Hz: not a small ratio")
        self._filters = _polyphase(self._up, self._down)
        self._taps: int = self._filters.shape[1]
        self._buffer: Float32
        self._first: int  # index in the input of the first sample in the buffer
        self._taken: int
        self._given: int
        self._start()

    @property
    def delay(self) -> float:
        """Seconds by which the output lags behind the input."""
        return 0.0 if self._passes else self._taps / 2 / self.in_rate

    def process(self, samples: Int16) -> Int16:
        """Convert a chunk of any length."""
        if self._passes:
            return samples
        self._taken += len(samples)
        self._buffer = np.concatenate([self._buffer, samples.astype(np.float32)])
        # Output m is centred on time m * down in the up-sampled stream; the filter reaches half
        # its length further.
        ready = (self._taken * self._up - self._reach - 1) // self._down + 1
        return self._emit(max(ready, self._given))

    def flush(self) -> Int16:
        """What the filter still holds; afterwards the resampler is as new."""
        if self._passes:
            return np.zeros(0, np.int16)
        total = -(-self._taken * self._up // self._down)
        rest = np.zeros(self._reach // self._up + self._down + 1, np.float32)
        self._buffer = np.concatenate([self._buffer, rest])
        samples = self._emit(total)
        self._start()
        return samples

    @property
    def _passes(self) -> bool:
        return self.in_rate == self.out_rate

    @property
    def _reach(self) -> int:
        return self._taps * self._up // 2

    def _start(self) -> None:
        self._buffer = np.zeros(self._taps - 1, np.float32)
        self._first = -(self._taps - 1)
        self._taken = 0
        self._given = 0

    def _emit(self, until: int) -> Int16:
        blocks = [
            self._outputs(start, min(start + _BLOCK, until))
            for start in range(self._given, until, _BLOCK)
        ]
        self._given = until
        oldest = (until * self._down + self._reach) // self._up - self._taps + 1
        drop = min(max(oldest - self._first, 0), len(self._buffer))
        self._buffer = self._buffer[drop:]
        self._first += drop
        return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)

    def _outputs(self, start: int, stop: int) -> Int16:
        position = np.arange(start, stop, dtype=np.int64) * self._down + self._reach
        newest = position // self._up - self._first
        windows = np.lib.stride_tricks.sliding_window_view(self._buffer, self._taps)
        picked = windows[newest - self._taps + 1]
        if self._up == 1:
            values = picked @ self._filters[0]
        else:
            values = np.einsum("ij,ij->i", picked, self._filters[position % self._up])
        return np.asarray(np.clip(np.rint(values), -32768, 32767), dtype=np.int16)


def resample(samples: Int16, in_rate: int, out_rate: int) -> Int16:
    """Convert a whole recording at once.

    Raises:
        ValueError: a rate outside 4 to 192 kHz.
    """
    _check(in_rate, out_rate)
    if in_rate == out_rate or not len(samples):
        return samples
    return np.asarray(soxr.resample(samples, in_rate, out_rate, quality="HQ"), dtype=np.int16)


def _polyphase(up: int, down: int) -> Float32:
    """Filters by phase, shape [up, taps], for windows of input samples from oldest to newest."""
    narrowing = max(1.0, down / up)
    half = math.ceil(_CROSSINGS * narrowing)
    taps = 2 * half
    offset: NDArray[np.float64] = np.arange(taps * up, dtype=np.float64) - half * up
    time = offset / up  # in input samples
    bandwidth = _CUTOFF / narrowing
    prototype = bandwidth * np.sinc(bandwidth * time)
    inside = np.clip(1.0 - (time / half) ** 2, 0.0, None)
    prototype *= np.i0(_KAISER_BETA * np.sqrt(inside)) / np.i0(_KAISER_BETA)
    # Phase p of an output at p/up after the newest sample: tap k meets the sample k back.
    phases = prototype.reshape(taps, up).T
    phases /= phases.sum(axis=1, keepdims=True)  # a constant stays the same constant
    return np.ascontiguousarray(phases[:, ::-1], dtype=np.float32)


def _check(*rates: int) -> None:
    for rate in rates:
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise ValueError(f"sample rate {rate} Hz is outside {LOWEST_RATE}-{HIGHEST_RATE} Hz")
