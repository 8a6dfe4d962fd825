"""The tones by which fax machines make themselves known: CNG of a calling, CED of an answering one.

CNG is 1100 Hz, half a second of every three and a half; CED is 2100 Hz for about three seconds
(ITU-T T.30, 4.3.3). A voice has no such steady, lonely tone: its harmonics move with its pitch.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from voicebot.audio.pcm import Int16

RATE: Final = 8000
CNG_HERTZ: Final = 1100.0
CED_HERTZ: Final = 2100.0

_WINDOW: Final = 800
"""Samples looked at together: 0.1 s, within which the pitch of a voice wanders visibly."""
_HOP: Final = 400
_AROUND: Final = 2  # bins on each side of the peak that hold a windowed tone's energy
_PURE: Final = 0.7  # part of all energy that the tone must have
_QUIETEST: Final = -43.0  # dBFS
_STEADY_BINS: Final = 1  # 10 Hz
_STEADY_LEVEL: Final = 2.0  # dB
_HUM: Final = 10  # bins below 100 Hz do not count


class ToneDetector:
    """Hears one steady tone in a stream of 8 kHz audio.

    It has been heard after `windows` looks in a row, one every 50 ms, each at the 100 ms before.
    """

    def __init__(self, hertz: float, tolerance: float, windows: int) -> None:
        self._lowest = round((hertz - tolerance) * _WINDOW / RATE)
        self._highest = round((hertz + tolerance) * _WINDOW / RATE)
        self._windows = windows
        self._shape = np.hanning(_WINDOW)
        self._full_scale = float(np.sum((self._shape * 32768.0) ** 2)) * _WINDOW / 2
        self._rest = np.zeros(0, np.int16)
        self._row = 0
        self._peak = 0
        self._level = 0.0

    def feed(self, samples: Int16) -> bool:
        """Take audio of any length; has the tone been heard with it? Once for each tone."""
        audio = np.concatenate((self._rest, samples))
        heard = False
        while len(audio) >= _WINDOW:
            heard |= self._look(audio[:_WINDOW])
            audio = audio[_HOP:]
        self._rest = audio
        return heard

    def _look(self, window: Int16) -> bool:
        power = np.abs(np.fft.rfft(window * self._shape)) ** 2
        power[:_HUM] = 0.0
        total = float(power.sum())
        peak = int(np.argmax(power))
        tone = float(power[max(peak - _AROUND, 0) : peak + _AROUND + 1].sum())
        level = 10.0 * float(np.log10(max(total, 1e-9) / self._full_scale))
        if not self._may_be(peak, tone, total, level):
            self._row = 0
            return False
        steady = (
            abs(peak - self._peak) <= _STEADY_BINS and abs(level - self._level) <= _STEADY_LEVEL
        )
        self._row = self._row + 1 if steady else 1
        self._peak, self._level = peak, level
        return self._row == self._windows

    def _may_be(self, peak: int, tone: float, total: float, level: float) -> bool:
        in_band = self._lowest <= peak <= self._highest
        return in_band and level >= _QUIETEST and tone >= _PURE * total


def calling_tone() -> ToneDetector:
    """Hears CNG, 1100 Hz (T.30 allows 38 Hz more or less), within 0.4 s of its beginning."""
    return ToneDetector(CNG_HERTZ, 38.0, 6)


def answer_tone() -> ToneDetector:
    """Hears CED, 2100 Hz (T.30 allows 15 Hz more or less); its echo-suppressor phase reversals,
    one every 0.45 s, leave room for five looks between them."""
    return ToneDetector(CED_HERTZ, 20.0, 5)


def tone(hertz: float, seconds: float, level: float = -13.0) -> Int16:
    """A plain tone of `level` dBFS, 8 kHz."""
    time = np.arange(round(seconds * RATE)) / RATE
    amplitude = 32767.0 * 10 ** (level / 20)
    return np.asarray(np.round(amplitude * np.sin(2 * np.pi * hertz * time)), dtype=np.int16)
