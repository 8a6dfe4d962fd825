"""Speech recognition by Whisper (MIT), through faster-whisper and CTranslate2, int8 on the CPU.

What it costs follows the length of the speech (see `whisper_decoding`). Whisper still repeats or
invents something now and then, so a text that looks like a loop is thrown away and recognized
again on the full window of 30 s. Decoding is capped, without timestamps, and never conditioned on
earlier text; only words that the dialogue expects go before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from faster_whisper import WhisperModel

from voicebot.audio.pcm import Int16, levels
from voicebot.audio.resample import resample
from voicebot.engines.base import EngineError, Recognition, RecognizedWord
from voicebot.engines.ghosts import is_hopeless, is_loop, is_phantom, is_silent, without_loop
from voicebot.engines.whisper_decoding import RATE, Encoded, Reading, WhisperDecoder

LONGEST: Final = 60.0
"""Seconds of audio accepted at once."""

_PIECE: Final = 28.0  # longer audio is cut, within the last _SEARCH seconds where it is quietest
_SEARCH: Final = 6.0
_SHORTEST: Final = 0.06  # seconds; less is a click

_BEAM: Final = 2
_WIDE_BEAM: Final = 8  # where an awaited answer is not among the readings
_MOST_HINTS: Final = 40
_MOST_HINT_TOKENS: Final = 80
_DOUBTFUL: Final = -1.0
"""Mean log-probability (the limit of Whisper's authors). Behind hints the decoder now and then ends
in the middle of a sentence, and doubts it."""
_HINTS_NEED_SPEECH: Final = 0.6  # probability of "no speech"; real speech of a second stays below


_Wanted = Callable[[str], bool] | None


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was understood of a piece of audio that begins at `begins` (s) and lasts `seconds`."""

    reading: Reading
    words: tuple[RecognizedWord, ...]
    begins: float
    seconds: float


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
        self._workers = workers
        self._model = load_whisper(model_dir, threads, workers)
        self._decoder = WhisperDecoder(self._model)

    def recognize(
        self,
        pcm: Int16,
        rate: int,
        hints: tuple[str, ...] = (),
        wanted: Callable[[str], bool] | None = None,
    ) -> Recognition:
        """Recognize 16-bit mono audio at `rate` hertz; '' where nobody speaks.

        `hints` are words and phrases that are likely to come. A reading that is `wanted` is looked
        for further down, if there is none among the first. Blocking, for some 50 to 150 ms.

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
        try:
            heard = self._hear(samples, self._hint_tokens(hints), wanted)
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"{self.name} failed: {error}") from error
        return _recognition(heard)

    def rehearse(self) -> None:
        """Do once, in every worker, what takes the most memory; blocking, for about a second.

        The memory is there then before the first call, and does not grow in the middle of one.
        """
        noise = np.random.default_rng(1).normal(0.0, 30.0, round(_PIECE * RATE)).astype(np.int16)

        def longest_work(_: int) -> None:
            encoded = self._decoder.encode_fully(self._decoder.encode(noise))
            few = replace(encoded, seconds=_SHORTEST)  # of the words none is wanted
            self._decoder.read(few, [], _WIDE_BEAM, readings=_WIDE_BEAM)

        with ThreadPoolExecutor(self._workers) as together:
            list(together.map(longest_work, range(self._workers)))

    def _hear(self, samples: Int16, hints: list[int], wanted: _Wanted) -> list[_Heard]:
        heard, begins = [], 0.0
        for piece in _pieces(samples):
            found = self._hear_piece(piece, begins, hints, wanted)
            heard += [found] if found is not None else []
            begins += len(piece) / RATE
        return heard

    def _hear_piece(
        self, samples: Int16, begins: float, hints: list[int], wanted: _Wanted
    ) -> _Heard | None:
        """Recognize at most 28 s at 16 kHz; None where nobody speaks."""
        if len(samples) < _SHORTEST * RATE or is_silent(samples, RATE):
            return None
        encoded = self._decoder.encode(samples)
        reading = self._read(samples, encoded, hints)
        confidence = math.exp(reading.log_probability)
        if is_phantom(reading.text, samples, RATE, reading.no_speech, confidence):
            return None
        if wanted is not None and not any(wanted(text) for text in reading.all):
            reading = self._look_further(encoded, reading, hints, wanted)
        cut = reading.capped or reading.text != self._decoder.text(reading.tokens)
        words = () if cut else self._decoder.words(encoded, reading)
        return _Heard(reading, words, begins, encoded.seconds)

    def _read(self, samples: Int16, encoded: Encoded, hints: list[int]) -> Reading:
        reading = self._decoder.read(encoded, hints, _BEAM)
        if hints and reading.no_speech > _HINTS_NEED_SPEECH:
            # On a sound that is no speech the hints come out; without them, nothing does.
            hints = []
            reading = self._decoder.read(encoded, hints, _BEAM)
        if hints and reading.log_probability < _DOUBTFUL:
            without = self._decoder.read(encoded, [], _BEAM)
            if without.log_probability > reading.log_probability:
                hints, reading = [], without
        if self._suspicious(reading, samples):
            encoded = self._decoder.encode_fully(encoded)
            reading = self._decoder.read(encoded, hints, _BEAM)
        if hints and self._suspicious(reading, samples):
            reading = self._decoder.read(encoded, [], _BEAM)
        if reading.capped or is_hopeless(reading.text, samples, RATE):
            reading = replace(reading, text=without_loop(reading.text))
        return reading

    def _look_further(
        self, encoded: Encoded, reading: Reading, hints: list[int], wanted: Callable[[str], bool]
    ) -> Reading:
        """The same reading, with one that is wanted among the others, if a wider search has it."""
        wider = self._decoder.read(encoded, hints, _WIDE_BEAM, readings=_WIDE_BEAM)
        found = next((text for text in wider.all if wanted(text)), None)
        return reading if found is None else replace(reading, others=(found, *reading.others))

    @staticmethod
    def _suspicious(reading: Reading, samples: Int16) -> bool:
        return reading.capped or is_loop(reading.text, samples, RATE)

    def _hint_tokens(self, hints: tuple[str, ...]) -> list[int]:
        """Hints as a sentence said before; one that ends, or Whisper goes on with the list."""
        wanted = [hint.strip().rstrip(".") for hint in hints[:_MOST_HINTS] if hint.strip()]
        if not wanted:
            return []
        return self._decoder.tokens(f" {', '.join(wanted)}.", _MOST_HINT_TOKENS)


def load_whisper(model_dir: Path, threads: int, workers: int) -> WhisperModel:
    """A model in CTranslate2 format, on which `workers` calls run at once with `threads` each.

    Raises:
        EngineError: the folder is missing or holds no such model.
    """
    if not (model_dir / "model.bin").is_file():
        raise EngineError(
            f"no Whisper model in {model_dir}; run `python -m voicebot.models --fetch`"
        )
    try:
        return WhisperModel(
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


def _recognition(heard: list[_Heard]) -> Recognition:
    if not heard:
        return Recognition("", 0.0)
    total = sum(part.seconds for part in heard)
    mean = sum(part.reading.log_probability * part.seconds for part in heard) / total
    return Recognition(
        text=" ".join(part.reading.text for part in heard),
        confidence=min(1.0, math.exp(mean)),
        words=tuple(
            replace(word, start=part.begins + word.start, end=part.begins + word.end)
            for part in heard
            for word in part.words
        ),
        # Of several pieces each has readings of its own; of a whole there is one list.
        alternatives=heard[0].reading.others if len(heard) == 1 else (),
    )


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
