"""Whisper on a window that fits the speech, with the silence behind it encoded in advance.

The encoder always gets 30 s in training, and most of that is silence; encoding it costs five times
what the rest of recognition does. A shorter window alone makes the decoder repeat itself: it looks
for the silence that tells it to stop. So only the speech and a second behind it are encoded, and
the encoding of silence up to 30 s, made once at load, is put behind that. The decoder sees what it
was trained on, the encoder hardly works.

A narrow beam costs little, because a decoding step is mostly spent on reading the weights; for the
same reason the readings beside the best one are free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from voicebot.audio.pcm import Float32, Int16, to_float
from voicebot.engines.base import RecognizedWord
from voicebot.engines.ghosts import words_of

RATE: Final = 16000
FULL: Final = 30.0
"""Seconds of the window that Whisper was trained with."""

_MARGIN: Final = 1.0
"""Seconds encoded behind the audio."""
_SHORTEST_WINDOW: Final = 3.0
_FRAMES: Final = 100  # mel frames in a second; the encoder halves them

_TOKENS_PER_SECOND: Final = 8.0
_RICHER: Final = 2.0  # other languages and scripts are written with up to twice as many tokens
_TOKENS_AT_LEAST: Final = 12

SPACELESS: Final = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
"""Languages (ISO 639) that are written without spaces between words."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Audio on its way to the decoder.

    `features` is the log-mel spectrogram [80, frames], `states` the encoder's output for the fitted
    window [1, positions, model size], `seconds` the duration of the audio.
    """

    features: Float32
    states: Float32
    seconds: float

    def most_tokens(self, language: str) -> int:
        """More tokens than anybody can say in that time."""
        richer = 1.0 if language == "en" else _RICHER
        return int(self.seconds * _TOKENS_PER_SECOND * richer) + _TOKENS_AT_LEAST


@dataclass(frozen=True, slots=True)
class Reading:
    """What the decoder makes of audio.

    `log_probability` is the mean of the tokens, `no_speech` the probability that nobody speaks,
    `others` are further readings, best first. `capped`: it did not come to an end by itself.
    """

    text: str
    tokens: tuple[int, ...]
    log_probability: float
    no_speech: float
    capped: bool
    others: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every reading, the best one first."""
        return (self.text, *self.others)


class WhisperDecoder:
    """Encoding and decoding with one model. For several threads at once.

    CTranslate2 raises RuntimeError or ValueError where the model fails.
    """

    def __init__(
        self, model: WhisperModel, language: str = "en", silence: Float32 | None = None
    ) -> None:
        """`language` (ISO 639) is recognized; an English `model` knows no other. `silence` is the
        encoding of 30 s of it, if it is known.

        Raises:
            ValueError: the model does not know the language.
        """
        self.language = language
        self._model = model
        self._tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, "transcribe", language
        )
        if model.model.is_multilingual and self._tokenizer.language is None:
            raise ValueError(f"the model has no token for the language {language}")
        self._start = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        bands = model.feature_extractor.mel_filters.shape[0]
        if silence is None:
            silence = self._encode(np.zeros((bands, 0), np.float32), FULL)
        self._silence = silence

    def other(self, language: str) -> WhisperDecoder:
        """One with the same model for another language. Raises ValueError as the constructor."""
        return WhisperDecoder(self._model, language, self._silence)

    def encode(self, samples: Int16, *, fully: bool = False) -> Encoded:
        """Encode at most 28 s of audio at 16 kHz; `fully`: as `encode_fully` does."""
        seconds = len(samples) / RATE
        features: Float32 = self._model.feature_extractor(to_float(samples))
        window = FULL if fully else min(FULL, max(_SHORTEST_WINDOW, seconds + _MARGIN))
        return Encoded(features, self._encode(features, window), seconds)

    def encode_fully(self, encoded: Encoded) -> Encoded:
        """The same with nothing but its own 30 s: for when the short way went wrong."""
        return Encoded(encoded.features, self._encode(encoded.features, FULL), encoded.seconds)

    def read(
        self,
        encoded: Encoded,
        hints: list[int],
        beam: int,
        *,
        readings: int = 3,
    ) -> Reading:
        """Decode; `hints` are tokens of text said before, or empty. At most so many `readings`."""
        prompt = [*hints, *self._start]
        most = encoded.most_tokens(self.language)
        result = self._model.model.generate(
            self._filled_up(encoded),
            [prompt],
            beam_size=beam,
            num_hypotheses=min(beam, readings),
            max_length=min(len(prompt) + most, self._model.max_length),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = tuple(result.sequences_ids[0])
        texts = [self.text(ids) for ids in result.sequences_ids]
        return Reading(
            text=texts[0],
            tokens=tokens,
            # CTranslate2 divides the sum, which has the end's token in it, by the other tokens.
            log_probability=result.scores[0] * len(tokens) / (len(tokens) + 1),
            no_speech=result.no_speech_prob,
            capped=len(tokens) >= most,
            others=_different(texts),
        )

    def words(self, encoded: Encoded, reading: Reading) -> tuple[RecognizedWord, ...]:
        """The words with their times and confidences, from the decoder's attention."""
        tokens = [token for token in reading.tokens if token < self._tokenizer.eot]
        if not tokens:
            return ()
        frames = min(encoded.features.shape[1], 2 * encoded.states.shape[1])
        aligned = self._model.model.align(
            _storage(encoded.states), self._tokenizer.sot_sequence, [tokens], frames
        )[0]
        return _timed(self._in_words(tokens), aligned, encoded.seconds)

    def languages(self, encoded: Encoded) -> dict[str, float]:
        """The probability of each language (ISO 639); the model must be multilingual.

        It is told well only from what was encoded fully.
        """
        found = self._model.model.detect_language(self._filled_up(encoded))[0]
        return {token.strip("<|>"): float(probability) for token, probability in found}

    def _filled_up(self, encoded: Encoded) -> ctranslate2.StorageView:
        """The encoder's output for 30 s: silence behind the fitted window.

        With less of it decoding would be cheaper, and says some things twice.
        """
        rest = self._silence[:, encoded.states.shape[1] :]
        return _storage(np.concatenate([encoded.states, rest], axis=1))

    def _in_words(self, tokens: list[int]) -> list[tuple[str, int]]:
        """Words, each with the number of its tokens; marks and parts belong to the word before."""
        texts, parts = self._tokenizer.split_to_word_tokens([*tokens, self._tokenizer.eot])
        spaces = self.language not in SPACELESS
        words: list[tuple[str, int]] = []
        for text, ids in zip(texts[:-1], parts[:-1], strict=True):
            belongs = not text.startswith(" ") if spaces else not words_of(text)
            if words and belongs:
                former, count = words.pop()
                words.append((former + text, count + len(ids)))
            else:
                words.append((text, len(ids)))
        return words

    def text(self, tokens: Sequence[int]) -> str:
        """What is written by `tokens`."""
        written: str = self._tokenizer.decode(list(tokens))
        return written.strip()

    def tokens(self, text: str, most: int) -> list[int]:
        """`text` as something said before, at most so many tokens of it."""
        return [self._tokenizer.sot_prev, *self._tokenizer.encode(text)[:most]]

    def _encode(self, features: Float32, window: float) -> Float32:
        """Encode mel features, padded with zeros or cut to `window` seconds."""
        frames = round(window * _FRAMES) // 2 * 2
        padded = np.zeros((features.shape[0], frames), np.float32)
        kept = min(frames, features.shape[1])
        padded[:, :kept] = features[:, :kept]
        return np.asarray(self._model.encode(padded), np.float32)


def _different(texts: Sequence[str]) -> tuple[str, ...]:
    """Those that differ from the first and from each other in more than how they are written."""
    by_sound: dict[str, str] = {}
    for text in texts:
        by_sound.setdefault("".join(words_of(text)), text)
    return tuple(text for text in list(by_sound.values())[1:] if words_of(text))


def _storage(array: Float32) -> ctranslate2.StorageView:
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(array))


def _timed(
    words: list[tuple[str, int]], aligned: Any, seconds: float
) -> tuple[RecognizedWord, ...]:
    """Words with the moments at which the decoder's attention comes to them."""
    text_indices = np.array([pair[0] for pair in aligned.alignments])
    time_indices = np.array([pair[1] for pair in aligned.alignments])
    arrives = np.pad(np.diff(text_indices), (1, 0), constant_values=1) > 0
    moments = [*np.minimum(time_indices[arrives] * 2 / _FRAMES, seconds), seconds]
    probabilities = aligned.text_token_probs
    timed, first = [], 0
    for word, count in words:
        end = first + count
        starts_at, ends_at = (float(moments[min(n, len(moments) - 1)]) for n in (first, end))
        confidence = min(1.0, float(np.mean(probabilities[first:end])))
        timed.append(RecognizedWord(word.strip(), starts_at, ends_at, confidence))
        first = end
    return tuple(timed)
