"""Speech recognition by Whisper (MIT), through faster-whisper and CTranslate2, int8 on the CPU.

faster-whisper's own `transcribe` pads every clip to 30 s; the encoder takes shorter input as well,
and most of the time of a short clip goes into encoding silence. So the window is fitted to the
speech here: max(15 s, duration + 5 s), which costs a third to a quarter for the same errors. A
shorter window makes Whisper repeat itself now and then, so a text that looks like a loop is thrown
away and recognized again on the full window. Decoding is greedy and capped, without timestamps, and
never conditioned on earlier text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from voicebot.audio.pcm import Float32, Int16, levels, to_float
from voicebot.audio.resample import resample
from voicebot.engines.base import EngineError, Recognition
from voicebot.engines.ghosts import is_hopeless, is_loop, is_phantom, is_silent, without_loop

RATE: Final = 16000
LONGEST: Final = 60.0
"""Seconds of audio accepted at once."""

_FULL: Final = 30.0
_SHORTEST_WINDOW: Final = 15.0
_MARGIN: Final = 5.0
_PIECE: Final = 28.0  # longer audio is cut, within the last _SEARCH seconds where it is quietest
_SEARCH: Final = 6.0
_FRAME: Final = 160  # samples of one mel frame
_SHORTEST: Final = 0.06  # seconds; less is a click

_TOKENS_PER_SECOND: Final = 8.0
_TOKENS_AT_LEAST: Final = 12
_MOST_HINTS: Final = 40
_MOST_HINT_TOKENS: Final = 80
_HINTS_NEED_SPEECH: Final = 0.6  # probability of "no speech"; real speech of a second stays below


@dataclass(frozen=True, slots=True)
class _Decoded:
    text: str
    log_probability: float  # mean of the tokens
    no_speech: float
    capped: bool


class WhisperRecognizer:
    """English speech to text. Shared by all calls; `recognize` may run in several threads at once.

    `workers` calls run in parallel, each with `threads` threads; more callers wait inside.
    """

    def __init__(self, model_dir: Path, threads: int = 1, workers: int = 1) -> None:
        """Load a model in CTranslate2 format from a folder.

        Raises:
            EngineError: the folder is missing or holds no such model.
        """
        self.name = f"whisper ({model_dir.name})"
        if not (model_dir / "model.bin").is_file():
            raise EngineError(
                f"no Whisper model in {model_dir}; run `python -m voicebot.models --fetch`"
            )
        try:
            self._model = WhisperModel(
                str(model_dir),
                device="cpu",
                compute_type="int8",
                cpu_threads=threads,
                num_workers=workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise EngineError(
                f"{model_dir} holds no usable Whisper model ({error}); delete it and run "
                "`python -m voicebot.models --fetch`"
            ) from error
        self._tokenizer = Tokenizer(
            self._model.hf_tokenizer, self._model.model.is_multilingual, "transcribe", "en"
        )
        self._start = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]

    def recognize(self, pcm: Int16, rate: int, hints: tuple[str, ...] = ()) -> Recognition:
        """Recognize 16-bit mono audio at `rate` hertz; '' where nobody speaks.

        `hints` are words and phrases that are likely to come. Blocking, for 0.1 to 0.5 s.

        Raises:
            EngineError: more than 60 s of audio, an impossible rate, or a failing model.
        """
        seconds = len(pcm) / rate if rate > 0 else 0.0
        if seconds > LONGEST:
            raise EngineError(
                f"{seconds:.0f} s of audio at once; cut it into pieces of at most {LONGEST:.0f} s"
            )
        try:
            samples = resample(pcm, rate, RATE)
        except ValueError as error:
            raise EngineError(str(error)) from error
        hint_tokens = self._hint_tokens(hints)
        heard = [
            (decoded, len(piece))
            for piece in _pieces(samples)
            if (decoded := self._recognize_piece(piece, hint_tokens)) is not None
        ]
        if not heard:
            return Recognition("", 0.0)
        text = " ".join(decoded.text for decoded, _ in heard)
        total = sum(size for _, size in heard)
        mean = sum(decoded.log_probability * size for decoded, size in heard) / total
        return Recognition(text, min(1.0, math.exp(mean)))

    def _recognize_piece(self, samples: Int16, hints: list[int]) -> _Decoded | None:
        """Recognize at most 28 s at 16 kHz; None where nobody speaks."""
        if len(samples) < _SHORTEST * RATE or is_silent(samples, RATE):
            return None
        seconds = len(samples) / RATE
        fitted = min(_FULL, max(_SHORTEST_WINDOW, seconds + _MARGIN))
        features = self._model.feature_extractor(to_float(samples))
        decoded = self._decode(features, fitted, seconds, hints)
        if hints and decoded.no_speech > _HINTS_NEED_SPEECH:
            # On a sound that is no speech the hints come out; without them, nothing does.
            hints = []
            decoded = self._decode(features, fitted, seconds, hints)
        retries = [(_FULL, hints)] if fitted < _FULL else []
        retries += [(_FULL, [])] if hints else []
        while retries and self._suspicious(decoded, samples):
            decoded = self._decode(features, retries[0][0], seconds, retries[0][1])
            retries = retries[1:]
        if decoded.capped or is_hopeless(decoded.text, samples, RATE):
            decoded = replace(decoded, text=without_loop(decoded.text))
        confidence = math.exp(decoded.log_probability)
        if is_phantom(decoded.text, samples, RATE, decoded.no_speech, confidence):
            return None
        return decoded

    @staticmethod
    def _suspicious(decoded: _Decoded, samples: Int16) -> bool:
        return decoded.capped or is_loop(decoded.text, samples, RATE)

    def _decode(
        self, features: Float32, window: float, seconds: float, hints: list[int]
    ) -> _Decoded:
        """Greedy decoding of mel features [80, frames], padded or cut to `window` seconds."""
        frames = round(window * RATE / _FRAME) // 2 * 2  # the encoder halves them
        padded = np.zeros((features.shape[0], frames), np.float32)
        kept = min(frames, features.shape[1])
        padded[:, :kept] = features[:, :kept]
        prompt = [*hints, *self._start]
        cap = int(seconds * _TOKENS_PER_SECOND) + _TOKENS_AT_LEAST
        try:
            result = self._model.model.generate(
                self._model.encode(padded),
                [prompt],
                beam_size=1,
                max_length=min(len(prompt) + cap, self._model.max_length),
                return_scores=True,
                return_no_speech_prob=True,
            )[0]
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"{self.name} failed: {error}") from error
        tokens = result.sequences_ids[0]
        return _Decoded(
            text=self._tokenizer.decode(tokens).strip(),
            log_probability=result.scores[0] * len(tokens) / (len(tokens) + 1),
            no_speech=result.no_speech_prob,
            capped=len(tokens) >= cap,
        )

    def _hint_tokens(self, hints: tuple[str, ...]) -> list[int]:
        """Hints as a sentence said before; one that ends, or Whisper goes on with the list."""
        wanted = [hint.strip().rstrip(".") for hint in hints[:_MOST_HINTS] if hint.strip()]
        if not wanted:
            return []
        tokens = self._tokenizer.encode(f" {', '.join(wanted)}.")[:_MOST_HINT_TOKENS]
        return [self._tokenizer.sot_prev, *tokens]


def _pieces(samples: Int16) -> list[Int16]:
    """Cut audio at 16 kHz into pieces of at most 28 s, where it is quietest."""
    pieces = []
    longest, search, step = int(_PIECE * RATE), int(_SEARCH * RATE), RATE // 10
    while len(samples) > longest:
        candidates = levels(samples[longest - search : longest], step)
        cut = longest - search + int(np.argmin(candidates)) * step + step // 2
        pieces.append(samples[:cut])
        samples = samples[cut:]
    return [*pieces, samples]
