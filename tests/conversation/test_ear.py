"""The ear alone: when recognition is asked, when a turn is over, what is thrown away."""

from __future__ import annotations

import itertools

import pytest

from voicebot.conversation.commands import CancelTimer, Command, SetTimer, Transcribe
from voicebot.conversation.ear import Ear
from voicebot.conversation.events import (
    Party,
    RecognitionFailed,
    SpeechPaused,
    SpeechStarted,
    Transcript,
)
from voicebot.conversation.policy import Policy

POLICY = Policy(lead_in=0.3, longest=10.0)


@pytest.fixture
def ear() -> Ear:
    attempts = itertools.count(1)
    return Ear(Party.CALLER, POLICY, lambda: next(attempts))


def asked(commands: list[Command]) -> list[Transcribe]:
    return [command for command in commands if isinstance(command, Transcribe)]


def spoken(ear: Ear, since: float, until: float) -> Transcribe:
    ear.started(SpeechStarted(since))
    (transcribe,) = asked(ear.paused(SpeechPaused(until), ("hint",)))
    return transcribe


def test_an_utterance_from_sound_to_words(ear: Ear) -> None:
    assert ear.started(SpeechStarted(1.0)) == [SetTimer("longest:caller", 11.0)]
    assert ear.utterance is not None
    assert ear.utterance.speaking
    transcribe = asked(ear.paused(SpeechPaused(2.0), ("hint",)))[0]
    assert transcribe == Transcribe(1, 0.7, 2.0, Party.CALLER, ("hint",))
    assert ear.transcribed(Transcript(1, " hello ", 0.9), 2.3)
    assert not ear.utterance.ready
    assert ear.ended(2.7) == []
    assert ear.utterance.ready
    assert ear.utterance.text == "hello"
    taken, commands = ear.take()
    assert taken is not None
    assert taken.times == {"started": 1.0, "paused": 2.0, "transcribed": 2.3, "decided": 2.7}
    assert taken.seconds == 1.0
    assert ear.utterance is None
    assert {c.name for c in commands if isinstance(c, CancelTimer)} == {
        "endpoint:caller",
        "longest:caller",
        "recognition:caller",
    }


def test_audio_from_before_the_call_is_not_asked_for(ear: Ear) -> None:
    assert spoken(ear, 0.1, 0.5).since == 0.0


def test_going_on_voids_the_transcript(ear: Ear) -> None:
    spoken(ear, 1.0, 2.0)
    assert ear.transcribed(Transcript(1, "I want to", 0.9), 2.2)
    assert ear.started(SpeechStarted(2.4))[0] == CancelTimer("endpoint:caller")
    assert ear.utterance is not None
    assert ear.utterance.transcript is None
    assert not ear.transcribed(Transcript(1, "I want to", 0.9), 2.5)
    again = asked(ear.paused(SpeechPaused(3.5), ()))[0]
    assert (again.attempt, again.since, again.until) == (2, 0.7, 3.5)


def test_going_on_after_the_end_reopens_what_was_not_taken(ear: Ear) -> None:
    """Recognition is slow, the caller goes on meanwhile: no word may be lost."""
    spoken(ear, 1.0, 2.0)
    assert SetTimer("recognition:caller", 2.7 + POLICY.recognition) in ear.ended(2.7)
    assert CancelTimer("recognition:caller") in ear.started(SpeechStarted(3.0))
    assert not ear.transcribed(Transcript(1, "I want to", 0.9), 3.1)
    assert not ear.give_up(3.2)
    whole = asked(ear.paused(SpeechPaused(4.0), ()))[0]
    assert (whole.since, whole.until) == (0.7, 4.0)
    ear.ended(4.7)
    assert ear.transcribed(Transcript(2, "I want to pay", 0.9), 4.8)
    assert ear.utterance is not None
    assert ear.utterance.ready


def test_what_was_cut_for_its_length_is_not_reopened(ear: Ear) -> None:
    ear.started(SpeechStarted(1.0))
    commands = ear.cut(11.0, ())
    assert asked(commands)[0].until == 11.0
    assert ear.started(SpeechStarted(11.5)) == []
    assert ear.utterance is not None
    assert ear.utterance.over


def test_cutting_is_done_once_and_only_while_something_is_said(ear: Ear) -> None:
    assert ear.cut(1.0, ()) == []
    spoken(ear, 1.0, 2.0)
    assert asked(ear.cut(11.0, ())) == []  # what was said is being recognized already
    assert ear.cut(11.1, ()) == []


def test_failed_and_overdue_recognition_count_as_no_words(ear: Ear) -> None:
    spoken(ear, 1.0, 2.0)
    assert not ear.give_up(2.1)  # the turn isn't over
    assert not ear.failed(RecognitionFailed(7, "another attempt"), 2.2)
    assert ear.failed(RecognitionFailed(1, "busy"), 2.3)
    assert not ear.failed(RecognitionFailed(1, "again"), 2.4)
    assert ear.utterance is not None
    assert ear.utterance.text == ""
    ear.take()
    spoken(ear, 5.0, 6.0)
    ear.ended(6.7)
    assert ear.give_up(30.0)
    assert ear.utterance is not None
    assert ear.utterance.ready


def test_nothing_comes_of_pauses_and_ends_without_speech(ear: Ear) -> None:
    assert ear.paused(SpeechPaused(1.0), ()) == []
    assert ear.ended(1.0) == []
    assert ear.take()[0] is None
    assert not ear.transcribed(Transcript(1, "x", 0.9), 1.0)
