"""What a simulated caller hears with and speaks with: recognition and voices, off the event loop.

Both answer with futures: a caller lives in steps of 20 ms and looks whether they are done.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Protocol, Self

import numpy as np

from evaluation.bench.clips import Clip, clip_of
from evaluation.callers.persona import Piece
from voicebot.audio.g711 import ulaw_decode
from voicebot.audio.pcm import Int16, from_bytes
from voicebot.engines.base import EngineError, Recognizer
from voicebot.telephony.base import LINE_RATE

LONGEST: Final = 50.0
"""Seconds of the bot's speech that are listened to; of more, the end."""


class Ears(Protocol):
    """Understands the bot's speech."""

    def listen(self, heard: bytes) -> Future[str]:
        """What is said in `heard` (mu-law at 8 kHz); '' where nobody speaks."""


class Mouth(Protocol):
    """Says what the caller wants to say."""

    def prepare(self, pieces: Sequence[Piece], voice: str) -> Future[Clip]:
        """`pieces` by `voice`, each behind its pause, as one clip."""


class Speech(Protocol):
    """Says a text with the voice of that name; blocking. `evaluation.callers.voices` has one."""

    def say(self, text: str, name: str) -> Int16:
        """Samples at 8 kHz. Raises EngineError."""


class RecognizedSpeech:
    """`Ears` by a recognizer, in worker threads of its own. Close it, or use it as a context."""

    def __init__(self, recognizer: Recognizer, workers: int = 1) -> None:
        self._recognizer = recognizer
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="ears")

    def listen(self, heard: bytes) -> Future[str]:
        """See `Ears`. The future raises EngineError where recognition fails."""
        return self._pool.submit(self._recognized, heard[-round(LONGEST * LINE_RATE) :])

    def _recognized(self, heard: bytes) -> str:
        return self._recognizer.recognize(from_bytes(ulaw_decode(heard)), LINE_RATE).text.strip()

    def close(self) -> None:
        """Let what is being recognized come to its end."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SpokenPieces:
    """`Mouth` by the voices of callers, in a worker thread of its own. Close it after use."""

    def __init__(self, speech: Speech, workers: int = 1) -> None:
        self._speech = speech
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="mouth")

    def prepare(self, pieces: Sequence[Piece], voice: str) -> Future[Clip]:
        """See `Mouth`. The future raises EngineError where the voice fails or says nothing."""
        return self._pool.submit(self._spoken, tuple(pieces), voice)

    def _spoken(self, pieces: tuple[Piece, ...], voice: str) -> Clip:
        text = " ".join(piece.text for piece in pieces)
        parts: list[Int16] = []
        for piece in pieces:
            parts.append(np.zeros(round(piece.pause * LINE_RATE), np.int16))
            parts.append(self._speech.say(piece.text, voice))
        clip = clip_of(text, f"voice {voice}", text, np.concatenate(parts))
        if clip is None:
            raise EngineError(f"the voice {voice} says nothing that can be heard for {text!r}")
        return clip

    def close(self) -> None:
        """Let what is being spoken come to its end."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
