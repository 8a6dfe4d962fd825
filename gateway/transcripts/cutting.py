"""A long recording cut into pieces that a recognizer takes, at pauses, without the silence. Pure.

A piece is one or several spans of the recording, one after the other: words that belong together
stay together, because a recognizer that knows what was said before makes fewer mistakes, while the
silence between them, in which it would invent something, is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
Levels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the recording, in seconds since it began."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Piece:
    """Spans that are recognized at once, in order and without overlap."""

    spans: tuple[Span, ...]

    @property
    def start(self) -> float:
        """Where in the recording it begins."""
        return self.spans[0].start

    @property
    def end(self) -> float:
        """Where in the recording it ends."""
        return self.spans[-1].end

    @property
    def seconds(self) -> float:
        """How much there is to be recognized."""
        return sum(span.seconds for span in self.spans)

    def at(self, moment: float) -> float:
        """When in the recording it is what is `moment` seconds after the piece's beginning."""
        for span in self.spans:
            if moment <= span.seconds:
                return span.start + max(0.0, moment)
            moment -= span.seconds
        return self.end


@dataclass(frozen=True, slots=True)
class CuttingSettings:
    """Probabilities at which speech begins and ends; durations in seconds.

    Speech that is missed is worse than noise that is recognized, so the thresholds are low and
    `pad` is kept before and behind it. Silence shorter than `pause` belongs to the speech; what is
    shorter than `shortest` is a click. A piece has at most `longest`; if it has to end within a row
    of stretches, then at the longest pause after the part `fullest` of it; within a stretch, where
    it is quietest in the last `search`. After a silence of `apart` a new piece begins in any case.
    """

    speech_above: float = 0.4
    silence_below: float = 0.25
    pause: float = 0.3
    shortest: float = 0.1
    pad: float = 0.25
    longest: float = 28.0
    fullest: float = 0.6
    apart: float = 8.0
    search: float = 8.0


DEFAULT: Final = CuttingSettings()


def stretches(
    probabilities: Probabilities, window: float, settings: CuttingSettings = DEFAULT
) -> list[Span]:
    """Where somebody speaks, from the probability of speech in windows of `window` seconds."""
    found: list[Span] = []
    for first, after in _runs(_speech(probabilities, settings)):
        begins, ends = first * window, after * window
        if found and begins - found[-1].end < settings.pause:
            begins = found.pop().start
        found.append(Span(begins, ends))
    return [span for span in found if span.seconds >= settings.shortest]


def pieces(
    speech: Sequence[Span],
    levels: Levels,
    window: float,
    seconds: float,
    settings: CuttingSettings = DEFAULT,
) -> list[Piece]:
    """Cut a recording of `seconds` with these stretches of speech; `levels` in dBFS by window.

    Every piece has at most `settings.longest` seconds; together they hold all the speech.
    """
    padded = _padded(speech, seconds, settings.pad)
    short = [part for span in padded for part in _halved(span, levels, window, settings)]
    cut: list[Piece] = []
    row: list[Span] = []
    for span in short:
        if row and span.start - row[-1].end >= settings.apart:
            cut.append(Piece(tuple(row)))
            row = []
        while row and _total(row) + span.seconds > settings.longest:
            kept = _best_end(row, span, settings)
            cut.append(Piece(tuple(row[:kept])))
            row = row[kept:]
        row.append(span)
    if row:
        cut.append(Piece(tuple(row)))
    return cut


def _speech(probabilities: Probabilities, settings: CuttingSettings) -> NDArray[np.bool_]:
    """By window: speech, not speech; between the two thresholds it is as before."""
    states = np.full(len(probabilities), -1, np.int8)
    states[probabilities >= settings.speech_above] = 1
    states[probabilities < settings.silence_below] = 0
    decided = np.where(states >= 0, np.arange(len(states)), -1)
    latest = np.maximum.accumulate(decided) if len(decided) else decided
    speech: NDArray[np.bool_] = (latest >= 0) & (states[latest] == 1)
    return speech


def _runs(speech: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First window and the one after the last, of each run of speech."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], speech, [False]]).astype(np.int8)))
    return [(int(begins), int(ends)) for begins, ends in edges.reshape(-1, 2)]


def _padded(speech: Sequence[Span], seconds: float, pad: float) -> list[Span]:
    """The stretches with some of the silence around; between two, each gets at most its half."""
    padded = []
    for number, span in enumerate(speech):
        before = speech[number - 1].end if number else 0.0
        after = speech[number + 1].start if number + 1 < len(speech) else seconds
        room_before = span.start - before if not number else (span.start - before) / 2
        room_after = after - span.end if number + 1 == len(speech) else (after - span.end) / 2
        padded.append(
            Span(
                span.start - min(pad, max(0.0, room_before)),
                min(seconds, span.end + min(pad, max(0.0, room_after))),
            )
        )
    return padded


def _halved(span: Span, levels: Levels, window: float, settings: CuttingSettings) -> list[Span]:
    """A span in parts of at most `longest`, cut where it is quietest."""
    parts = []
    while span.seconds > settings.longest:
        cut = quietest(
            levels,
            window,
            span.start + settings.longest - settings.search,
            span.start + settings.longest - window,
        )
        parts.append(Span(span.start, cut))
        span = Span(cut, span.end)
    return [*parts, span]


def quietest(levels: Levels, window: float, since: float, until: float) -> float:
    """The quietest moment between two, in seconds: the middle of the quietest 0.1 s or so."""
    first = max(0, round(since / window))
    last = max(first + 1, round(until / window))
    around = levels[max(0, first - 1) : last + 1].astype(np.float64)
    if len(around) < 3:
        return min(max(since, (since + until) / 2), until)
    smooth = np.convolve(around, np.ones(3) / 3, mode="valid")
    offset = max(0, first - 1) + 1
    moment = (offset + int(np.argmin(smooth)) + 0.5) * window
    return min(max(moment, since), until)


def _best_end(row: Sequence[Span], following: Span, settings: CuttingSettings) -> int:
    """How many spans of a full row make a piece: up to the longest pause near its end."""
    ends = [*row[1:], following]
    total = 0.0
    best, longest = len(row), -1.0
    for number, (span, after) in enumerate(zip(row, ends, strict=True), 1):
        total += span.seconds
        pause = after.start - span.end
        if total >= settings.fullest * settings.longest and pause >= longest:
            best, longest = number, pause
    return best


def _total(row: Sequence[Span]) -> float:
    return sum(span.seconds for span in row)
