"""A set of recordings: a folder with `cases.jsonl` and the audio files that it names.

One JSON object a line: `id`, `audio` (a path inside the folder), and where they are known `text`
(what is said) and `expects` (what the dialogue was waiting for: {"kind": "digits", "length": 6}).
Other keys are left alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.pcm import Int16, from_bytes, to_bytes
from voicebot.audio.resample import resample
from voicebot.conversation.events import Expectation
from voicebot.telephony.base import LINE_RATE

LONGEST: Final = 60.0
"""Seconds of one recording; longer ones are refused."""
_MOST_CASES: Final = 20_000


class CasesError(ValueError):
    """The folder is no set of recordings; the message says where it is wrong."""


@dataclass(frozen=True, slots=True)
class Case:
    """One recording; `text` is None where nobody wrote down what is said."""

    id: str
    audio: Path
    text: str | None
    expects: Expectation


def read_cases(folder: Path) -> list[Case]:
    """The recordings of a set, in order.

    Raises:
        CasesError: no `cases.jsonl`, or a line of it that can't be used.
    """
    listing = folder / "cases.jsonl"
    try:
        lines = listing.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CasesError(f"{folder} is no set of recordings: {error}") from error
    if len(lines) > _MOST_CASES:
        raise CasesError(f"{listing} has {len(lines)} lines; at most {_MOST_CASES} are read")
    cases = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            cases.append(_case(folder, json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise CasesError(f"{listing}, line {number}: {error!r}") from error
    if not cases:
        raise CasesError(f"{listing} names no recording")
    return cases


def _case(folder: Path, entry: dict[str, Any]) -> Case:
    audio = (folder / str(entry["audio"])).resolve()
    if not audio.is_relative_to(folder.resolve()):
        raise ValueError(f"the audio {entry['audio']} lies outside the folder")
    text = entry.get("text")
    return Case(
        id=str(entry["id"]),
        audio=audio,
        text=None if text is None else str(text),
        expects=Expectation(**entry.get("expects", {})),
    )


def line_audio(case: Case) -> Int16:
    """What a telephone line makes of a recording: one channel, 8 kHz, mu-law.

    Raises:
        CasesError: the file can't be read, or is longer than a minute.
    """
    try:
        info = soundfile.info(case.audio)
        if info.duration > LONGEST:
            raise CasesError(f"{case.audio} lasts {info.duration:.0f} s; at most {LONGEST:.0f} s")
        samples, rate = soundfile.read(case.audio, dtype="int16", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise CasesError(f"{case.audio} can't be read: {error}") from error
    mono = np.mean(samples, axis=1).astype(np.int16)
    narrow = resample(mono, int(rate), LINE_RATE)
    return from_bytes(ulaw_decode(ulaw_encode(to_bytes(narrow))))
