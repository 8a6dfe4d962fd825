"""Reading out messages to somebody on the telephone: events in, commands out. Pure.

    ASKING -> READING -> CHOOSING -> ... next item ... -> CLOSING -> ENDED
                 ^          |
                 |          +-> CONFIRMING   a spoken "delete" is asked back, a key is not
                 |          +-> INVITING -> TONE -> RECORDING -> CHOOSING

A key or a word interrupts at any time. When somebody speaks, reading pauses, and goes on a little
before that place if it was no wish. Nothing is read before somebody has asked for it, since it may
be an answering machine that has taken the call; nobody's silence is taken for a wish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gateway.outcall import dictation, prompts
from gateway.outcall.commands import Command, Finish, PlayTone
from gateway.outcall.dictation import Dictation
from gateway.outcall.spoken import HINTS, KEYS, Wish, wish_in
from gateway.outcall.terms import Item, Manners, Outcome, State
from voicebot.conversation import commands as do
from voicebot.conversation.ear import Ear, Utterance
from voicebot.conversation.events import (
    CallerHungUp,
    CallStarted,
    Digit,
    Event,
    Expectation,
    MarkEchoed,
    Party,
    PieceFailed,
    PieceRendered,
    PieceSent,
    PieceStarted,
    RecognitionFailed,
    Shutdown,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
    Transcript,
    TurnHint,
)
from voicebot.conversation.mouth import Mouth
from voicebot.conversation.policy import Policy

TONE: Final = "tone"
EXPECTS: Final = Expectation("choice", hints=HINTS)
_QUESTIONS: Final = frozenset({State.ASKING, State.CHOOSING, State.CONFIRMING})
_DEAF: Final = frozenset({State.NEW, State.TONE, State.CLOSING})
"""States in which nothing that is said matters."""


class ReadOut:
    """Reads `items` to whoever takes the call. Feed it events; carry out what it returns."""

    def __init__(
        self, items: Sequence[Item], policy: Policy, manners: Manners, *, ask_first: bool = True
    ) -> None:
        """Raises ValueError without items."""
        if not items:
            raise ValueError("there is nothing to read out")
        self._items = items
        self._policy = replace(policy, partial_every=0.0, foresight=False)
        self._manners = manners
        self._ask_first = ask_first
        self._at = 0
        self._asked = 0
        self._lines = 0
        self._attempts = 0
        self._now = 0.0
        self._commands: list[Command] = []
        self._mouth = Mouth(self._policy, self._next_line, marks=True)
        self._ear = Ear(Party.CALLER, self._policy, self._next_attempt)
        self._talking = False  # something was said whose end has not been noticed
        self._broken = False  # a piece of this item could not be said
        self._dictation: Dictation | None = None
        self.state = State.NEW
        self.outcome = Outcome()

    def handle(self, event: Event, now: float) -> list[Command]:
        """What follows from `event` at `now` (s since the call began; never goes back)."""
        self._now = now
        self._commands = []
        if self.state is not State.ENDED:
            self._take(event)
            self._notice_silence()
        return self._commands

    def _take(self, event: Event) -> None:
        match event:
            case CallStarted():
                self._begin(event)
            case Digit():
                self._key(event.digit)
            case SpeechStarted() | SpeechPaused() | Transcript() | RecognitionFailed() | TurnHint():
                self._heard(event)
            case MarkEchoed(name) if name == TONE:
                self._tone_sounded()
            case PieceStarted() | PieceRendered() | PieceSent() | PieceFailed() | MarkEchoed():
                self._played(event)
            case TimerFired(name):
                self._timer(name)
            case CallerHungUp(reason):
                self._end(reason or "the listener hung up")
            case Shutdown(reason):
                self._end(reason)
            case _:
                return  # what other conversations are about

    # ── the course of the call ────────────────────────────────────────────────────────────────

    def _begin(self, event: CallStarted) -> None:
        if self.state is not State.NEW:
            return
        self._mouth = Mouth(self._policy, self._next_line, marks=event.marks, clears=event.clears)
        self._set("call", self._now + self._manners.call)
        greeting = prompts.greeting(len(self._items), ask=self._ask_first)
        if self._ask_first:
            self._ask(State.ASKING, greeting)
        else:
            self._read(greeting)

    def _read(self, *before: str) -> None:
        item = self._item
        self.state, self._broken = State.READING, False
        self._say(*before, item.heading, item.text)

    def _ask(self, state: State, *texts: str) -> None:
        """A question, which may have been asked before."""
        if state is not self.state:
            self._asked = 0
        self.state = state
        self._asked += 1
        self._say(*texts)

    def _question(self) -> str:
        if self.state is State.ASKING:
            return prompts.greeting(len(self._items), ask=True)
        return prompts.CONFIRM if self.state is State.CONFIRMING else self._menu

    def _said(self) -> None:
        """Everything that was to be said has been heard."""
        match self.state:
            case State.READING:
                if not self._broken:
                    self.outcome.heard.add(self._item.id)
                    self._ask(State.CHOOSING, self._menu)
                else:
                    self._ask(State.CHOOSING, prompts.TROUBLE, self._menu)
            case State.INVITING:
                self.state = State.TONE
                self._commands.append(PlayTone(TONE))
                self._set("tone", self._now + self._manners.tone)
            case State.CLOSING:
                self._finish()
            case state if state in _QUESTIONS:
                self._set("no_input", self._now + self._manners.no_input)

    def _next(self, *before: str) -> None:
        if self._at + 1 < len(self._items):
            self._at += 1
            self._read(*before)
        else:
            self._close("to the end", *before, prompts.LAST)

    def _close(self, reason: str, *texts: str) -> None:
        self.outcome.reason = reason
        self.state = State.CLOSING
        self._set("closing", self._now + self._manners.closing)
        self._say(*texts, prompts.GOODBYE)

    def _end(self, reason: str) -> None:
        """The line is gone: an answer that was begun is kept."""
        self._stop_recording(keep=True)
        self.outcome.reason = self.outcome.reason or reason
        self._finish()

    def _finish(self) -> None:
        self.state = State.ENDED
        self._commands += [do.HangUp(self.outcome.reason), Finish(self.outcome.reason)]

    # ── wishes ────────────────────────────────────────────────────────────────────────────────

    def _key(self, key: str) -> None:
        if self.state is State.RECORDING:
            self._recorded(keep=key != "*")
        elif self.state not in _DEAF:
            self._do(self._ear.take()[1])
            self._wish(KEYS.get(key), by_key=True)

    def _wish(self, wish: Wish | None, *, by_key: bool) -> None:
        """Somebody wants something, or something that is not known."""
        if wish is None:
            self._not_understood()
            return
        self._asked = 0
        self.outcome.wanted = True
        self._fall_silent()
        if self.state is State.ASKING and wish in (Wish.YES, Wish.REPEAT, Wish.NEXT):
            self._read()
        elif self.state is State.ASKING:
            self._close("not wanted")
        elif self.state is State.CONFIRMING:
            self._confirmed(wish)
        else:
            self._carry_out(wish, by_key=by_key)

    def _carry_out(self, wish: Wish, *, by_key: bool) -> None:
        match wish:
            case Wish.REPEAT:
                self._read()
            case Wish.NEXT:
                self._next()
            case Wish.DELETE if not self._item.kept:
                self._ask(State.CHOOSING, prompts.NOT_KEPT, self._menu)
            case Wish.DELETE if by_key:
                self._delete()
            case Wish.DELETE:
                self._ask(State.CONFIRMING, prompts.CONFIRM)
            case Wish.ANSWER:
                self.state = State.INVITING
                self._say(prompts.SPEAK)
            case Wish.GOODBYE:
                self._close("the listener said goodbye")
            case Wish.YES | Wish.NO:  # to what?
                self._ask(State.CHOOSING, self._menu)

    def _confirmed(self, wish: Wish) -> None:
        if wish in (Wish.YES, Wish.DELETE):
            self._delete()
        elif wish is Wish.NO:
            self._ask(State.CHOOSING, prompts.KEPT, self._menu)
        else:
            self._carry_out(wish, by_key=False)

    def _delete(self) -> None:
        self.outcome.deleted.add(self._item.id)
        self._next(prompts.DELETED)

    def _not_understood(self) -> None:
        if self._mouth.paused:
            self._do(self._mouth.resume())
        elif self.state in _QUESTIONS and not self._mouth.speaking:
            self._ask_again(prompts.NOT_UNDERSTOOD)

    def _ask_again(self, *before: str) -> None:
        if self._asked >= self._manners.asks:
            self._close("the listener went silent" if self.outcome.wanted else "nobody listened")
        else:
            self._ask(self.state, *before, self._question())

    # ── the answer ────────────────────────────────────────────────────────────────────────────

    def _tone_sounded(self) -> None:
        if self.state is not State.TONE:
            return
        self._cancel("tone")
        self._do(self._ear.take()[1])
        self.state = State.RECORDING
        self._dictation = Dictation(self._item.id, self._manners)
        self._commands += self._dictation.begin(self._now)

    def _recorded(self, *, keep: bool) -> None:
        kept = self._stop_recording(keep=keep)
        nothing = prompts.NOTHING_HEARD if keep else prompts.THROWN_AWAY
        self._ask(State.CHOOSING, prompts.SENT if kept else nothing, self._menu)

    def _stop_recording(self, *, keep: bool) -> bool:
        """End the recording; is there an answer that is kept?"""
        if self._dictation is None:
            return False
        kept, commands = self._dictation.end(self._now, keep=keep)
        self._dictation = None
        self._commands += commands
        if kept:
            self.outcome.answered.add(self._item.id)
        return kept

    # ── hearing ───────────────────────────────────────────────────────────────────────────────

    def _heard(
        self,
        event: SpeechStarted | SpeechPaused | Transcript | RecognitionFailed | TurnHint,
    ) -> None:
        if self._dictation is not None:
            self._commands += self._dictation.heard(event)
        if self.state is State.RECORDING or self.state in _DEAF:
            return
        match event:
            case SpeechStarted():
                self._do(self._ear.started(event))
                self._cancel("no_input")
                self._do(self._mouth.pause(self._now))
            case SpeechPaused():
                self._do(self._ear.paused(event, HINTS, EXPECTS))
            case Transcript() if self._ear.transcribed(event, self._now):
                self._do(self._ear.reconsider(self._now))
            case RecognitionFailed() if self._ear.failed(event, self._now):
                self._do(self._ear.reconsider(self._now))
            case TurnHint() if self._ear.hinted(event):
                self._do(self._ear.reconsider(self._now))
        self._turn_may_be_over()

    def _turn_may_be_over(self) -> None:
        utterance = self._ear.utterance
        if utterance is None or not utterance.ready:
            return
        self._do(self._ear.take()[1])
        wish = wish_in(_readings(utterance))
        if wish is None and not utterance.text:  # a noise
            if self._mouth.paused:
                self._do(self._mouth.resume())
            elif not self._mouth.speaking:
                self._said()
            return
        self._wish(wish, by_key=False)

    def _timer(self, name: str) -> None:
        match name:
            case "call":
                self._end("the call took too long")
            case "closing":
                self._end("")
            case "tone":
                self._tone_sounded()
            case dictation.LONGEST | dictation.SILENCE if self.state is State.RECORDING:
                self._recorded(keep=True)
            case "no_input" if self.state in _QUESTIONS and self._ear.utterance is None:
                self._ask_again()
            case "playout":
                self._do(self._mouth.overdue(self._now))
            case _:
                self._ear_timer(name)

    def _ear_timer(self, name: str) -> None:
        if name == self._ear.timer("endpoint"):
            self._do(self._ear.ended(self._now))
        elif name == self._ear.timer("longest"):
            self._do(self._ear.cut(self._now, HINTS))
        elif name == self._ear.timer("recognition"):
            self._ear.give_up(self._now)
        self._turn_may_be_over()

    # ── speaking ──────────────────────────────────────────────────────────────────────────────

    def _say(self, *texts: str) -> None:
        self._fall_silent()
        self._cancel("no_input")
        self._talking = True
        self._do(self._mouth.say([text for text in texts if text]))

    def _fall_silent(self) -> None:
        self._do(self._mouth.stop(self._now)[0])
        self._talking = False

    def _played(
        self, event: PieceStarted | PieceRendered | PieceSent | PieceFailed | MarkEchoed
    ) -> None:
        match event:
            case PieceStarted():
                self._do(self._mouth.started(event, self._now))
            case PieceRendered():
                self._mouth.rendered(event)
            case PieceSent():
                self._do(self._mouth.sent(event, self._now))
            case PieceFailed():
                self._broken = True
                self._do(self._mouth.failed(event, self._now))
            case MarkEchoed():
                self._do(self._mouth.echoed(event, self._now))

    def _notice_silence(self) -> None:
        """Is all said, and nobody speaking?"""
        if self._talking and not self._mouth.speaking and self._ear.utterance is None:
            self._talking = False
            self._said()

    @property
    def _item(self) -> Item:
        return self._items[self._at]

    @property
    def _menu(self) -> str:
        return prompts.MENU if self._item.kept else prompts.MENU_IF_NOT_KEPT

    def _do(self, commands: Sequence[do.Command]) -> None:
        """Commands of ear and mouth, without those for a record and for those who read along."""
        self._commands += [
            command
            for command in commands
            if isinstance(
                command,
                do.Say
                | do.ClearAudio
                | do.SetTimer
                | do.CancelTimer
                | do.Transcribe
                | do.CancelTranscribe
                | do.JudgeTurn,
            )
        ]

    def _set(self, name: str, at: float) -> None:
        self._commands.append(do.SetTimer(name, at))

    def _cancel(self, *names: str) -> None:
        self._commands += [do.CancelTimer(name) for name in names]

    def _next_line(self) -> int:
        self._lines += 1
        return self._lines

    def _next_attempt(self) -> int:
        self._attempts += 1
        return self._attempts


def _readings(utterance: Utterance) -> list[str]:
    heard = utterance.transcript
    return [] if heard is None else [heard.meant, *heard.others]
