"""A stage on which things go wrong, and on which every step is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from tests.conversation.account import every_step_is_accounted_for
from tests.conversation.stage import Stage
from voicebot.conversation import commands as do
from voicebot.conversation.events import (
    Event,
    ExpertJoined,
    Party,
    RecognitionFailed,
    SpeechPaused,
    SpeechStarted,
)
from voicebot.conversation.states import Phase


@dataclass
class Hardship(Stage):
    """Marks get lost, recognition is late, fails, or never answers; experts come and go.

    `lost` are numbers of pieces whose marks never come back, `recognition` the seconds it takes, in
    turn, None for no answer; `fails` are numbers of attempts that fail.
    """

    lost: frozenset[int] = frozenset()
    recognition: tuple[float | None, ...] = (0.3,)
    fails: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        super().__post_init__()
        self._attempts = self._said = 0

    def feed(self, event: Event) -> None:
        if self._can_happen(event):
            super().feed(event)
            every_step_is_accounted_for(self)

    def _can_happen(self, event: Event) -> bool:
        """Experts join who were called, and are heard while they are there."""
        phase = self.machine.phase
        if isinstance(event, SpeechStarted | SpeechPaused) and event.party is Party.EXPERT:
            return phase is Phase.WITH_EXPERT
        return phase is Phase.TRANSFERRING or not isinstance(event, ExpertJoined)

    def _recognized(self, command: do.Transcribe) -> Event | None:
        number, self._attempts = self._attempts, self._attempts + 1
        seconds = self.recognition[number % len(self.recognition)]
        if seconds is None:
            return None
        self.recognition_seconds = seconds
        if number in self.fails:
            return RecognitionFailed(command.attempt, "no worker")
        return super()._recognized(command)

    def _play(self, piece: str, text: str, length: float, since: float) -> None:
        super()._play(piece, text, length, since)
        if self._said in self.lost and self.marks:
            self._playing[piece].pop()
        self._said += 1
