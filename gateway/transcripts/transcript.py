"""What was said in a recording: words with their times, in segments. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from voicebot.engines.base import RecognizedWord as Word
from voicebot.engines.whisper_decoding import SPACELESS

__all__ = ["Segment", "Transcript", "Word"]


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that were recognized together, in order; times in seconds since the recording began."""

    words: tuple[Word, ...]

    def as_json(self) -> list[list[Any]]:
        """Plain data, from which `from_json` makes the same segment."""
        return [
            [word.text, round(word.start, 3), round(word.end, 3), round(word.confidence, 3)]
            for word in self.words
        ]

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """The segment that `as_json` wrote down. Raises ValueError, TypeError: it is none."""
        return cls(
            tuple(
                Word(str(text), float(start), float(end), float(confidence))
                for text, start, end, confidence in data
            )
        )


@dataclass(frozen=True, slots=True)
class Transcript:
    """`language` is ISO 639 ('' where nothing was said and none was asked for), `sureness` the
    probability that it is spoken (1: it was asked for), `seconds` the length of the recording,
    `speech` how much of it is speech."""

    language: str
    sureness: float
    seconds: float
    speech: float
    model: str
    segments: tuple[Segment, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in order."""
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def between(self) -> str:
        """What is written between two words."""
        return "" if self.language in SPACELESS else " "

    @property
    def confidence(self) -> float:
        """The mean over all words, 0 to 1; 0 where there are none."""
        words = self.words
        return sum(word.confidence for word in words) / len(words) if words else 0.0

    def as_json(self) -> dict[str, Any]:
        """The published form (application/json), from which `from_json` makes the same."""
        return {
            "text": self.between.join(word.text for word in self.words),
            "language": self.language,
            "language_probability": round(self.sureness, 3),
            "seconds": round(self.seconds, 3),
            "speech_seconds": round(self.speech, 3),
            "confidence": round(self.confidence, 3),
            "model": self.model,
            "segments": [self._segment(segment) for segment in self.segments if segment.words],
        }

    def _segment(self, segment: Segment) -> dict[str, Any]:
        confidence = sum(word.confidence for word in segment.words) / len(segment.words)
        return {
            "start": round(segment.words[0].start, 3),
            "end": round(segment.words[-1].end, 3),
            "text": self.between.join(word.text for word in segment.words),
            "confidence": round(confidence, 3),
            "words": [
                {"word": text, "start": start, "end": end, "confidence": confidence}
                for text, start, end, confidence in segment.as_json()
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The transcript that `as_json` wrote down.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        segments = (
            Segment(
                tuple(
                    Word(
                        str(word["word"]),
                        float(word["start"]),
                        float(word["end"]),
                        float(word["confidence"]),
                    )
                    for word in segment["words"]
                )
            )
            for segment in data["segments"]
        )
        return cls(
            str(data["language"]),
            float(data["language_probability"]),
            float(data["seconds"]),
            float(data["speech_seconds"]),
            str(data["model"]),
            tuple(segments),
        )
