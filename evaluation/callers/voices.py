"""The voices of callers: which name means which, and what each says, rendered once.

    hibari                  the voice of the package of that name
    hibari~0.85             the same, deeper (1 is its own pitch; 0.7 to 1.4)
    hibari@1.15             the same, faster (1 is its own tempo; 0.5 to 2)
    espeak                  espeak-ng in American English
    espeak:en-gb+f3         any voice of espeak-ng, with any of its variants
    piper:NAME, coqui:NAME  voices whose files are installed, as `voicebot voices` lists them

Pitch and tempo may be put behind any of them: `espeak:en-us+m2~1.1@0.9`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from voicebot.audio.pcm import Int16
from voicebot.audio.resample import resample
from voicebot.audio.speech import amplify, gain_for
from voicebot.engines.base import EngineError, Synthesizer, VoiceSettings
from voicebot.engines.voicecache import VoiceCache, cache_key
from voicebot.telephony.base import LINE_RATE

ENGINES: Final = ("hibari", "espeak", "piper", "coqui")
KEPT_BYTES: Final = 500 * 1024 * 1024
"""Of rendered speech on the disk: about nine hours."""
_SLOWEST, _FASTEST = 0.5, 2.0
_DEEPEST, _HIGHEST = 0.7, 1.4
_NAME: Final = re.compile(
    r"(?P<engine>[a-z]+)(?::(?P<variant>[A-Za-z0-9_.+-]+))?(?P<changes>(?:[~@][0-9.]+)*)"
)
_CHANGE: Final = re.compile(r"([~@])([0-9.]+)")


class VoiceUnknown(ValueError):
    """There is no voice of that name; the message says how one is written."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: `variant` of `engine` ('' : its only or usual one), `pitch` and `tempo` times its
    own."""

    engine: str
    variant: str = ""
    pitch: float = 1.0
    tempo: float = 1.0

    @property
    def source(self) -> str:
        """The name without pitch and tempo: what has to be loaded."""
        return f"{self.engine}:{self.variant}" if self.variant else self.engine


def voice_named(name: str) -> Voice:
    """What `name` means; nothing is loaded. Raises VoiceUnknown."""
    found = _NAME.fullmatch(name)
    if found is None or found["engine"] not in ENGINES:
        raise VoiceUnknown(
            f"no voice {name!r}: write one of {', '.join(ENGINES)}, such as espeak:en-gb+f3, "
            "with ~1.1 behind it for another pitch and @0.9 for another tempo"
        )
    engine, variant = found["engine"], found["variant"] or ""
    if engine == "hibari" and variant:
        raise VoiceUnknown(f"no voice {name!r}: hibari has only one; try hibari~0.85 or hibari~1.2")
    if engine in ("piper", "coqui") and not variant:
        raise VoiceUnknown(f"{name!r} lacks a name behind it: `voicebot voices` lists them")
    factors = {"~": 1.0, "@": 1.0}
    for sign, factor in _CHANGE.findall(found["changes"]):
        factors[sign] = _factor(factor, name)
    _within(factors["~"], _DEEPEST, _HIGHEST, f"the pitch of {name!r}")
    _within(factors["@"], _SLOWEST, _FASTEST, f"the tempo of {name!r}")
    return Voice(engine, variant, factors["~"], factors["@"])


def _factor(written: str, name: str) -> float:
    try:
        return float(written)
    except ValueError:
        raise VoiceUnknown(f"{written!r} in the voice {name!r} is no number") from None


def _within(value: float, low: float, high: float, what: str) -> None:
    if not low <= value <= high:
        raise VoiceUnknown(f"{what} is {value:g}; it may be {low:g} to {high:g}")


Load = Callable[[Voice], Synthesizer]


class Voices:
    """Says texts with any voice, at 8 kHz near -20 dBFS; for worker threads.

    What was said once is kept in `folder` and not synthesized again; `loaders` load the engines by
    name.
    """

    def __init__(self, folder: Path, loaders: Mapping[str, Load]) -> None:
        self._cache = VoiceCache(folder, KEPT_BYTES, LINE_RATE)
        self._loaders = loaders
        self._loaded: dict[str, Synthesizer] = {}
        self._loading = threading.Lock()

    def say(self, text: str, name: str) -> Int16:
        """`text` by the voice `name`; no samples where there is nothing to say.

        Raises VoiceUnknown, and EngineError where the voice is not installed or fails.
        """
        voice = voice_named(name)
        synthesizer = self._synthesizer(voice)
        # Playing faster raises the pitch: the tempo is put right again beforehand.
        settings = VoiceSettings(_clipped(voice.tempo / voice.pitch))
        key = cache_key(f"{synthesizer.name} ~{voice.pitch:g}", text, settings, LINE_RATE)
        kept = self._cache.get(key)
        if kept is None:
            kept = _spoken(synthesizer, text, settings, voice.pitch)
            self._cache.put(key, kept)
        return kept

    def _synthesizer(self, voice: Voice) -> Synthesizer:
        with self._loading:
            if voice.source not in self._loaded:
                self._loaded[voice.source] = self._loaders[voice.engine](voice)
            return self._loaded[voice.source]


def _clipped(rate: float) -> float:
    return min(max(rate, _SLOWEST), _FASTEST)


def _spoken(engine: Synthesizer, text: str, settings: VoiceSettings, pitch: float) -> Int16:
    chunks = list(engine.stream(text, LINE_RATE, settings))
    if not chunks:
        return np.zeros(0, np.int16)
    spoken = np.concatenate(chunks)
    if pitch != 1.0:
        spoken = resample(spoken, round(LINE_RATE * pitch), LINE_RATE)
    return amplify(spoken, gain_for(spoken, LINE_RATE))


def installed(models_dir: Path, data_dir: Path) -> dict[str, Load]:
    """Loaders of the voices on this machine; each raises EngineError where its own is missing."""

    def hibari(_: Voice) -> Synthesizer:
        from voicebot.engines.hibari import HibariSynthesizer

        return HibariSynthesizer()

    def espeak(voice: Voice) -> Synthesizer:
        from voicebot.engines.espeak import EspeakSynthesizer

        return EspeakSynthesizer(voice=voice.variant or "en-us")

    def listed(voice: Voice) -> Synthesizer:
        from gateway.config import GatewaySettings
        from gateway.speech.families import families

        speech = GatewaySettings().at(models_dir, data_dir).speech
        for family in families(speech):
            for known in family.voices():
                if known.name == voice.source:
                    return family.load(known)
        raise EngineError(f"the voice {voice.source} is not installed: see `voicebot voices`")

    return {"hibari": hibari, "espeak": espeak, "piper": listed, "coqui": listed}
