"""A recorded call conducted again in virtual time, with another policy. Pure.

The machine of the call gets what the journal remembers (`memory`), when it would have come: what
the caller did moves with the answer that it was a reaction to, what recognition, the dialogue and
the voice answered comes as long after the command as it came in the call. What the machine does to
the outside is compared, act by act, with what it did then. The first act that differs ends it: what
the caller would have done from there on nobody knows.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from evaluation.whatif.memory import Answer, Happening, Heard, Memory, started_at
from voicebot.conversation import commands as do
from voicebot.conversation.call import CallMachine
from voicebot.conversation.commands import Command
from voicebot.conversation.events import (
    Event,
    Party,
    RecognitionFailed,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
    Transcript,
    TurnHint,
)
from voicebot.conversation.journal import Journal, Step
from voicebot.conversation.masking import MASK, mask
from voicebot.conversation.policy import Policy

_SAME_START: Final = 0.05
"""Seconds by which the beginning of an utterance may be off and be the same one."""
_PATIENCE: Final = 30.0
"""Seconds after the last thing known that an act may still come; a call's deadline is no news."""

ActKind = Literal["ask", "tell", "say", "clear", "ring", "fax", "callback", "hang up"]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the machine did to the outside at `at`: asked the dialogue (`what`: the words
    or the event), said something, fell silent, rang a seat, hung up.

    Of words: when the caller fell silent before them (`paused`), on the clock of the same course.
    """

    at: float
    kind: ActKind
    what: str = ""
    paused: float | None = None


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a course leaves that of the journal: what was done then, and what would be done now.

    `unheard`: speech would have been cut at other places than then, so that nobody knows what
    recognition would have made of it.
    """

    at: float
    then: Act | None
    now: Act | None
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """What became of a call: acts up to where it leaves the journal's, if it does."""

    acts: tuple[Act, ...]
    divergence: Divergence | None


def acts_of(steps: Sequence[Step]) -> tuple[Act, ...]:
    """What was done to the outside, in order."""
    return tuple(act for step in steps for act in _acts(step.now, step.commands))


def conducted(journal: Journal, policy: Policy) -> Course:
    """The call of the journal under `policy`."""
    return _Conductor(journal, policy).run()


class _Conductor:
    def __init__(self, journal: Journal, policy: Policy) -> None:
        self._memory = Memory(journal)
        self._then = acts_of(journal.steps)
        self._machine = CallMachine(policy)
        self._lead_in = policy.lead_in
        self._last = journal.steps[-1].now if journal.steps else 0.0
        self._now = 0.0
        self._acts: list[Act] = []
        self._moved = [0.0]  # by how much what follows ask n comes later; 0: before any
        self._pauses: dict[tuple[Party, float], tuple[float, float]] = {}  # then, and moved by
        self._order = itertools.count()
        self._agenda: list[tuple[float, int, Event]] = []
        self._timers: dict[str, int] = {}
        self._attempts: dict[int, list[int]] = {}  # answers that are due, by attempt
        self._cancelled: set[int] = set()
        self._divergence: Divergence | None = None

    def run(self) -> Course:
        """Until the course is over, or another one."""
        waiting = list(self._memory.happenings)
        while self._divergence is None and len(self._acts) < len(self._then):
            happening = waiting[0] if waiting else None
            at = self._due(happening)
            if self._agenda and (at is None or self._agenda[0][0] < at):
                if self._agenda[0][0] > self._last + max(self._moved[-1], 0.0) + _PATIENCE:
                    break
                event = self._from_agenda()
                if event is None:
                    continue
            elif happening is not None and at is not None:
                waiting.pop(0)
                self._now = max(self._now, at)
                event = self._as_of_now(happening)
            else:
                break
            self._feed(event)
        if self._divergence is None and len(self._acts) < len(self._then):
            self._diverge(self._then[len(self._acts)], None)
        return Course(tuple(self._acts), self._divergence)

    # ── what comes next ───────────────────────────────────────────────────────────────────────

    def _due(self, happening: Happening | None) -> float | None:
        """When it comes; None where it hangs on an answer that has not been given yet."""
        if happening is None or happening.after >= len(self._moved):
            return None
        return max(happening.at + self._moved[happening.after], self._now)

    def _from_agenda(self) -> Event | None:
        at, number, event = heapq.heappop(self._agenda)
        if number in self._cancelled:
            return None
        if isinstance(event, TimerFired):
            if self._timers.get(event.name) != number:
                return None
            del self._timers[event.name]
        self._now = max(self._now, at)
        return event

    def _as_of_now(self, happening: Happening) -> Event:
        event, moved = happening.event, self._moved[happening.after]
        if isinstance(event, SpeechStarted | SpeechPaused):
            at = event.at + moved
            if isinstance(event, SpeechPaused):
                self._pauses[event.party, at] = event.at, moved
            return replace(event, at=at)
        return event

    def _plan(self, at: float, event: Event) -> int:
        number = next(self._order)
        heapq.heappush(self._agenda, (at, number, event))
        return number

    # ── the shell ─────────────────────────────────────────────────────────────────────────────

    def _feed(self, event: Event) -> None:
        commands = self._machine.handle(event, self._now)
        for act in _acts(self._now, commands):
            if self._divergence is None:
                self._compare(act)
        for command in commands:
            if self._divergence is None:
                self._carry_out(command)

    def _compare(self, act: Act) -> None:
        number = len(self._acts)
        then = self._then[number] if number < len(self._then) else None
        if then is None or not same(then, act):
            self._diverge(then, act)
            return
        self._acts.append(act)
        if act.kind in ("ask", "tell"):
            self._moved.append(act.at - then.at)

    def _diverge(self, then: Act | None, now: Act | None, *, unheard: bool = False) -> None:
        self._divergence = Divergence(self._now, then, now, unheard)

    def _carry_out(self, command: Command) -> None:
        match command:
            case do.SetTimer(name, at):
                self._timers[name] = self._plan(max(at, self._now), TimerFired(name))
            case do.CancelTimer(name):
                self._timers.pop(name, None)
            case do.Transcribe(partial=False):
                self._hear(command)
            case do.CancelTranscribe(attempt):
                self._cancelled.update(self._attempts.pop(attempt, ()))
            case do.AskDialogue(turn) | do.TellDialogue(turn):
                self._answer(self._memory.reply(turn))
            case do.Say(piece):
                for answer in self._memory.piece(piece):
                    self._answer(answer)

    def _answer(self, answer: Answer | None) -> None:
        if answer is not None:
            self._plan(self._now + answer[0], answer[1])

    def _hear(self, command: do.Transcribe) -> None:
        """Recognition and the turn predictor say what they said of the same speech."""
        found = self._remembered(command)
        if found is None and command.party is not Party.CALLER:
            return  # what an expert says is written down, and changes nothing
        if found is None:
            at = len(self._acts)
            self._diverge(self._then[at] if at < len(self._then) else None, None, unheard=True)
            return
        for answer in (found.transcript, found.hint):
            if answer is not None:
                event = _of_attempt(answer[1], command.attempt)
                number = self._plan(self._now + answer[0], event)
                self._attempts.setdefault(command.attempt, []).append(number)

    def _remembered(self, command: do.Transcribe) -> Heard | None:
        then, moved = self._pauses.get((command.party, command.until), (command.until, 0.0))
        began = started_at(command, self._lead_in)
        started = began - moved if began else 0.0
        heard = self._memory.heard(command.party, then)
        return next((one for one in heard if abs(one.started - started) < _SAME_START), None)


def same(then: Act, now: Act) -> bool:
    """Do both do the same to the outside? What the journal masked is compared masked."""
    if then.kind != now.kind:
        return False
    if MASK in then.what:
        return mask(then.what) == mask(now.what)
    return then.what == now.what


def _of_attempt(event: Event, attempt: int) -> Event:
    if isinstance(event, Transcript | TurnHint | RecognitionFailed):
        return replace(event, attempt=attempt)
    return event


def _acts(at: float, commands: Sequence[Command]) -> Iterator[Act]:
    paused: float | None = None
    for command in commands:
        if isinstance(command, do.RecordTurn) and command.party is Party.CALLER:
            paused = command.times.get("paused")
        elif isinstance(command, do.AskDialogue):
            yield Act(at, "ask", command.text, paused)
        elif type(command) in _OUTWARD:
            kind, what = _OUTWARD[type(command)]
            yield Act(at, kind, what(command))


def _event_told(command: do.TellDialogue) -> str:
    keys = str(command.payload.get("digits", "")) if command.name == "dtmf" else ""
    return f"{command.name} {keys}".strip()


_OUTWARD: Final[Mapping[type[Command], tuple[ActKind, Callable[[Any], str]]]] = {
    do.TellDialogue: ("tell", _event_told),
    do.Say: ("say", lambda command: str(command.text)),
    do.ClearAudio: ("clear", lambda _: ""),
    do.RingSeat: ("ring", lambda command: str(command.reason)),
    do.ReceiveFax: ("fax", lambda _: ""),
    do.StoreCallback: ("callback", lambda command: str(command.number)),
    do.HangUp: ("hang up", lambda command: str(command.reason)),
}
