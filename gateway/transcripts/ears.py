"""Whisper on one piece of a recording: words with times, in any of its languages.

The encoder always gets its whole window of 30 s. Nobody waits here as in a call, pieces are nearly
as long as the window, and of short ones it passes over whole clauses where the window fits them.

What Whisper is known to do wrong is looked for: a text that repeats itself is recognized again in
halves; so is a piece of which a part was passed over; phrases that it makes up where nobody speaks
are dropped.
"""

from __future__ import annotations

import math
import threading
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from gateway.errors import MissingPartError, RefusedError, UnavailableError
from gateway.transcripts.cutting import quietest
from gateway.transcripts.settings import TranscriptSettings
from gateway.transcripts.transcript import Word
from voicebot.audio.pcm import Int16, levels
from voicebot.engines.base import EngineError
from voicebot.engines.ghosts import is_hopeless, is_loop, is_phantom, without_loop, words_of
from voicebot.engines.silero import SileroModel
from voicebot.engines.whisper import load_whisper
from voicebot.engines.whisper_decoding import RATE, Reading, WhisperDecoder
from voicebot.models import ModelMissing, ModelStore

_ENGLISH_ONLY: Final = frozenset({"tiny.en"})
_OTHER_NAMES: Final = {"nb": "no", "iw": "he", "cmn": "zh", "fil": "tl", "in": "id"}

_SHORTEST: Final = 0.06  # seconds; less is a click
_WORTH_HALVING: Final = 4.0  # seconds
_LATE: Final = 1.5  # seconds without a word
_SLOWEST: Final = 0.35  # seconds for a character: "V-A-N-B-X-9", written as one word, takes 2 s
_LEVEL_WINDOW: Final = 0.05  # seconds
_REPETITIVE: Final = 2.4  # how much smaller text gets that says the same again and again
_NOBODY: Final = 0.6  # probability of "no speech" that is believed where the words are doubtful
_DOUBTFUL: Final = -1.0  # mean log-probability of the words


class Ears:
    """The models of one process, loaded when they are needed first; for several threads at once."""

    def __init__(self, settings: TranscriptSettings) -> None:
        self._settings = settings
        self._loading = threading.Lock()
        self._slots = threading.BoundedSemaphore(settings.workers)
        self._decoders: dict[str, WhisperDecoder] = {}
        self._activity: SileroModel | None = None

    @property
    def name(self) -> str:
        """The model that recognizes."""
        return f"whisper-{self._settings.model}"

    def missing(self) -> str:
        """What has to be installed, or ''."""
        try:
            self._path(self.name)
            self._path("silero")
        except MissingPartError as error:
            return str(error)
        return ""

    def language(self, asked: str | None) -> str | None:
        """Whisper's name of a language (BCP 47); None: it has to be detected.

        Raises:
            RefusedError: the model does not know it.
        """
        english_only = self._settings.model in _ENGLISH_ONLY
        if not asked:
            return "en" if english_only else None
        name = asked.lower().replace("_", "-").partition("-")[0]
        name = _OTHER_NAMES.get(name, name)
        if english_only and name != "en":
            raise RefusedError(
                f"{self.name} knows no language but English; whisper-base knows 99 (the setting "
                "model, and `python -m voicebot.models --fetch whisper-base`)"
            )
        if name != "en":
            self._decoder(name)
        return name

    def activity(self) -> SileroModel:
        """Voice activity. Raises MissingPartError."""
        with self._loading:
            if self._activity is None:
                try:
                    self._activity = SileroModel(self._path("silero"))
                except EngineError as error:
                    raise MissingPartError(str(error)) from error
            return self._activity

    def languages(self, samples: Int16) -> dict[str, float]:
        """The probability of each language in at most 28 s at 16 kHz.

        Raises:
            MissingPartError, UnavailableError: there is no model, or it failed.
        """
        decoder = self._decoder("en")
        with self._slots:
            try:
                return decoder.languages(decoder.encode(samples, fully=True))
            except (RuntimeError, ValueError) as error:
                raise UnavailableError(f"{self.name} failed: {error}") from error

    def hear(self, samples: Int16, language: str) -> tuple[Word, ...]:
        """The words in at most 28 s at 16 kHz, with times since the beginning of `samples`.

        Raises:
            MissingPartError, UnavailableError: there is no model, or it failed.
        """
        decoder = self._decoder(language)
        with self._slots:
            try:
                return _hear(samples, decoder, self._settings.beam)
            except (RuntimeError, ValueError) as error:
                raise UnavailableError(f"{self.name} failed: {error}") from error

    def _decoder(self, language: str) -> WhisperDecoder:
        with self._loading:
            found = self._decoders.get(language)
            if found is None:
                found = self._decoders[language] = self._made(language)
            return found

    def _made(self, language: str) -> WhisperDecoder:
        former = next(iter(self._decoders.values()), None)
        try:
            if former is not None:
                return former.other(language)
            model = load_whisper(self._path(self.name), 1, self._settings.workers)
            return WhisperDecoder(model, language)
        except EngineError as error:
            raise MissingPartError(str(error)) from error
        except ValueError as error:
            raise RefusedError(f'no language "{language[:35]}" can be recognized') from error

    def _path(self, name: str) -> Path:
        try:
            return ModelStore(self._settings.models_dir).path(name)
        except ModelMissing as error:
            raise MissingPartError(str(error)) from error


def _hear(samples: Int16, decoder: WhisperDecoder, beam: int) -> tuple[Word, ...]:
    if len(samples) < _SHORTEST * RATE:
        return ()
    encoded = decoder.encode(samples, fully=True)
    reading = decoder.read(encoded, [], beam)
    if _suspicious(reading, samples) and len(samples) >= _WORTH_HALVING * RATE:
        return _hear_halves(samples, decoder, beam)
    if _made_up(reading, samples):
        return ()
    if reading.capped or is_hopeless(reading.text, samples, RATE):
        return spread(without_loop(reading.text), encoded.seconds, reading)
    words = tuple(word for word in decoder.words(encoded, reading) if word.text)
    if has_hole(words, encoded.seconds) and len(samples) >= _WORTH_HALVING * RATE:
        return max(words, _hear_halves(samples, decoder, beam), key=len)
    return words


def has_hole(words: Sequence[Word], seconds: float) -> bool:
    """Was a part of so many seconds passed over?

    There is hardly any silence in a piece, so its words begin and end with it; and a word before a
    hole lasts longer than it can be spoken, for it ends where the next one begins.
    """
    if not words:
        return False
    if words[0].start > _LATE or seconds - words[-1].end > _LATE:
        return True
    return any(
        word.end - word.start > _LATE + _SLOWEST * len("".join(words_of(word.text)))
        for word in words
    )


def _hear_halves(samples: Int16, decoder: WhisperDecoder, beam: int) -> tuple[Word, ...]:
    """Both halves, cut where it is quietest in the middle."""
    loudness = levels(samples, round(_LEVEL_WINDOW * RATE)).astype(np.float32)
    seconds = len(samples) / RATE
    cut = round(quietest(loudness, _LEVEL_WINDOW, seconds / 3, 2 * seconds / 3) * RATE)
    first, second = (_hear(half, decoder, beam) for half in (samples[:cut], samples[cut:]))
    return first + shifted(second, cut / RATE)


def shifted(words: Sequence[Word], by: float) -> tuple[Word, ...]:
    """The words so many seconds later."""
    return tuple(replace(word, start=word.start + by, end=word.end + by) for word in words)


def spread(text: str, seconds: float, reading: Reading) -> tuple[Word, ...]:
    """Words whose times nobody knows, evenly over the audio; with the doubt of the whole."""
    texts = text.split()
    confidence = min(1.0, math.exp(reading.log_probability))
    step = seconds / max(1, len(texts))
    return tuple(
        Word(word, number * step, (number + 1) * step, confidence)
        for number, word in enumerate(texts)
    )


def _suspicious(reading: Reading, samples: Int16) -> bool:
    """Does it repeat itself, or come to no end?"""
    return reading.capped or is_loop(reading.text, samples, RATE) or repetitive(reading.text)


def repetitive(text: str) -> bool:
    """Is it so easy to compress as only repetition is? (The test of Whisper's authors.)"""
    written = text.encode()
    return len(written) / len(zlib.compress(written)) > _REPETITIVE if written else False


def _made_up(reading: Reading, samples: Int16) -> bool:
    confidence = math.exp(reading.log_probability)
    if is_phantom(reading.text, samples, RATE, reading.no_speech, confidence):
        return True
    return reading.no_speech > _NOBODY and reading.log_probability < _DOUBTFUL
