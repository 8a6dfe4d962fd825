"""A stage on which things go wrong, and on which every step is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from tests.conversation.account import every_step_is_accounted_for
from tests.conversation.stage import Stage
from voicebot.conversation import commands as do
from voicebot.conversation.events import (
    Event,
    Expectation,
    ExpertJoined,
    Handoff,
    Party,
    RecognitionFailed,
    Reply,
    SpeechPaused,
    SpeechStarted,
)
from voicebot.conversation.states import Phase


def dialogue(turn: int, said: str) -> Reply | None:
    """Answers by what was said: one of `SAID`."""
    match said:
        case "pin":
            return Reply(turn, ("Your PIN?",), expects=Expectation("digits", 4, sensitive=True))
        case "person":
            return Reply(turn, (), handoff=Handoff("asked"))
        case "bye":
            return Reply(turn, ("Goodbye then.",), end=True)
        case "nothing":
            return Reply(turn, ())
        case "dead":
            return None
    return Reply(turn, ("You said it. This is a longer answer, with a second half.",))


SAID = ["balance", "pin", "pin", "person", "bye", "nothing", "dead", "", "4821", "mm-hmm", "stop"]
"""What callers say; the dialogue knows a few words."""


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
