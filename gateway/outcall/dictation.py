"""An answer that is being spoken: from the tone to the pound key, or to silence. Pure."""

from __future__ import annotations

from gateway.outcall.commands import Command, StartRecording, StopRecording
from gateway.outcall.terms import Manners
from voicebot.conversation.commands import CancelTimer, SetTimer
from voicebot.conversation.events import Event, SpeechPaused, SpeechStarted

LONGEST = "answer"
"""The timer that ends an endless answer."""
SILENCE = "silence"
"""The timer that ends an answer which is over, or never began."""


class Dictation:
    """Follows one answer to `item`. Times in seconds since the call began."""

    def __init__(self, item: str, manners: Manners) -> None:
        self._item = item
        self._manners = manners
        self._spoken = 0.0  # seconds of speech
        self._speaking_since: float | None = None
        self._last_sound = 0.0

    def begin(self, now: float) -> list[Command]:
        """The tone has sounded."""
        self._last_sound = now
        return [
            StartRecording(self._item, now),
            SetTimer(LONGEST, now + self._manners.longest),
            SetTimer(SILENCE, now + self._manners.begin),
        ]

    def heard(self, event: Event) -> list[Command]:
        """Somebody speaks, or falls silent."""
        if isinstance(event, SpeechStarted):
            self._speaking_since = event.at
            return [CancelTimer(SILENCE)]
        if isinstance(event, SpeechPaused) and self._speaking_since is not None:
            self._spoken += event.at - self._speaking_since
            self._speaking_since, self._last_sound = None, event.at
            return [SetTimer(SILENCE, event.at + self._manners.pause)]
        return []

    def end(self, now: float, *, keep: bool) -> tuple[bool, list[Command]]:
        """It is over: was there an answer in it, to be kept?"""
        if self._speaking_since is not None:
            self._spoken += now - self._speaking_since
            self._last_sound = now
        kept = keep and self._spoken >= self._manners.shortest
        stop = StopRecording(self._item, self._last_sound, kept)
        return kept, [CancelTimer(LONGEST), CancelTimer(SILENCE), stop]
