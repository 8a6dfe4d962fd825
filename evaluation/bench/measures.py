"""What a recorded call says about the agent: onsets, ends, gaps, stops. Pure functions.

Times are seconds since the call's first sample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evaluation.audible import FRAME as LEVEL_SECONDS
from evaluation.bench.calls import Arrival, Cleared, MarkSent, Said
from voicebot.audio.pcm import Int16, levels
from voicebot.caller.wire import FRAME_SECONDS
from voicebot.telephony.base import LINE_RATE

BOT_AUDIBLE: Final = -50.0
"""dBFS from which on 10 ms of the bot's channel count as audible; its line has no noise."""
_ROW: Final = 2
"""Windows of 10 ms in a row that make a sound; one alone is a click."""
STOPPED: Final = 0.1
"""Seconds without any outgoing audio that make the bot stopped."""
LATE_AUDIO: Final = 0.1
"""Seconds after a clear within which audio is a leftover, unless the agent began a new answer."""
CLOCKS: Final = 0.03
"""Seconds by which the agent's clock and the caller's may differ."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A stretch of the caller's channel in which speech can be heard."""

    start: float
    end: float


def speech_of(said: Said) -> Speech | None:
    """Where the clip's speech is in the caller's channel; None where it was cut short.

    The channel holds the clip's frames unchanged, so that its speech lies where it lies in the
    clip, where it was found by loudness.
    """
    if said.end - said.start < len(said.clip.frames):
        return None
    begin = said.start * FRAME_SECONDS
    return Speech(begin + said.clip.start, begin + said.clip.end)


def bot_sounds(bot: Int16) -> list[tuple[float, float]]:
    """When the bot is audible: stretches of (start, end)."""
    window = round(LINE_RATE * LEVEL_SECONDS)
    loud = levels(bot, window) >= BOT_AUDIBLE
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loud.astype(np.int8), [0]))))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [
        (float(first) * LEVEL_SECONDS, float(last) * LEVEL_SECONDS)
        for first, last in pairs
        if last - first >= _ROW
    ]


def onset_after(sounds: Sequence[tuple[float, float]], at: float, quiet: float) -> float | None:
    """When the bot first becomes audible at or after `at`.

    What sounds at `at` already is no onset, nor is what follows it within `quiet` seconds.
    """
    last = 0.0
    for start, end in sounds:
        if start >= at and (start - last >= quiet or last < at):
            return start
        last = end
    return None


def sounding_at(sounds: Sequence[tuple[float, float]], at: float, bridged: float) -> bool:
    """Is the bot speaking at `at`? Pauses up to `bridged` seconds belong to speaking."""
    return any(start - bridged <= at < end + bridged for start, end in sounds)


def outgoing_until(outgoing: Sequence[int], since: float) -> float | None:
    """When the audio that is going out at `since` ends for `STOPPED` or longer.

    `outgoing` holds the bot's samples in each frame of 20 ms. None where nothing is going out at
    `since`, or where it goes on to the end of the call.
    """
    rest = round(STOPPED / FRAME_SECONDS)
    first = int(since / FRAME_SECONDS)
    if not any(outgoing[first : first + rest]):
        return None
    last = first
    for frame in range(first, len(outgoing)):
        if outgoing[frame]:
            last = frame
        elif frame - last >= rest:
            return last * FRAME_SECONDS + outgoing[last] / LINE_RATE
    return None


def gaps(
    arrivals: Sequence[Arrival],
    clears: Sequence[Cleared],
    marks: Sequence[MarkSent],
    line_of: Callable[[str], object] = lambda name: name,
) -> list[float]:
    """How long a listener hears nothing within a line of the bot because audio came too late.

    Played as it arrives, without a buffer of the network's own: the hardest listener. Pieces end
    with their mark; pieces belong together when `line_of` their marks is the same, and what no mark
    closes (it was cut) is a piece of its own.
    """
    found: list[float] = []
    ends = 0.0  # when everything that has arrived will have been played
    total, former = 0, None
    open_marks, open_clears = list(marks), list(clears)
    for arrival in arrivals:
        while open_clears and open_clears[0].at <= arrival.at:
            ends, former = min(ends, open_clears.pop(0).at), None
        while open_marks and open_marks[0].before <= total:
            open_marks.pop(0)
        line = line_of(open_marks[0].name) if open_marks else ""
        if line == former and arrival.at > ends:
            found.append(arrival.at - ends)
        ends = max(ends, arrival.at) + arrival.size / LINE_RATE
        total += arrival.size
        former = line
    return found


def audio_after_clear(
    arrivals: Sequence[Arrival], clears: Sequence[Cleared], begun: Sequence[float] = ()
) -> int:
    """Samples that came right after a clear: leftovers of what was to be silent.

    `begun` are the moments at which the agent began to say something new: what follows one of them
    is no leftover.
    """
    return sum(
        arrival.size
        for arrival in arrivals
        if any(
            clear.at <= arrival.at < clear.at + LATE_AUDIO
            and not any(clear.at - CLOCKS <= at <= arrival.at + CLOCKS for at in begun)
            for clear in clears
        )
    )
