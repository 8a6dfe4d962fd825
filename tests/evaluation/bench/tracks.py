"""Two-channel calls with known answers: tones of the bot, hissing speech of the caller."""

from __future__ import annotations

import numpy as np

from evaluation.bench.calls import Arrival, CallLog, Cleared, MarkSent, Said
from evaluation.bench.clips import Clip, clip_of
from evaluation.bench.trace import CallTrace, Entry, Line
from voicebot.audio.pcm import Int16
from voicebot.caller.wire import FRAME, FRAME_SECONDS

RATE = 8000
WALL = 1_000_000.0


def tone(seconds: float, hertz: float = 400.0, amplitude: float = 8000.0) -> Int16:
    at = np.arange(round(seconds * RATE)) / RATE
    return np.rint(amplitude * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def silence(seconds: float) -> Int16:
    return np.zeros(round(seconds * RATE), np.int16)


def spoken(*stretches: tuple[float, float], total: float, id: str = "clip") -> Clip:  # noqa: A002
    """A recording that is audible in `stretches` (start, end) of its `total` seconds."""
    pcm = np.random.default_rng(1).integers(-8, 9, round(total * RATE)).astype(np.int16)
    for start, end in stretches:
        first, last = round(start * RATE), round(end * RATE)
        pcm[first:last] += tone(end - start, 300.0)
    clip = clip_of(id, "made", None, pcm)
    assert clip is not None
    return clip


def placed(total: float, sounds: list[tuple[float, Int16]]) -> Int16:
    track = silence(total)
    for at, sound in sounds:
        first = round(at * RATE)
        track[first : first + len(sound)] += sound[: len(track) - first]
    return track


def call_log(
    *,
    total: float,
    said: list[tuple[float, Clip]],
    bot: list[tuple[float, float]],
    clears: tuple[Cleared, ...] = (),
    arrivals: tuple[Arrival, ...] = (),
    marks: tuple[MarkSent, ...] = (),
) -> CallLog:
    """A call of `total` seconds: clips that begin at given times, the bot's tones (start, end)."""
    performed = []
    for at, clip in said:
        start = round(at / FRAME_SECONDS)
        performed.append(Said(clip, start, start + len(clip.frames)))
    track = placed(total, [(start, tone(end - start)) for start, end in bot])
    outgoing = [int(np.count_nonzero(track[n : n + FRAME])) for n in range(0, len(track), FRAME)]
    return CallLog(
        number="+15550001",
        began=WALL,
        caller=silence(total),
        bot=track,
        outgoing=tuple(FRAME if samples else 0 for samples in outgoing),
        arrivals=arrivals,
        marks=marks,
        clears=clears,
        said=tuple(performed),
        ended="caller",
        late=0.0,
    )


def trace(lines: list[Line], journal: list[Entry] | None = None, shift: float = 0.0) -> CallTrace:
    """The agent's record, its clock `shift` seconds behind the caller's."""
    return CallTrace(WALL + shift, tuple(lines), tuple(journal or []), {})
