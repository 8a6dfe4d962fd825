"""What a recognizer invents: phantom phrases on quiet audio, and loops of repeated words. Pure.

Whisper was trained on subtitles, so silence and steady noise come out as "Thank you." or "Thanks
for watching!"; and with a window much shorter than 30 s it may repeat the last words until it is
stopped. Everything here judges a text by the sound it is said to come from.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from voicebot.audio.pcm import Int16, levels

PHANTOMS: Final = frozenset(
    {
        "you",
        "oh",
        "so",
        "bye",
        "bye bye",
        "okay",
        "thank you",
        "thank you very much",
        "thank you for watching",
        "thanks for watching",
        "thank you so much for watching",
        "please subscribe",
        "subtitles by the amara org community",
        "i m sorry",
        "i ll see you next time",
        "i ll see you in the next video",
        "the end",
        "music",
        "silence",
        "foreign",
    }
)

_QUIETEST_SPEECH: Final = -58.0
"""dBFS of the loudest 50 ms below which nobody can have spoken: a line's idle noise is -65 dBm0."""

_QUIET_SPEECH: Final = -45.0
_DYNAMICS: Final = 8.0
"""dB between the loudest moment and the median that even a short word has, and steady noise not."""

_FASTEST_REPEATS: Final = 3.2  # repeated words per second of sound; "nine nine" takes .7 s
_MOST_REPEATS: Final = 6  # "5 5 5 5 5 5" may be a code, more than that is a loop
_LONGEST_REPEATED: Final = 8  # words


def words_of(text: str) -> list[str]:
    """Lower-case words and numbers, without punctuation."""
    return re.findall(r"[^\W_]+", text.lower())


def is_silent(samples: Int16, rate: int) -> bool:
    """Too quiet for any speech."""
    return not len(samples) or float(np.max(_profile(samples, rate))) < _QUIETEST_SPEECH


def is_phantom(text: str, samples: Int16, rate: int, no_speech: float, confidence: float) -> bool:
    """Is this a phrase that silence or steady noise brings about, on audio that is just that?

    `no_speech` is the recognizer's own probability that nobody speaks, `confidence` that of the
    text.
    """
    words = words_of(text)
    if not words:
        return True
    if " ".join(words) not in PHANTOMS:
        return False
    profile = _profile(samples, rate)
    loudest = float(np.max(profile))
    steady = loudest - float(np.median(profile)) < _DYNAMICS and len(profile) >= 20
    doubtful = no_speech > 0.6 or (no_speech > 0.4 and confidence < 0.5)
    return doubtful or loudest < _QUIET_SPEECH or steady


def is_loop(text: str, samples: Int16, rate: int) -> bool:
    """Is half of this repetition, and more words than can have been spoken in this sound?

    A reason to look again, not a proof: "four four four seven" said fast looks the same. Who spells
    "P I T T S" is fast, too, but repeats little of it.
    """
    words = words_of(text)
    repeats, length = _longest_run(words)
    if repeats < 2 or 2 * repeats * length < len(words):
        return False
    return len(words) > _FASTEST_REPEATS * voiced_seconds(samples, rate)


def is_hopeless(text: str, samples: Int16, rate: int) -> bool:
    """A loop beyond doubt: more repetitions than any code has, and faster than speech."""
    repeats, _ = _longest_run(words_of(text))
    return repeats > _MOST_REPEATS and is_loop(text, samples, rate)


def without_loop(text: str) -> str:
    """The text with the repetitions of its longest run taken out, for when nothing else helped."""
    words = text.split()
    plain = [" ".join(words_of(word)) for word in words]
    repeats, length = _longest_run(plain)
    if repeats < 2:
        return text
    for start in range(len(words) - length * repeats + 1):
        run = plain[start : start + length]
        if plain[start : start + length * repeats] == run * repeats:
            return " ".join(words[: start + length] + words[start + length * repeats :])
    return text


def voiced_seconds(samples: Int16, rate: int) -> float:
    """How long there is sound within 25 dB of the loudest moment."""
    profile = _profile(samples, rate)
    return float(np.sum(profile > np.max(profile) - 25.0)) * 0.05 if len(profile) else 0.0


def _profile(samples: Int16, rate: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Levels of 50 ms windows; a shorter clip is one window."""
    return levels(samples, max(1, min(rate // 20, len(samples))))


def _longest_run(words: list[str]) -> tuple[int, int]:
    """How often the most repeated group of words follows itself, and its length in words."""
    best = (1, 0) if words else (0, 0)
    for length in range(1, min(_LONGEST_REPEATED, len(words) // 2) + 1):
        same = 0  # consecutive positions that equal the one `length` words before
        for i in range(length, len(words)):
            same = same + 1 if words[i] == words[i - length] else 0
            if same // length + 1 > best[0]:
                best = (same // length + 1, length)
    return best
