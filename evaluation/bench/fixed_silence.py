"""The rival of every end-of-turn rule: a fixed silence. Computed from the same recorded turns.

The agent's own voice activity says where the pauses of each turn are; a fixed silence of T cuts off
every turn with a pause of T inside, and ends the others T after their last sound. It is given the
same time from decision to audio as the agent needed, and is never late in noticing.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evaluation.bench.measures import Speech
from voicebot.audio.pcm import Int16, level
from voicebot.conversation.activity import ActivitySettings, SpeechDetector
from voicebot.conversation.events import SpeechStarted
from voicebot.engines.base import VoiceActivity
from voicebot.telephony.base import LINE_RATE

SILENCES: Final = tuple(round(0.05 * step, 2) for step in range(2, 41))
"""Seconds that are tried."""
_AROUND: Final = 0.4
"""Seconds around a turn in which voice activity belongs to it."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses inside a turn, in seconds, and how long after its audible end (or before it, when
    negative) voice activity ends."""

    inside: tuple[float, ...]
    lag: float


@dataclass(frozen=True, slots=True)
class Point:
    """What a silence of `silence` seconds would give: the rate of cut turns, the median response
    of the others in seconds."""

    silence: float
    cut_off: float
    median: float


def stretches(pcm: Int16, activity: VoiceActivity) -> list[tuple[float, float]]:
    """Where voice activity hears speech in 8 kHz audio: (start, end) in seconds."""
    window = activity.window
    seconds = window / LINE_RATE
    detector = SpeechDetector(ActivitySettings(pause=seconds))
    found: list[tuple[float, float]] = []
    started: float | None = None
    for number in range(len(pcm) // window):
        samples = pcm[number * window : (number + 1) * window]
        start = number * seconds
        event = detector.feed(activity.probability(samples), start, seconds, level=level(samples))
        if isinstance(event, SpeechStarted):
            started = event.at
        elif event is not None and started is not None:
            found.append((started, event.at))
            started = None
    return found


def pauses_of(speech: Speech, heard: Sequence[tuple[float, float]]) -> Pauses | None:
    """The pauses of one turn; None where voice activity heard nothing of it."""
    own = [
        (start, end)
        for start, end in heard
        if start < speech.end + _AROUND and end > speech.start - _AROUND
    ]
    if not own:
        return None
    inside = [after[0] - before[1] for before, after in itertools.pairwise(own)]
    return Pauses(tuple(inside), own[-1][1] - speech.end)


def curve(turns: Sequence[Pauses], after_decision: float) -> list[Point]:
    """What each fixed silence gives; `after_decision` seconds pass from decision to audio."""
    points = []
    for silence in SILENCES:
        kept = [turn for turn in turns if not any(p >= silence for p in turn.inside)]
        if not kept:
            continue
        responses = [turn.lag + silence + after_decision for turn in kept]
        cut = 1 - len(kept) / len(turns)
        points.append(Point(silence, cut, float(np.median(responses))))
    return points


def rival(points: Sequence[Point], cut_off: float) -> Point | None:
    """The fastest fixed silence that cuts off no more than `cut_off`."""
    good = [point for point in points if point.cut_off <= cut_off + 1e-9]
    return min(good, key=lambda point: point.median) if good else None
