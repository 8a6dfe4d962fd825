"""The choice of voices: which there are, what each needs, and which one reads a language."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.errors import MissingPartError, RefusedError
from voicebot.engines.base import EngineError, Synthesizer

_SAME: Final = {"iw": "he", "in": "id", "zh-hk": "yue", "zh-mo": "yue", "zh-yue": "yue"}


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """A voice: its `language` (BCP 47), further languages, its `licence`, and what is `missing`.

    `name` is the family and, where it has several voices, which of them: "espeak:de".
    """

    name: str
    language: str
    about: str
    licence: str
    missing: str = ""
    also: tuple[str, ...] = ()

    def speaks(self, language: str) -> int:
        """How well it suits a language: 0 not at all, 3 is that very one."""
        wanted = [_tag(language), _tag(language).split("-")[0]]
        own = [_tag(self.language), _tag(self.language).split("-")[0]]
        if wanted[0] == own[0]:
            return 3
        if wanted[0] in self.also:
            return 2
        return 1 if wanted[1] in (own[1], *self.also) else 0


class Family(Protocol):
    """Voices of one engine."""

    name: str

    def voices(self) -> Sequence[VoiceInfo]:
        """Those there are, the preferred ones first; also what could be installed."""

    def load(self, voice: VoiceInfo) -> Synthesizer:
        """Load one. Raises EngineError."""


class Voices:
    """All voices; each is loaded when it is first asked for, and kept. For several threads."""

    def __init__(self, families: Sequence[Family], default: str = "hibari") -> None:
        """The order of the families is the order of preference; `default` comes before all."""
        self._families = tuple(families)
        self._default = default
        self._loaded: dict[str, Synthesizer] = {}
        self._lock = threading.Lock()

    def all(self) -> list[VoiceInfo]:
        """Every voice, installed or not."""
        return [voice for family in self._families for voice in family.voices()]

    def named(self, name: str) -> VoiceInfo:
        """The voice of this name.

        Raises:
            RefusedError: there is none.
        """
        for family in self._families:
            if name.partition(":")[0] == family.name:
                for voice in family.voices():
                    if voice.name == name:
                        return voice
        raise RefusedError(f"there is no voice {name[:60]!r}; `voicebot voices` lists them")

    def for_language(self, language: str) -> VoiceInfo:
        """The best installed voice for a language (BCP 47).

        Raises:
            MissingPartError: one could be installed.
            RefusedError: there is none.
        """
        default = self.named(self._default)
        if default.speaks(language) and not default.missing:
            return default
        found = [voice for voice in self.all() if voice.speaks(language)]
        ready = [voice for voice in found if not voice.missing]
        for family in self._families:
            own = [voice for voice in ready if voice.name.partition(":")[0] == family.name]
            if own:
                return max(own, key=lambda voice: voice.speaks(language))
        missing = [voice.missing for voice in self.all() if voice.missing]
        if found or (missing and not self._speak_many()):
            why = (found[0].missing if found else "") or missing[-1]
            raise MissingPartError(f"no voice is installed that reads {language[:40]}: {why}")
        raise RefusedError(f"no voice reads {language[:40]}; `voicebot voices` lists the languages")

    def load(self, voice: VoiceInfo) -> Synthesizer:
        """The synthesizer of a voice.

        Raises:
            MissingPartError: it is not installed, or does not start.
        """
        with self._lock:
            if voice.name not in self._loaded:
                if voice.missing:
                    raise MissingPartError(f"the voice {voice.name} is missing: {voice.missing}")
                family = voice.name.partition(":")[0]
                loader = next(f for f in self._families if f.name == family)
                try:
                    self._loaded[voice.name] = loader.load(voice)
                except EngineError as error:
                    raise MissingPartError(f"the voice {voice.name}: {error}") from error
            return self._loaded[voice.name]

    def _speak_many(self) -> bool:
        return any(v.name.startswith("espeak:") and not v.missing for v in self.all())


def _tag(language: str) -> str:
    tag = language.strip().replace("_", "-").lower()
    return _SAME.get(tag, _SAME.get(tag.split("-")[0], tag))
