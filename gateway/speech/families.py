"""The families of voices: hibari, Piper, Coqui, Kokoro and espeak-ng."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.speech.settings import SpeechSettings
from gateway.speech.voices import Family, VoiceInfo
from voicebot.engines.base import EngineError, Synthesizer
from voicebot.engines.coqui import CoquiSynthesizer
from voicebot.engines.espeak import EspeakSynthesizer
from voicebot.engines.hibari import HibariSynthesizer
from voicebot.engines.vits_onnx import VitsOnnxSynthesizer

_TIME_LIMIT: Final = 10.0  # seconds for a list of voices
_ROW: Final = re.compile(r"\s*\d+\s+(\S+)\s+\S+\s+(\S+)\s+\S+\s*(.*)")
_OTHER: Final = re.compile(r"\((\S+) (\d+)\)")
_ORDINARY: Final = 5  # the rank of most voices; one with a lower rank is preferred
_NEEDS_ESPEAK: Final = "espeak-ng is not installed; `apt-get install espeak-ng`"


def families(settings: SpeechSettings) -> list[Family]:
    """All families, those that sound best first."""
    return [
        Hibari(),
        Piper(settings.models_dir),
        Coqui(settings.coqui_dir, settings.coqui_python),
        Espeak(),
    ]


class Hibari:
    """One English voice that comes with its package."""

    name = "hibari"

    def voices(self) -> Sequence[VoiceInfo]:
        return [VoiceInfo("hibari", "en-US", "natural and fast", "Apache-2.0")]

    def load(self, voice: VoiceInfo) -> Synthesizer:
        del voice  # there is one
        return HibariSynthesizer()


class Espeak:
    """About 130 voices in about 100 languages: plain, but understood."""

    name = "espeak"

    def __init__(self, program: str = "espeak-ng") -> None:
        self._program = program

    def voices(self) -> Sequence[VoiceInfo]:
        return _espeak_voices(shutil.which(self._program))

    def load(self, voice: VoiceInfo) -> Synthesizer:
        return EspeakSynthesizer(self._program, voice.name.partition(":")[2])


@functools.lru_cache(maxsize=4)
def _espeak_voices(program: str | None) -> tuple[VoiceInfo, ...]:
    """The voices that the program lists; without it, the one that is known to be in it."""
    licence = "GPL-3.0 (a program of its own)"
    if program is None:
        return (VoiceInfo("espeak:en-us", "en-us", "plain", licence, _NEEDS_ESPEAK),)
    try:
        listed = subprocess.run(
            [program, "--voices"], capture_output=True, timeout=_TIME_LIMIT, check=True
        ).stdout.decode(errors="replace")
    except (OSError, subprocess.SubprocessError) as error:
        missing = f"espeak-ng does not list its voices: {error}"
        return (VoiceInfo("espeak:en-us", "en-us", "plain", licence, missing),)
    found: dict[str, VoiceInfo] = {}
    ranks: dict[str, int] = {}
    for row in map(_ROW.fullmatch, listed.splitlines()):
        if row is not None and row[1] not in found:
            about = f"plain; {row[2].replace('_', ' ').strip()}"
            others = [(code.lower(), int(rank)) for code, rank in _OTHER.findall(row[3])]
            also = tuple(code for code, _ in others)
            found[row[1]] = VoiceInfo(f"espeak:{row[1]}", row[1], about, licence, also=also)
            ranks[row[1]] = min((rank for _, rank in others), default=_ORDINARY)
    return tuple(sorted(found.values(), key=lambda voice: ranks[voice.language]))


class Piper:
    """Voices of Piper and exports of Coqui's Vits: NAME.onnx with NAME.onnx.json beside it."""

    name = "piper"

    def __init__(self, folder: Path) -> None:
        """The files lie in folders in `folder`."""
        self._folder = folder

    def voices(self) -> Sequence[VoiceInfo]:
        missing = "" if shutil.which("espeak-ng") else _NEEDS_ESPEAK
        return [_piper_voice(path, missing) for path in self._files().values()]

    def load(self, voice: VoiceInfo) -> Synthesizer:
        path = self._files().get(voice.name)
        if path is None:
            raise EngineError(f"its files in {self._folder} are gone")
        return VitsOnnxSynthesizer(path)

    def _files(self) -> dict[str, Path]:
        found = sorted(self._folder.glob("*/*.onnx.json"))
        models = [path.with_suffix("") for path in found]
        return {f"piper:{path.stem}": path for path in models if path.is_file()}


class Coqui:
    """Voices of Coqui: a folder with model.pth and config.json."""

    name = "coqui"

    def __init__(self, folder: Path, python: Path) -> None:
        """Folders in `folder`; `python` of an environment where Coqui is installed."""
        self._folder = folder
        self._python = python

    def voices(self) -> Sequence[VoiceInfo]:
        missing = "" if self._with_coqui() else "Coqui is not installed; run `make coqui`"
        return [
            _coqui_voice(config, missing)
            for config in sorted(self._folder.glob("*/config.json"))
            if config.with_name("model.pth").is_file()
        ]

    def load(self, voice: VoiceInfo) -> Synthesizer:
        folder = self._folder / voice.name.partition(":")[2]
        python = self._with_coqui() or self._python
        return CoquiSynthesizer(python, folder / "model.pth", folder / "config.json")

    def _with_coqui(self) -> Path | None:
        """The Python that has it: that of its own environment, or this one."""
        if self._python.exists():
            return self._python
        return Path(sys.executable) if importlib.util.find_spec("TTS") else None


def _coqui_voice(config: Path, missing: str) -> VoiceInfo:
    name = f"coqui:{config.parent.name}"
    try:
        data = json.loads(config.read_bytes())
        language = str(data.get("phoneme_language") or "und")
        about = f"natural; {data.get('model', 'vits')}"
    except (OSError, ValueError, AttributeError) as error:
        return VoiceInfo(name, "und", "natural", "?", f"its config.json is damaged ({error})")
    return VoiceInfo(name, language, about, "as where it was taken from", missing)


def _piper_voice(model: Path, missing: str) -> VoiceInfo:
    """What its configuration and the card beside it say about a voice."""
    name = f"piper:{model.stem}"
    try:
        config = json.loads(model.with_name(f"{model.name}.json").read_bytes())
        espeak = str(config["espeak"]["voice"])
        language = str(config.get("language", {}).get("code") or espeak).replace("_", "-")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return VoiceInfo(name, "und", "natural", "?", f"its configuration is damaged ({error})")
    card = model.with_name("MODEL_CARD")
    licence = "see its MODEL_CARD" if card.is_file() else "as where it was taken from"
    return VoiceInfo(name, language, "natural", licence, missing)
