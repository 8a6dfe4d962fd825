"""What a telephone line does to what the caller says: band, noise, codec, loss, jitter, echo. Pure.

Everything random comes from the call's seed, and what is done to an utterance depends on nothing
but the seed and its number: the same seed puts the same bytes onto the line, whenever the caller
comes to speak. Audio is 8 kHz; a frame is 20 ms, 160 samples.

Noises: `white` is flat, `pink` falls by 3 dB an octave, `hum` is that of 50 Hz mains with its
harmonics, and `babble` is noise with the spectrum of speech, modulated in the rhythm of the
syllables of several people (as in the ICRA noises, Dreschler et al. 2001): it has no words.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluation.sets.model import Band, Codec, Line
from voicebot.audio.g711 import alaw_decode, alaw_encode, ulaw_decode, ulaw_encode
from voicebot.audio.pcm import SILENCE_DBFS, Int16, from_bytes, levels, to_bytes
from voicebot.audio.speech import LEVEL
from voicebot.caller.wire import FRAME, FRAME_SECONDS
from voicebot.telephony.base import LINE_RATE

IDLE_NOISE: Final = -70.0
"""dBFS: a line is never digitally silent."""
BED_SECONDS: Final = 8.0
"""A noise repeats itself after this; its end joins its beginning without a seam."""
BURST: Final = 2.0
"""Frames that are lost in a row, on the average."""
LONGEST_JITTER: Final = 4.0
"""Times the spread: no frame is held back longer."""
_TALKERS: Final = 6
_SYLLABLES: Final = 4.0  # a second
_NARROW: Final = (300.0, 3400.0)  # hertz, ITU-T G.712
_TAPS: Final = 129
_WINDOW: Final = 80  # samples of one level
_BELOW_PEAK: Final = 20.0  # dB under the louder speech that are pauses

Wave = NDArray[np.float64]


def banded(pcm: Int16, band: Band) -> Int16:
    """What a microphone and its line let through before the codec: `narrow` is 300 to 3400 Hz, and
    `wide` all that 8 kHz carry. As long as `pcm`, and not delayed."""
    if band == "wide" or not len(pcm):
        return pcm
    filtered = np.convolve(pcm.astype(np.float64), _band_pass(), "full")
    return _int16(filtered[_TAPS // 2 : _TAPS // 2 + len(pcm)])


def active_level(pcm: Int16) -> float:
    """The level of speech in dBFS, without its pauses (in the sense of ITU-T P.56, but found by
    windows of 10 ms less than 20 dB below the louder ones)."""
    found = levels(pcm, _WINDOW)
    if not len(found):
        return SILENCE_DBFS
    speech = found[found >= float(np.percentile(found, 95)) - _BELOW_PEAK]
    return float(10.0 * np.log10(np.mean(10.0 ** (speech / 10.0))))


def noise_bed(kind: str, dbfs: float, random: np.random.Generator) -> Wave:
    """`BED_SECONDS` of noise at a level of `dbfs`, in 16-bit units."""
    count = round(BED_SECONDS * LINE_RATE)
    match kind:
        case "hum":
            wave = _hum(count, random)
        case "babble":
            wave = np.sum([_talker(count, random) for _ in range(_TALKERS)], axis=0)
        case "pink":
            wave = _coloured(count, random, _pink)
        case _:
            wave = random.normal(size=count)
    rms = float(np.sqrt(np.mean(wave**2)))
    return np.asarray(wave / rms * 32768.0 * 10.0 ** (dbfs / 20.0))


class Losses:
    """Which frames are lost, frame after frame: `share` of them, in bursts (Gilbert's model)."""

    def __init__(self, share: float, random: np.random.Generator) -> None:
        self._share = share
        self._random = random
        self._lost = random.random() < share

    def next(self) -> bool:
        """Is this frame lost?"""
        lost = self._lost
        leave = 1.0 / BURST
        enter = min(1.0, leave * self._share / max(1e-9, 1.0 - self._share))
        self._lost = self._random.random() < (1.0 - leave if lost else enter)
        return lost


class Jitter:
    """Frames held back for random times, in order, told by steps of 20 ms.

    `spread` (s) is the standard deviation of the delay, of which only the positive half is used.
    """

    def __init__(self, spread: float, random: np.random.Generator) -> None:
        self._spread = spread
        self._random = random
        self._waiting: deque[tuple[int, str]] = deque()
        self._step = 0

    def step(self, messages: Sequence[str]) -> list[str]:
        """20 ms have passed and `messages` are to be sent: which may go now."""
        if not self._spread:
            return list(messages)
        for message in messages:
            delay = min(abs(self._random.normal(0.0, self._spread)), LONGEST_JITTER * self._spread)
            self._waiting.append((self._step + round(delay / FRAME_SECONDS), message))
        due = []
        while self._waiting and self._waiting[0][0] <= self._step:
            due.append(self._waiting.popleft()[1])
        self._step += 1
        return due

    def rest(self) -> list[str]:
        """What is still held back: the call ends."""
        kept = [message for _, message in self._waiting]
        self._waiting.clear()
        return kept


class Echo:
    """The bot's voice that comes back, `loss` dB lower, `delay` seconds later."""

    def __init__(self, loss: float, delay: float) -> None:
        self._gain = 10.0 ** (-loss / 20.0)
        # At least one frame: what is played in a frame is known at its end.
        self._travelling: Wave = np.zeros(max(FRAME, round(delay * LINE_RATE)))

    def next(self, played: bytes) -> Wave:
        """The echo in this frame; `played` is the frame of mu-law that went to the caller last."""
        bot = from_bytes(ulaw_decode(played)).astype(np.float64) * self._gain
        arrived = self._travelling[:FRAME]
        self._travelling = np.concatenate([self._travelling[FRAME:], bot])
        return arrived


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance on the line: its frames with the noise (16-bit units, before the codec), and
    which of them are lost."""

    frames: tuple[Wave, ...]
    lost: tuple[bool, ...]


class CallerLine:
    """The line of one call, told what is said in steps of 20 ms.

    `speech` is the level of what the caller says (dBFS); the noise is `line.snr` dB below it.
    """

    def __init__(self, line: Line, seed: int, speech: float = LEVEL) -> None:
        self._line = line
        self._seed = seed
        level = IDLE_NOISE if line.snr is None else max(IDLE_NOISE, speech - line.snr)
        kind = "white" if line.snr is None else line.noise
        bed = noise_bed(kind, level, self._random("noise"))
        self._bed = bed.reshape(-1, FRAME)
        self._losses = Losses(line.loss, self._random("loss"))
        self._echo = None if line.echo is None else Echo(line.echo, line.echo_delay)
        self._frame = 0
        self._digest = hashlib.sha256()

    @property
    def sound(self) -> str:
        """SHA-256 (hex) of all utterances as they go onto the line, without echo."""
        return self._digest.hexdigest()

    def jitter(self) -> Jitter:
        """What holds the line's frames back."""
        return Jitter(self._line.jitter, self._random("jitter"))

    def utter(self, number: int, frames: Sequence[bytes]) -> Spoken:
        """Utterance `number` of the call, in frames of mu-law."""
        at = int(self._random("noise", number).integers(len(self._bed)))
        losses = Losses(self._line.loss, self._random("loss", number))
        said = banded(from_bytes(ulaw_decode(b"".join(frames))), self._line.band)
        linear = said.astype(np.float64).reshape(-1, FRAME)
        spoken = Spoken(
            tuple(
                speech + self._bed[(at + place) % len(self._bed)]
                for place, speech in enumerate(linear)
            ),
            tuple(losses.next() for _ in linear),
        )
        for wave, lost in zip(spoken.frames, spoken.lost, strict=True):
            self._digest.update(b"lost" if lost else coded(_int16(wave), self._line.codec))
        return spoken

    def carry(self, spoken: Spoken | None, place: int, played: bytes) -> bytes | None:
        """What arrives of this frame, in mu-law; None where it is lost.

        The caller says frame `place` of `spoken`, or nothing; `played` is the bot's last frame.
        """
        self._frame += 1
        if spoken is None:
            wave, lost = self._bed[self._frame % len(self._bed)], self._losses.next()
        else:
            wave, lost = spoken.frames[place], spoken.lost[place]
        if self._echo is not None:
            wave = wave + self._echo.next(played)
        return None if lost else coded(_int16(wave), self._line.codec)

    def _random(self, what: str, number: int = -1) -> np.random.Generator:
        named = hashlib.sha256(f"{self._seed} {what} {number}".encode()).digest()
        return np.random.default_rng(int.from_bytes(named[:8], "big"))


def coded(pcm: Int16, codec: Codec) -> bytes:
    """Audio in mu-law as it arrives over a line with this codec."""
    linear = to_bytes(pcm)
    return ulaw_encode(alaw_decode(alaw_encode(linear)) if codec == "alaw" else linear)


def _int16(wave: Wave) -> Int16:
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)


def _band_pass() -> Wave:
    """A windowed sinc between the two edges."""
    at = np.arange(_TAPS) - _TAPS // 2
    low, high = (2.0 * edge / LINE_RATE for edge in _NARROW)
    response = high * np.sinc(high * at) - low * np.sinc(low * at)
    return np.asarray(response * np.hamming(_TAPS))


def _pink(frequency: Wave) -> Wave:
    return np.asarray(1.0 / np.sqrt(np.maximum(frequency, 50.0)))


def _speech_spectrum(frequency: Wave) -> Wave:
    """Of many voices over a long time: flat to 500 Hz, then falling by 9 dB an octave."""
    rising = np.minimum(1.0, (frequency / 120.0) ** 2)
    return np.asarray(rising / np.maximum(1.0, frequency / 500.0) ** 1.5)


def _coloured(count: int, random: np.random.Generator, shape: Callable[[Wave], Wave]) -> Wave:
    """Noise of a spectrum, made in the frequency domain, so that it is periodic."""
    frequency = np.fft.rfftfreq(count, 1.0 / LINE_RATE).astype(np.float64)
    spectrum = np.fft.rfft(random.normal(size=count)) * shape(frequency)
    return np.asarray(np.fft.irfft(spectrum, count))


def _talker(count: int, random: np.random.Generator) -> Wave:
    """Noise with the spectrum of speech, loud and soft as syllables are."""
    frequency = np.fft.rfftfreq(count, 1.0 / LINE_RATE)
    rhythm = np.where((frequency > 1.0) & (frequency < 2.0 * _SYLLABLES), 1.0, 0.0)
    envelope = np.fft.irfft(np.fft.rfft(random.normal(size=count)) * rhythm, count)
    loudness = np.exp(1.2 * envelope / max(1e-12, float(np.std(envelope))))
    return np.asarray(_coloured(count, random, _speech_spectrum) * loudness)


def _hum(count: int, random: np.random.Generator) -> Wave:
    """50 Hz and its harmonics: a period is a frame, so that frames in any order join."""
    at = np.arange(count) / LINE_RATE
    phases = random.uniform(0.0, 2.0 * np.pi, 12)
    partials = [
        np.sin(2.0 * np.pi * 50.0 * number * at + phase) / number
        for number, phase in enumerate(phases, 1)
    ]
    return np.asarray(np.sum(partials, axis=0))
