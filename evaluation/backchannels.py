"""Sounds that people make while they listen, made synthetically: "mm-hmm", hums, coughs, breaths.

There is no free set of isolated backchannels on a telephone line, so these are made here, always
the same for the same seed: words by synthesizers in many pitches and tempos, hums by a source and
filter model of a nasal voice, coughs and throat-clearing by shaped noise. They are synthetic, and
every report says so. All of them are 8 kHz and have been through mu-law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.pcm import Int16, from_bytes, to_bytes
from voicebot.audio.resample import resample
from voicebot.audio.speech import amplify, trim
from voicebot.engines.base import Synthesizer, VoiceSettings

RATE = 8000
WORDS = (
    *("Uh-huh.", "Yeah.", "Okay.", "Right.", "I see.", "Sure.", "Yep.", "Hmm.", "Ah."),
    *("Oh, okay.", "Got it.", "Yeah, yeah.", "Alright."),
)
"""What is left to synthesizers; they spell "mm-hmm" out ("em em"), so the hums are made here."""
_HUMS = ("mm", "mm-hmm", "mm-mm", "hmm", "uh-huh")
_NOISES = ("cough", "two coughs", "throat", "breath", "click")

_Wave = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Backchannel:
    """One sound of listening: what it is meant as, how it was made, 8 kHz samples."""

    label: str
    made_by: str
    samples: Int16

    @property
    def is_noise(self) -> bool:
        """Is it no voice at all: a cough, a breath, a click?"""
        return self.made_by == "noise"


def backchannels(
    count: int, voices: dict[str, Synthesizer], seed: int = 1
) -> Iterator[Backchannel]:
    """`count` sounds: two of five words, two of five hums, one of five noises.

    `voices` speak the words, by name. Raises EngineError when one of them fails.
    """
    random = np.random.default_rng(seed)
    names = sorted(voices)
    for number in range(count):
        kind, turn = number % 5, number // 5
        if kind < 2 and names:
            name = names[(turn * 2 + kind) % len(names)]
            label = WORDS[(turn * 2 + kind) % len(WORDS)]
            made_by, wave = name, _word(voices[name], label, random)
        elif kind < 4:
            label = _HUMS[(turn * 2 + kind) % len(_HUMS)]
            made_by, wave = "hum", _HUM[label](random)
        else:
            label = _NOISES[turn % len(_NOISES)]
            made_by, wave = "noise", _NOISE[label](random)
        yield Backchannel(label, made_by, _on_the_line(wave, random.uniform(-28.0, -18.0)))


def listening_sound(label: str, seed: int) -> Backchannel | None:
    """The hum or noise of that label ("mm-hmm", "cough" ...), always the same for a seed; None
    where it is neither, and is left to a voice."""
    random = np.random.default_rng(seed)
    name = label.strip().strip(".!").lower()
    made_by = "noise" if name in _NOISE else "hum"
    make = _NOISE.get(name) or _HUM.get(name)
    if make is None:
        return None
    return Backchannel(name, made_by, _on_the_line(make(random), random.uniform(-28.0, -18.0)))


def _word(voice: Synthesizer, text: str, random: np.random.Generator) -> _Wave:
    """Another pitch by playing it faster or slower, with the tempo put right again."""
    pitch = float(random.uniform(0.75, 1.2))
    rate = float(np.clip(random.uniform(0.9, 1.3) / pitch, 0.5, 2.0))
    spoken = np.concatenate(list(voice.stream(text, RATE, VoiceSettings(rate))))
    return resample(spoken, round(RATE * pitch), RATE).astype(np.float64)


def _hum(random: np.random.Generator, *syllables: tuple[float, float, float]) -> _Wave:
    """Closed-mouth voice: (seconds, pitch at the start, at the end) a syllable, breath between."""
    base = float(random.choice([1.0, 1.8])) * float(random.uniform(85.0, 125.0))
    parts: list[_Wave] = []
    for seconds, begin, end in syllables:
        if parts:
            parts.append(_shaped(random.normal(0, 0.04, round(RATE * random.uniform(0.03, 0.07)))))
        count = round(RATE * seconds * random.uniform(0.85, 1.15))
        pitch = base * np.linspace(begin, end, count) * (1 + 0.01 * random.normal(size=count))
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        voice = np.zeros(count)
        for harmonic in range(1, 16):
            frequency = harmonic * base
            # A nasal murmur: strong near 250 Hz, a weak second resonance near 1100 Hz.
            gain = 1 / (1 + ((frequency - 250) / 130) ** 2)
            gain += 0.12 / (1 + ((frequency - 1100) / 200) ** 2)
            voice += gain * np.sin(harmonic * phase)
        voice += random.normal(0, 0.01, count)
        parts.append(_shaped(voice))
    return np.concatenate(parts)


def _shaped(wave: _Wave, attack: float = 0.04, release: float = 0.07) -> _Wave:
    """Soft edges, so that it is a voice and no click."""
    envelope = np.ones(len(wave))
    rise, fall = (min(round(s * RATE), len(wave) // 2) for s in (attack, release))
    if rise:
        envelope[:rise] = np.sin(np.linspace(0, np.pi / 2, rise))
    if fall:
        envelope[-fall:] = np.cos(np.linspace(0, np.pi / 2, fall))
    return wave * envelope


def _burst(random: np.random.Generator, seconds: float, low: float, high: float) -> _Wave:
    """Noise between two frequencies (Hz) that sets in at once and dies away."""
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(random.normal(size=count))
    frequency = np.fft.rfftfreq(count, 1 / RATE)
    spectrum[(frequency < low) | (frequency > high)] *= 0.05
    decay = np.exp(-np.arange(count) / (count / 3.5))
    return _shaped(np.fft.irfft(spectrum, count) * decay, 0.005, 0.03)


def _cough(random: np.random.Generator) -> _Wave:
    explosion = _burst(random, float(random.uniform(0.12, 0.25)), 300, 3200)
    voiced = _hum(random, (float(random.uniform(0.08, 0.15)), 1.5, 1.0))
    return np.concatenate([explosion, 0.25 * voiced * np.max(explosion)])


def _two_coughs(random: np.random.Generator) -> _Wave:
    gap = np.zeros(round(float(random.uniform(0.08, 0.15)) * RATE))
    return np.concatenate([_cough(random), gap, 0.7 * _cough(random)])


def _throat(random: np.random.Generator) -> _Wave:
    rough = _burst(random, float(random.uniform(0.3, 0.5)), 150, 1800)
    flutter = 0.6 + 0.4 * np.sign(np.sin(2 * np.pi * 28 * np.arange(len(rough)) / RATE))
    return _shaped(rough * flutter)


def _breath(random: np.random.Generator) -> _Wave:
    count = round(float(random.uniform(0.3, 0.6)) * RATE)
    return _shaped(0.2 * random.normal(size=count), 0.12, 0.15)


def _click(random: np.random.Generator) -> _Wave:
    return _burst(random, float(random.uniform(0.02, 0.05)), 500, 3500)


_HUM: dict[str, Callable[[np.random.Generator], _Wave]] = {
    "mm": lambda r: _hum(r, (0.3, 1.1, 0.9)),
    "mm-hmm": lambda r: _hum(r, (0.17, 1.0, 0.95), (0.25, 1.15, 1.35)),
    "mm-mm": lambda r: _hum(r, (0.18, 1.1, 1.05), (0.2, 1.0, 0.9)),
    "hmm": lambda r: _hum(r, (0.42, 1.05, 0.85)),
    "uh-huh": lambda r: _hum(r, (0.15, 1.05, 1.0), (0.22, 1.2, 1.3)),
}
_NOISE: dict[str, Callable[[np.random.Generator], _Wave]] = {
    "cough": _cough,
    "two coughs": _two_coughs,
    "throat": _throat,
    "breath": _breath,
    "click": _click,
}


def _on_the_line(wave: _Wave, dbfs: float) -> Int16:
    """At a level (dBFS of the louder half), trimmed, through mu-law."""
    loud = np.sort(np.square(wave))[len(wave) // 2 :]
    scaled = wave / np.sqrt(max(float(np.mean(loud)), 1e-12)) * 32768 * 10 ** (dbfs / 20)
    samples = amplify(np.clip(np.rint(scaled), -32768, 32767).astype(np.int16), 1.0)
    return from_bytes(ulaw_decode(ulaw_encode(to_bytes(trim(samples, RATE, 0.0, 0.0)))))
