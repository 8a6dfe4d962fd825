"""What the callers of a benchmark say: recordings as a telephone line carries them.

A recording of any format and rate is brought to 8 kHz mu-law, cut to its audible speech with a
little of what is around it, and joined to noise at the recording's own level, so that the line does
not fall into digital silence when somebody stops speaking.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evaluation.audible import audible
from evaluation.cases import Case, CasesError, line_audio, read_cases
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.pcm import Int16, from_bytes, loudest, to_bytes
from voicebot.caller.decode import AudioUnreadable, decode
from voicebot.caller.wire import FRAME
from voicebot.telephony.base import LINE_RATE

BEFORE: Final = 0.2
"""Seconds kept before the speech of a recording."""
AFTER: Final = 0.3
"""Seconds kept behind it."""
LOUDEST_NOISE: Final = -40.0
"""dBFS: a recording that is louder all through has no background to go by."""
QUIETEST: Final = -60.0
"""dBFS: a recording that is nowhere louder has nothing in it to hear."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording ready to be said.

    `frames` are 20 ms of mu-law each; its speech is audible from `start` to `end` (seconds from the
    first frame); `noise` is its background in dBFS; `pcm` is all of the recording at 8 kHz, as the
    line carries it, and `text` what is said where that is known.
    """

    id: str
    set: str
    text: str | None
    frames: tuple[bytes, ...]
    start: float
    end: float
    noise: float
    pcm: Int16

    @property
    def seconds(self) -> float:
        """How long its speech is."""
        return self.end - self.start


def clip_of(id: str, set: str, text: str | None, pcm: Int16) -> Clip | None:  # noqa: A002
    """`pcm` (8 kHz) as a clip; None where nothing can be heard in it."""
    heard = audible(pcm, LINE_RATE)
    if heard is None or loudest(pcm, FRAME) < QUIETEST:
        return None
    first = max(0, round((heard.start - BEFORE) * LINE_RATE))
    last = min(len(pcm), round((heard.end + AFTER) * LINE_RATE))
    coded = ulaw_encode(to_bytes(pcm[first:last]))
    frames = tuple(coded[at : at + FRAME] for at in range(0, len(coded) - FRAME + 1, FRAME))
    offset = first / LINE_RATE
    noise = min(heard.floor, LOUDEST_NOISE)
    return Clip(id, set, text, frames, heard.start - offset, heard.end - offset, noise, pcm)


def load(case: Case, set: str) -> Clip | None:  # noqa: A002
    """The recording of a case; None where nothing can be heard in it.

    Raises:
        CasesError: the file can't be read, whatever is tried.
    """
    try:
        pcm = line_audio(case)
    except CasesError as refused:
        if not case.audio.is_file():
            raise
        try:
            linear = asyncio.run(decode(case.audio))
        except AudioUnreadable as error:
            raise CasesError(f"{refused}; ffmpeg: {error}") from error
        pcm = from_bytes(ulaw_decode(ulaw_encode(linear)))
    return clip_of(case.id, set, case.text, pcm)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which clips a benchmark takes: speech of `shortest` to `longest` seconds, with a transcript
    where `text`."""

    shortest: float = 0.0
    longest: float = 12.0
    text: bool = False


class Clips:
    """The recordings of all sets, read when they are needed; the choice depends on the seed only.

    Sets take turns, so that a large one does not push out a small one.
    """

    def __init__(self, folders: Sequence[Path], seed: int) -> None:
        """Raises CasesError where a folder is no set."""
        self._seed = seed
        self._sets = [(folder.resolve().name, read_cases(folder)) for folder in folders]
        self._loaded: dict[Path, Clip | None] = {}

    @property
    def names(self) -> list[str]:
        """The names of the sets."""
        return [name for name, _ in self._sets]

    @property
    def count(self) -> int:
        """How many recordings there are."""
        return sum(len(cases) for _, cases in self._sets)

    def choose(
        self, count: int, wanted: Wanted, salt: str, going_on: Callable[[], bool] = lambda: True
    ) -> list[Clip]:
        """`count` clips as `wanted`, fewer where the sets have no more; `salt` makes another draw.

        Reading stops when `going_on` says no.
        """
        order = random.Random(f"{self._seed} {salt}")  # noqa: S311 - a draw that can be repeated
        queues = [
            (name, order.sample(cases, len(cases)))
            for name, cases in self._sets
            if not wanted.text or any(case.text for case in cases)
        ]
        chosen: list[Clip] = []
        while len(chosen) < count and any(cases for _, cases in queues) and going_on():
            for name, cases in queues:
                clip = self._next(name, cases, wanted)
                if clip is not None and len(chosen) < count:
                    chosen.append(clip)
        return chosen

    def _next(self, name: str, cases: list[Case], wanted: Wanted) -> Clip | None:
        while cases:
            case = cases.pop()
            if wanted.text and not case.text:
                continue
            if case.audio not in self._loaded:
                self._loaded[case.audio] = load(case, name)
            clip = self._loaded[case.audio]
            if clip is not None and wanted.shortest <= clip.seconds <= wanted.longest:
                return clip
        return None
