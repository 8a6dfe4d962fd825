"""Speech synthesis by a Vits model in ONNX, without torch: voices of Piper, exports of Coqui.

Both have the same inputs: `input` int64 [1, n] phoneme ids, `input_lengths` int64 [1], `scales`
float32 [noise, length, noise of the durations], and `sid` int64 [1] where there are several
speakers; the output is float32 audio. The JSON file beside the model has the sample rate, the
language for espeak-ng and the ids. (Kim, Kong, Son: Conditional Variational Autoencoder with
Adversarial Learning for End-to-End Text-to-Speech, 2021.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from voicebot.audio.pcm import Float32, Int16, to_int16
from voicebot.audio.resample import resample
from voicebot.audio.speech import amplify, gain_for, trim
from voicebot.dialogue.replies import pieces
from voicebot.engines.base import EngineError, VoiceSettings
from voicebot.engines.limits import checked_rate, checked_text
from voicebot.engines.phonemes import Phonemizer

_BEGIN, _END, _BETWEEN = "^", "$", "_"
_PAUSE: Final = 0.2  # seconds of silence between two sentences
_AT_ONCE: Final = 250  # characters: what the model makes in one go
_LARGEST_CONFIG: Final = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class VitsConfig:
    """What a voice's JSON file says: `rate` in hertz; `noise`, `length`, `noise_w` are scales."""

    rate: int
    espeak: str
    ids: Mapping[str, tuple[int, ...]]
    noise: float
    length: float
    noise_w: float
    speakers: int

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read it.

        Raises:
            EngineError: it is missing, or no configuration of such a voice.
        """
        try:
            if path.stat().st_size > _LARGEST_CONFIG:
                raise ValueError("it is too large")
            data: dict[str, Any] = json.loads(path.read_bytes())
            scales = data.get("inference", {})
            return cls(
                rate=int(data["audio"]["sample_rate"]),
                espeak=str(data["espeak"]["voice"]),
                ids={str(k): tuple(map(int, v)) for k, v in data["phoneme_id_map"].items()},
                noise=float(scales.get("noise_scale", 0.667)),
                length=float(scales.get("length_scale", 1.0)),
                noise_w=float(scales.get("noise_w", 0.8)),
                speakers=int(data.get("num_speakers", 1)),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise EngineError(f"{path} describes no voice of Piper: {error!r}") from error

    def numbers(self, phonemes: str) -> list[int]:
        """The ids of phonemes, with the marks around and between them; unknown ones are left out.

        Raises:
            EngineError: the voice has no such marks.
        """
        try:
            found = [*self.ids[_BEGIN], *self.ids[_BETWEEN]]
            for phoneme in phonemes:
                known = self.ids.get(phoneme)
                if known is not None:
                    found += [*known, *self.ids[_BETWEEN]]
            return [*found, *self.ids[_END]]
        except KeyError as error:
            raise EngineError(f"the voice has no mark {error}; it is none of Piper") from error


class VitsOnnxSynthesizer:
    """Text to speech in the language of its voice. Several threads may speak at once."""

    def __init__(self, model: Path, *, threads: int = 1, speaker: int = 0) -> None:
        """Load `model` (.onnx), described by a file of the same name with .json behind it.

        Raises:
            EngineError: a file is missing or damaged, or espeak-ng is not installed.
        """
        self._config = VitsConfig.read(model.with_name(f"{model.name}.json"))
        self._phonemizer = Phonemizer(self._config.espeak)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its exceptions have no base of their own
            raise EngineError(f"{model} can't be loaded: {error}") from error
        self._speaker = min(max(speaker, 0), max(self._config.speakers - 1, 0))
        self.name = f"vits {model.stem}"

    def stream(self, text: str, out_rate: int, settings: VoiceSettings) -> Iterator[Int16]:
        """Yield 16-bit audio at `out_rate` hertz, one chunk a sentence, near -20 dBFS.

        Raises:
            EngineError: more than 1000 characters, a rate outside 0.5 to 2, a failing model.
        """
        text = checked_text(text)
        speed = checked_rate(settings.rate)
        pause = np.zeros(round(_PAUSE * out_rate), np.int16)
        first = True
        for sentence in pieces(text, _AT_ONCE, _AT_ONCE):
            phonemes = self._phonemizer.phonemes(sentence)
            if not phonemes:
                continue
            made = to_int16(self._samples(self._config.numbers(phonemes), speed))
            spoken = trim(made, self._config.rate)
            if not len(spoken):
                continue
            levelled = amplify(spoken, gain_for(spoken, self._config.rate))
            chunk = resample(levelled, self._config.rate, out_rate)
            yield chunk if first else np.concatenate([pause, chunk])
            first = False

    def _samples(self, numbers: list[int], speed: float) -> Float32:
        config = self._config
        inputs: dict[str, NDArray[Any]] = {
            "input": np.array([numbers], np.int64),
            "input_lengths": np.array([len(numbers)], np.int64),
            "scales": np.array([config.noise, config.length / speed, config.noise_w], np.float32),
        }
        if config.speakers > 1:
            inputs["sid"] = np.array([self._speaker], np.int64)
        try:
            (audio,) = self._session.run(None, inputs)[:1]
        except Exception as error:  # its exceptions have no base of their own
            raise EngineError(f"{self.name} can't say this: {error}") from error
        samples: Float32 = np.asarray(audio, np.float32).reshape(-1)
        peak = float(np.max(np.abs(samples), initial=0.0))
        return samples / max(peak, 1.0)
