"""What came of a call: who spoke when, how fast the bot answered, measured from the audio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from voicebot.audio.pcm import from_bytes, levels
from voicebot.caller.behaviour import AUDIBLE, Performed
from voicebot.caller.script import Silence, Wait
from voicebot.caller.wire import FRAME, FRAME_SECONDS

EndedBy = Literal["caller", "bot", "interrupted", "lost"]

RATE = 8000
BRIDGED = 0.7
"""Seconds: a shorter silence within the bot's speech does not cut it in two."""
BELOW_LOUDEST = 30.0
"""dB below the loudest frame where a caller's recording counts as background."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody spoke from `start` to `end` (seconds since the call began).

    `party` is caller or bot; `text` the label of the script's item, or what was recognized of the
    bot; `pcm` the audio, 16-bit at 8 kHz; `response` the seconds from the end of the caller's
    speech to this first answer of the bot, None for all other turns.
    """

    party: Literal["caller", "bot"]
    start: float
    end: float
    text: str
    pcm: bytes = b""
    response: float | None = None


@dataclass(frozen=True, slots=True)
class CallEvent:
    """At `at` seconds, `what` happened; `odd` events are shown in a report."""

    at: float
    what: str
    odd: bool = True


@dataclass(frozen=True, slots=True)
class CallResult:
    """A call as it went; both channels are 16-bit PCM at 8 kHz, equally long and aligned.

    `ended_by` is caller, bot, interrupted (by the user) or lost (the connection broke); `mistakes`
    counts messages of the bot that Twilio would not accept.
    """

    turns: tuple[Turn, ...]
    caller_pcm: bytes
    bot_pcm: bytes
    ended_by: EndedBy
    events: tuple[CallEvent, ...] = ()
    mistakes: int = 0

    @property
    def hung_up_by_bot(self) -> bool:
        """Was it the bot that ended the call?"""
        return self.ended_by == "bot"

    @property
    def seconds(self) -> float:
        """How long the call was."""
        return len(self.bot_pcm) / (2 * RATE)

    @property
    def responses(self) -> tuple[float, ...]:
        """All response times, in order."""
        return tuple(turn.response for turn in self.turns if turn.response is not None)


def turns_of(caller_pcm: bytes, bot_pcm: bytes, performed: Sequence[Performed]) -> tuple[Turn, ...]:
    """The turns of a call in order of their beginning, with response times."""
    spoken = [
        (_said(caller_pcm, done), not isinstance(done.cue.item, Silence))
        for done in performed
        if not isinstance(done.cue.item, Wait)
    ]
    spoken += [
        (Turn("bot", *_seconds(first, last), "", _cut(bot_pcm, first, last)), False)
        for first, last in segments(bot_pcm)
    ]
    return tuple(_with_responses(sorted(spoken, key=lambda pair: pair[0].start)))


def segments(pcm: bytes, threshold: float = AUDIBLE) -> list[tuple[int, int]]:
    """Stretches of sound as (first, behind last) frames of 20 ms; short silences are bridged."""
    bridge = round(BRIDGED / FRAME_SECONDS)
    found: list[tuple[int, int]] = []
    for frame, loudness in enumerate(levels(from_bytes(pcm), FRAME)):
        if loudness < threshold:
            continue
        if found and frame - found[-1][1] < bridge:
            found[-1] = (found[-1][0], frame + 1)
        else:
            found.append((frame, frame + 1))
    return found


def audible_part(pcm: bytes) -> tuple[int, int]:
    """First and behind-last frame of what can be heard in a caller's recording; (0, 0) for none.

    Recordings have a background, so what is 30 dB below the loudest frame does not count.
    """
    loudness = levels(from_bytes(pcm), FRAME)
    if not len(loudness):
        return 0, 0
    threshold = max(AUDIBLE, float(loudness.max()) - BELOW_LOUDEST)
    stretches = segments(pcm, threshold)
    return (stretches[0][0], stretches[-1][1]) if stretches else (0, 0)


def _said(caller_pcm: bytes, done: Performed) -> Turn:
    """The caller's turn, narrowed to what can be heard; a silent item is as long as it took."""
    pcm = _cut(caller_pcm, done.start, done.end)
    first, last = audible_part(pcm)
    if done.cue.keys:
        first, last = 0, max(done.cue.keys) + 1
    elif last == 0:
        last = done.end - done.start
    start, end = done.start + first, done.start + last
    return Turn("caller", *_seconds(start, end), done.cue.item.label, _cut(caller_pcm, start, end))


def _with_responses(spoken: Sequence[tuple[Turn, bool]]) -> list[Turn]:
    """The first bot turn that begins behind a caller's turn which asks gets its response time."""
    timed: list[Turn] = []
    asked: float | None = None
    for turn, asks in spoken:
        if turn.party == "caller":
            asked = turn.end if asks else None
        elif asked is not None and turn.start >= asked:
            timed.append(replace(turn, response=turn.start - asked))
            asked = None
            continue
        timed.append(turn)
    return timed


def _seconds(first: int, last: int) -> tuple[float, float]:
    return first * FRAME_SECONDS, last * FRAME_SECONDS


def _cut(pcm: bytes, first: int, last: int) -> bytes:
    return pcm[first * 2 * FRAME : last * 2 * FRAME]
