"""A telephone and its listener in virtual time, for the read-out."""

from __future__ import annotations

from typing import Any

from gateway.outcall.commands import Command, Finish, PlayTone, StartRecording, StopRecording
from gateway.outcall.readout import ReadOut
from gateway.outcall.terms import Item, Manners
from voicebot.conversation import commands as do
from voicebot.conversation.events import (
    CallStarted,
    Digit,
    Event,
    MarkEchoed,
    PieceRendered,
    PieceSent,
    PieceStarted,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
    Transcript,
)
from voicebot.conversation.policy import Policy
from voicebot.conversation.turns import Patience

PER_CHARACTER = 0.05  # seconds
RECOGNITION = 0.1  # seconds

ITEMS = (Item("a", "From Anna.", "Lunch at noon?"), Item("b", "From Ben.", "The report is late."))


class Listener:
    """Plays what is said, character by character, and keeps time. `heard` is what sounded."""

    def __init__(
        self,
        items: tuple[Item, ...] = ITEMS,
        *,
        marks: bool = True,
        ask_first: bool = True,
        manners: Manners | None = None,
    ) -> None:
        policy = Policy(patience=Patience(semantic=False))
        self.read_out = ReadOut(items, policy, manners or Manners(), ask_first=ask_first)
        self.now = 0.0
        self.heard: list[str] = []
        self.done: list[Command] = []
        self.recordings: list[tuple[str, float, float | None, bool]] = []
        self.finished = ""
        self.words = ""  # what is being said: the answer of the next recognition
        self._marks = marks
        self._due: list[tuple[float, int, Event]] = []
        self._timers: dict[str, float] = {}
        self._pieces: dict[str, str] = {}
        self._free = 0.0
        self._count = 0
        self.feed(CallStarted("c", marks=marks))

    # ── what the listener does ────────────────────────────────────────────────────────────────

    def press(self, key: str) -> None:
        self.feed(Digit(key))

    def say(self, words: str, seconds: float = 0.5) -> None:
        """Speak now; comes back when what follows from it has been done."""
        self.words = words
        self.feed(SpeechStarted(self.now))
        self.wait(seconds)
        self.feed(SpeechPaused(self.now))
        self.wait(2.0)

    def listen(self, seconds: float = 60.0) -> str:
        """Wait until everything has been said (or the time is up); what sounded meanwhile."""
        before = len(self.heard)
        until = self.now + seconds
        while self._playing() and self.now < until:
            self.wait(0.05)
        return " ".join(self.heard[before:])

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while (event := self._next(until)) is not None:
            self.feed(event)
        self.now = until

    # ── the telephone ─────────────────────────────────────────────────────────────────────────

    def _playing(self) -> bool:
        return bool(self._pieces)

    def _next(self, until: float) -> Event | None:
        events: list[tuple[float, int, Event]] = [
            *self._due,
            *((at, 0, TimerFired(name)) for name, at in self._timers.items()),
        ]
        events = [found for found in events if found[0] <= until]
        if not events:
            return None
        found = min(events, key=lambda e: (e[0], e[1]))
        self.now = max(self.now, found[0])
        if isinstance(found[2], TimerFired):
            del self._timers[found[2].name]
        else:
            self._due.remove(found)
        return found[2]

    def _later(self, at: float, event: Event) -> None:
        self._count += 1
        self._due.append((at, self._count, event))

    def feed(self, event: Event) -> None:
        if isinstance(event, PieceSent):
            self.heard.append(self._pieces.pop(event.piece, ""))
        for command in self.read_out.handle(event, self.now):
            self.done.append(command)
            self._carry_out(command)

    def _carry_out(self, command: Any) -> None:
        match command:
            case do.Say(piece, text, _, since):
                self._sound(piece, text, since)
            case PlayTone(piece):
                self._sound(piece, "(tone)", 0.0)
            case do.ClearAudio():
                self._pieces.clear()
                self._free = self.now
                sounding = (PieceStarted, PieceRendered, PieceSent, MarkEchoed)
                self._due = [d for d in self._due if not isinstance(d[2], sounding)]
            case do.SetTimer(name, at):
                self._timers[name] = at
            case do.CancelTimer(name):
                self._timers.pop(name, None)
            case do.Transcribe(attempt):
                self._later(self.now + RECOGNITION, Transcript(attempt, self.words, 0.9))
            case StartRecording(item, since):
                self.recordings.append((item, since, None, False))
            case StopRecording(item, until, keep):
                self.recordings[-1] = (item, self.recordings[-1][1], until, keep)
            case Finish(reason):
                self.finished = reason

    def _sound(self, piece: str, text: str, since: float) -> None:
        begins = max(self.now, self._free)
        total = len(text) * PER_CHARACTER
        self._free = begins + total - since
        self._pieces[piece] = text
        self._later(begins, PieceStarted(piece, since))
        self._later(begins, PieceRendered(piece, total))
        self._later(self._free, PieceSent(piece, total - since))
        if self._marks:
            self._later(self._free, MarkEchoed(piece))
