"""A stage for call machines: virtual time, a scripted dialogue, and a network that plays audio.

Everything that the shell would do with commands is done here at once and deterministically, so that
a test can say what the caller does when and look at what came of it.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from voicebot.conversation import commands as do
from voicebot.conversation.call import CallMachine
from voicebot.conversation.commands import Command
from voicebot.conversation.events import (
    CallStarted,
    DialoguePrepared,
    Event,
    MarkEchoed,
    PieceRendered,
    PieceSent,
    PieceStarted,
    Reply,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
    Transcript,
    TurnHint,
)
from voicebot.conversation.journal import Step
from voicebot.conversation.policy import Policy
from voicebot.conversation.states import Phase

C = TypeVar("C", bound=Command)

NOTICE = 0.2
"""Seconds of silence after which voice activity reports a pause."""


@dataclass
class Sounding:
    """A piece on the line: from `since` (s into its audio of `length` s) on, between two times."""

    piece: str
    text: str
    since: float
    length: float
    begins: float
    ends: float

    @property
    def reached(self) -> float:
        """How far into its audio it came."""
        return self.since + max(self.ends - self.begins, 0.0)


@dataclass
class Stage:
    """One call in virtual time. `answer` makes the dialogue's reply to (turn, what was said)."""

    answer: Callable[[int, str], Reply | None] = lambda turn, _: Reply(turn, ("All right.",))
    policy: Policy = field(default_factory=Policy)
    marks: bool = True
    clears: bool = True
    recognition_seconds: float = 0.3
    dialogue_seconds: float = 0.05
    hint: float | None = None  # what the turn predictor says, 50 ms after a pause
    now: float = 0.0

    def __post_init__(self) -> None:
        self.machine = CallMachine(self.policy)
        self.steps: list[Step] = []
        self.secret: list[bool] = []  # of each step: may nothing of it be kept?
        self.done: list[tuple[float, Command]] = []
        self.heard: list[str] = []
        self.said: dict[float, str] = {}
        self._order = itertools.count()
        self._agenda: list[tuple[float, int, Event | str]] = []
        self._timers: dict[str, int] = {}
        self._line_free = 0.0
        self._playing: dict[str, list[int]] = {}
        self._returned: set[int] = set()
        self.line: list[Sounding] = []

    # ── what a test says ──────────────────────────────────────────────────────────────────────

    def start(self, caller: str = "+15550100") -> Stage:
        self.feed(CallStarted("call-1", caller, "+15550199", "test", self.marks, self.clears))
        return self

    def speak(self, at: float, seconds: float, text: str) -> None:
        """The caller speaks from `at` on; recognition will hear `text`."""
        self.plan(at + 0.1, SpeechStarted(at))
        self.said[at + seconds] = text
        self.plan(at + seconds + NOTICE, SpeechPaused(at + seconds))

    def plan(self, at: float, event: Event) -> int:
        number = next(self._order)
        heapq.heappush(self._agenda, (at, number, event))
        return number

    def run(self, until: float) -> Stage:
        while self._agenda and self._agenda[0][0] <= until:
            at, number, event = heapq.heappop(self._agenda)
            self.now = max(self.now, at)
            if isinstance(event, TimerFired):
                if self._timers.get(event.name) != number:
                    continue
                del self._timers[event.name]
            if isinstance(event, PieceRendered | PieceStarted | PieceSent | MarkEchoed):
                name = event.name if isinstance(event, MarkEchoed) else event.piece
                if number not in (*self._playing.get(name, ()), *self._returned):
                    continue
                if isinstance(event, MarkEchoed) and number not in self._returned:
                    self.heard.append(name)
            self.feed(event)
        self.now = max(self.now, until)
        return self

    def feed(self, event: Event) -> None:
        self.secret.append(self.machine.sensitive)
        commands = self.machine.handle(event, self.now)
        self.steps.append(Step(self.now, event, tuple(commands)))
        for command in commands:
            self.done.append((self.now, command))
            self._carry_out(command)

    # ── what a test looks at ──────────────────────────────────────────────────────────────────

    def all(self, kind: type[C]) -> list[C]:
        return [command for _, command in self.done if isinstance(command, kind)]

    def spoken(self) -> list[str]:
        return [c.text for _, c in self.done if isinstance(c, do.Say)]

    def when(self, kind: type[Command]) -> list[float]:
        return [at for at, command in self.done if isinstance(command, kind)]

    def lines(self) -> dict[int, do.RecordTurn]:
        return {c.number: c for _, c in self.done if isinstance(c, do.RecordTurn)}

    @property
    def ended(self) -> bool:
        return self.machine.phase is Phase.ENDED

    # ── the shell ─────────────────────────────────────────────────────────────────────────────

    def _carry_out(self, command: Command) -> None:
        match command:
            case do.SetTimer(name, at):
                self._timers[name] = self.plan(max(at, self.now), TimerFired(name))
            case do.CancelTimer(name):
                self._timers.pop(name, None)
            case do.Transcribe():
                self._transcribe(command)
            case do.JudgeTurn(attempt) if self.hint is not None:
                self.plan(self.now + 0.05, TurnHint(attempt, self.hint))
            case do.AskDialogue(turn, text):
                self._reply(turn, text)
            case do.PrepareDialogue(attempt, text):
                self._prepare(attempt, text)
            case do.TellDialogue(turn, name, payload):
                self._reply(turn, f"/{name} {payload.get('digits', '')}".strip())
            case do.Say(piece, text, rate, since):
                self._play(piece, text, len(text) / 15 / rate, since)
            case do.ClearAudio():
                self._clear()
            case _:
                pass

    def _transcribe(self, command: do.Transcribe) -> None:
        heard = self._recognized(command)
        if heard is not None:
            self.plan(self.now + self.recognition_seconds, heard)

    def _recognized(self, command: do.Transcribe) -> Event | None:
        """What comes of a command to transcribe; None is no answer at all."""
        return Transcript(command.attempt, self.said.get(command.until, ""), 0.9)

    def _reply(self, turn: int, said: str) -> None:
        reply = self.answer(turn, said)
        if reply is not None:
            self.plan(self.now + self.dialogue_seconds, reply)

    def _prepare(self, attempt: int, said: str) -> None:
        reply = self.answer(0, said)
        if reply is not None:
            prepared = DialoguePrepared(attempt, reply.texts, reply.rate)
            self.plan(self.now + self.dialogue_seconds, prepared)

    def _clear(self) -> None:
        """The network drops what it has; it returns the marks that it still holds."""
        for sounding in self.line:
            if sounding.piece not in self._playing:
                continue
            if self.marks and sounding.ends - 0.1 <= self.now < sounding.ends:
                self._returned.add(self.plan(self.now + 0.3, MarkEchoed(sounding.piece)))
            kept = 0.0 if self.clears else self.policy.lead
            sounding.ends = min(max(self.now + kept, sounding.begins), sounding.ends)
        self._playing.clear()
        self._line_free = self.now

    def _play(self, piece: str, text: str, length: float, since: float) -> None:
        begins = max(self._line_free, self.now) + 0.02
        seconds = max(length - since, 0.2)
        self._line_free = begins + seconds
        self.line.append(Sounding(piece, text, since, since + seconds, begins, begins + seconds))
        events: list[tuple[float, Event]] = [
            (self.now + 0.01, PieceRendered(piece, since + seconds)),
            (begins, PieceStarted(piece, since)),
            (begins + seconds - 0.1, PieceSent(piece, seconds)),
        ]
        if self.marks:
            events.append((begins + seconds, MarkEchoed(piece)))
        self._playing[piece] = [self.plan(at, event) for at, event in events]
