"""What the read-out wants done, beyond the commands of every conversation."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.conversation import commands as do


@dataclass(frozen=True, slots=True)
class PlayTone:
    """Let a short tone sound, with the mark `piece` behind it."""

    piece: str


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Keep what the listener says, from `since` (s) on: an answer to `item`."""

    item: str
    since: float


@dataclass(frozen=True, slots=True)
class StopRecording:
    """The answer to `item` ended at `until` (s); throw it away unless `keep`."""

    item: str
    until: float
    keep: bool


@dataclass(frozen=True, slots=True)
class Finish:
    """The read-out is over; `reason` in a few words."""

    reason: str


Command = (
    do.Say
    | do.ClearAudio
    | do.SetTimer
    | do.CancelTimer
    | do.Transcribe
    | do.CancelTranscribe
    | do.JudgeTurn
    | do.HangUp
    | PlayTone
    | StartRecording
    | StopRecording
    | Finish
)
