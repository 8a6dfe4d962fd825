"""What somebody is saying, shown while they speak."""

from __future__ import annotations

import itertools

import pytest

from voicebot.conversation.call import CallMachine
from voicebot.conversation.commands import (
    CancelTimer,
    Command,
    RecordTurn,
    SetTimer,
    ShowPartial,
    Transcribe,
)
from voicebot.conversation.events import (
    CallStarted,
    Event,
    Expectation,
    Party,
    RecognitionFailed,
    Reply,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
    Transcript,
)
from voicebot.conversation.partials import Partials
from voicebot.conversation.policy import Policy

TIMER = "partial:caller"


@pytest.fixture
def partials() -> Partials:
    attempts = itertools.count(7)
    return Partials(Party.CALLER, 0.8, lambda: next(attempts))


def shown(commands: list[Command]) -> list[tuple[str, str]]:
    return [(c.stable, c.tentative) for c in commands if isinstance(c, ShowPartial)]


def test_the_first_comes_after_a_second_and_then_every_so_often(partials: Partials) -> None:
    assert partials.began(3.0) == [SetTimer(TIMER, 4.0)]
    assert partials.ask(2.4, 4.0, ("yes",)) == [
        Transcribe(7, 2.4, 4.0, Party.CALLER, ("yes",), partial=True),
        SetTimer(TIMER, 4.8),
    ]
    assert partials.went_on(6.0) == [SetTimer(TIMER, 6.8)]


def test_words_become_stable(partials: Partials) -> None:
    partials.began(3.0)
    partials.ask(2.4, 4.0, ())
    assert shown(partials.answered(Transcript(7, "I want", 0.9))) == [("", "I want")]
    assert shown(partials.show("I want to pay")) == [("I want", "to pay")]


def test_other_transcripts_are_none_of_its_business(partials: Partials) -> None:
    partials.began(3.0)
    assert partials.answered(Transcript(0, "what", 0.9)) == []
    partials.ask(2.4, 4.0, ())
    assert partials.answered(Transcript(6, "what", 0.9)) == []
    partials.paused()
    assert partials.answered(Transcript(7, "what", 0.9)) == []


def test_the_end_takes_away_what_was_shown(partials: Partials) -> None:
    partials.began(3.0)
    assert partials.ended() == [CancelTimer(TIMER)]
    assert partials.show("") == []
    partials.show("I want")
    assert partials.ended() == [CancelTimer(TIMER), ShowPartial(Party.CALLER)]
    assert partials.ended() == [CancelTimer(TIMER)]


def test_switched_off_there_are_none() -> None:
    partials = Partials(Party.CALLER, 0.0, lambda: 1)
    wanted = [partials.began(1.0), partials.went_on(2.0), partials.paused()]
    wanted += [partials.show("I want"), partials.ended()]
    assert wanted == [[], [], [], [], []]


# ── in a call ─────────────────────────────────────────────────────────────────────────────────


class Talk:
    """A call that has been greeted, and what its machine wants."""

    def __init__(self, expects: Expectation | None = None) -> None:
        self.machine = CallMachine(Policy(partial_every=0.8))
        self.commands: list[Command] = []
        self.then(0.0, CallStarted("c"), Reply(1, ("Hello.",), expects=expects))

    def then(self, now: float, *events: Event) -> list[Command]:
        self.commands = [c for event in events for c in self.machine.handle(event, now)]
        return self.commands

    def attempt(self) -> int:
        return next(c.attempt for c in self.commands if isinstance(c, Transcribe))


def test_a_turn_is_shown_as_it_grows_and_then_written_down() -> None:
    talk = Talk()
    assert SetTimer(TIMER, 6.0) in talk.then(5.1, SpeechStarted(5.0))
    talk.then(6.0, TimerFired(TIMER))
    assert shown(talk.then(6.1, Transcript(talk.attempt(), "I want", 0.8))) == [("", "I want")]
    assert CancelTimer(TIMER) in talk.then(6.7, SpeechPaused(6.5))
    told = talk.then(6.8, Transcript(talk.attempt(), "I want to pay.", 0.9))
    assert shown(told) == [("I want", "to pay.")]
    over = talk.then(7.3, TimerFired("endpoint:caller"))
    gone = over.index(ShowPartial(Party.CALLER))
    lines = [n for n, c in enumerate(over) if isinstance(c, RecordTurn)]
    line = next(n for n in lines if over[n].party is Party.CALLER)
    assert gone < line


def test_it_decides_nothing() -> None:
    talk = Talk()
    talk.then(5.1, SpeechStarted(5.0))
    talk.then(6.0, TimerFired(TIMER))
    failed = talk.then(6.1, RecognitionFailed(talk.attempt(), "busy"))
    assert failed == []
    talk.then(6.8, TimerFired(TIMER))
    late = talk.attempt()
    talk.then(7.0, SpeechPaused(6.9))
    assert talk.then(7.1, Transcript(late, "I want", 0.8)) == []


def test_secrets_are_not_shown() -> None:
    talk = Talk(Expectation("digits", 4, sensitive=True))
    talk.then(5.1, SpeechStarted(5.0))
    assert not any(isinstance(c, Transcribe) for c in talk.then(6.0, TimerFired(TIMER)))
    talk.then(6.7, SpeechPaused(6.5))
    assert shown(talk.then(6.8, Transcript(talk.attempt(), "4 2 1", 0.9))) == []
    assert shown(talk.then(7.9, TimerFired("endpoint:caller"))) == []
