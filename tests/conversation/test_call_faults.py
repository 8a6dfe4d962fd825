"""What goes wrong between people, and what the machine makes of it."""

from __future__ import annotations

import pytest

from tests.conversation.stage import Stage
from tests.conversation.test_call import bank, hand_over
from voicebot.conversation import commands as do
from voicebot.conversation import prompts
from voicebot.conversation.events import (
    CallerHungUp,
    DialogueFailed,
    Digit,
    Expectation,
    ExpertJoined,
    ExpertLeft,
    NoSeat,
    Party,
    PieceFailed,
    Reply,
    SpeechPaused,
    SpeechStarted,
)
from voicebot.conversation.states import State
from voicebot.conversation.talking import MOST_DIGITS


@pytest.fixture
def stage() -> Stage:
    return Stage(answer=bank).start()


def test_no_word_is_lost_while_recognition_is_slow(stage: Stage) -> None:
    """The turn counts as over, its words are not there yet, and the caller goes on."""
    stage.recognition_seconds = 3.0
    stage.speak(5.0, 1.0, "I want")
    stage.speak(7.0, 1.0, "I want a person")
    stage.run(20.0)
    assert [asked.text for asked in stage.all(do.AskDialogue)] == ["I want a person"]
    whole = stage.all(do.Transcribe)[-1]
    assert (whole.since, whole.until) == (pytest.approx(5.0 - stage.policy.lead_in), 8.0)


def test_somebody_who_breathes_while_interrupting_still_interrupts(stage: Stage) -> None:
    """A short sound, a breath, and then somebody who really speaks."""
    stage.speak(5.0, 1.0, "what is my balance")
    stage.plan(8.1, SpeechStarted(8.0))
    stage.plan(8.2, SpeechPaused(8.15))
    stage.plan(8.6, SpeechStarted(8.5))
    stage.run(9.0)
    assert any(8.0 < at <= 9.0 for at in stage.when(do.ClearAudio))


def test_the_connection_breaks_while_an_expert_talks(stage: Stage) -> None:
    hand_over(stage)
    stage.feed(ExpertJoined("anna", "Anna"))
    stage.run(14.0)
    stage.feed(CallerHungUp("the connection to the caller was lost", fault=True))
    assert stage.all(do.CloseRecord) == [do.CloseRecord("expert", "Anna took the call")]
    assert stage.all(do.NoteIncident) == [do.NoteIncident("the connection to the caller was lost")]
    assert stage.all(do.ReleaseSeat)


def test_the_connection_breaks_while_seats_ring(stage: Stage) -> None:
    hand_over(stage)
    stage.feed(CallerHungUp("the connection to the caller was lost", fault=True))
    assert stage.all(do.CloseRecord)[0].outcome == "failed"
    assert stage.all(do.CancelRing)


def test_hanging_up_during_the_goodbye_changes_nothing(stage: Stage) -> None:
    hand_over(stage)
    stage.feed(NoSeat("all_busy"))
    stage.feed(CallerHungUp("the caller hung up"))
    assert stage.all(do.CloseRecord) == [do.CloseRecord("callback", "all_busy")]
    assert len(stage.all(do.StoreCallback)) == 1


@pytest.mark.parametrize(
    ("caller", "slots", "number"),
    [
        ("+15550100", {}, "+15550100"),
        ("", {"customer": {"phone": "+15550107"}}, "+15550107"),
        ("", {"customer": {}}, ""),
        ("", {"customer": "Maria"}, ""),
        ("", {}, ""),
    ],
)
def test_a_call_back_is_only_promised_where_the_number_is_known(
    caller: str, slots: dict[str, object], number: str
) -> None:
    def answer(turn: int, said: str) -> Reply | None:
        reply = bank(turn, said)
        return reply and Reply(turn, reply.texts, slots=slots, handoff=reply.handoff)

    stage = Stage(answer=answer).start(caller)
    hand_over(stage)
    stage.feed(NoSeat("none_signed_in"))
    stage.run(60.0)
    assert stage.ended
    said = " ".join(stage.spoken())
    if number:
        assert stage.all(do.StoreCallback) == [do.StoreCallback(number, "asked")]
        assert stage.all(do.CloseRecord)[0].outcome == "callback"
        assert "noted that you want to be called back" in said
    else:
        assert stage.all(do.StoreCallback) == []
        assert stage.all(do.CloseRecord) == [
            do.CloseRecord("failed", "none_signed_in, and no number to call back")
        ]
        assert "I don't know your number" in said
        assert "noted" not in said


def test_keys_without_end_are_not_kept_without_end() -> None:
    def pin(turn: int, said: str) -> Reply:
        return Reply(turn, ("Your number?",), expects=Expectation("digits"))

    stage = Stage(answer=pin).start()
    stage.run(5.0)
    for _ in range(500):
        stage.feed(Digit("1"))
    stage.run(10.0)
    (told,) = [t for t in stage.all(do.TellDialogue) if t.name == "dtmf"]
    assert len(told.payload["digits"]) == MOST_DIGITS


def test_an_answer_to_another_turn_means_nothing(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "I lost my way")
    stage.run(7.0)
    awaited = stage.all(do.AskDialogue)[-1].turn
    for wrong in (0, awaited - 1, awaited + 1):
        stage.feed(Reply(wrong, ("Never to be heard.",)))
        stage.feed(DialogueFailed(wrong, "x"))
    assert "Never" not in " ".join(stage.spoken())
    assert stage.all(do.RingSeat) == []
    assert stage.machine.state is State.THINKING


def test_a_dialogue_that_fails_to_greet_leads_to_a_person() -> None:
    stage = Stage(answer=lambda turn, said: None).start()
    stage.feed(DialogueFailed(1, "connection refused"))
    assert stage.all(do.RingSeat) == [do.RingSeat("failed_dialogue")]
    assert stage.all(do.NoteIncident) == [
        do.NoteIncident("the dialogue failed: connection refused")
    ]


def test_a_greeting_without_words_still_listens() -> None:
    stage = Stage(answer=lambda turn, said: Reply(turn, ())).start()
    stage.run(3 + stage.policy.no_input)
    assert [t.name for t in stage.all(do.TellDialogue)][:2] == ["start", "silence"]


def test_the_announcement_of_an_expert_that_can_not_be_spoken(stage: Stage) -> None:
    """The two are joined all the same."""
    hand_over(stage)
    stage.feed(ExpertJoined("anna", "Anna"))
    piece = stage.all(do.Say)[-1].piece
    stage._playing.clear()
    stage.feed(PieceFailed(piece, "no voice"))
    assert stage.all(do.Bridge)


def test_the_wrong_seat_can_not_end_a_conversation(stage: Stage) -> None:
    hand_over(stage)
    stage.feed(ExpertJoined("anna", "Anna"))
    stage.feed(ExpertLeft("ben", "ended"))
    assert stage.machine.state is State.WITH_EXPERT


def test_nobody_comes_after_an_expert_was_lost(stage: Stage) -> None:
    hand_over(stage)
    stage.feed(ExpertJoined("anna", "Anna"))
    stage.run(14.0)
    stage.feed(ExpertLeft("anna", "the connection was lost"))
    stage.feed(NoSeat("none_signed_in"))
    stage.run(60.0)
    assert stage.all(do.CloseRecord) == [do.CloseRecord("callback", "none_signed_in")]
    assert prompts.LOST_EXPERT.split(".")[0] in " ".join(stage.spoken())


def test_an_expert_is_only_ever_bridged_once_the_caller_was_told(stage: Stage) -> None:
    hand_over(stage)
    stage.feed(ExpertJoined("anna", "Anna"))
    assert not stage.all(do.Bridge)
    stage.run(16.0)
    assert len(stage.all(do.Bridge)) == 1
    assert "You are now talking to Anna." in stage.spoken()


def test_what_both_say_at_the_same_time_is_kept_apart(stage: Stage) -> None:
    hand_over(stage)
    stage.feed(ExpertJoined("anna", "Anna"))
    stage.run(14.0)
    for party, since, until, text in (
        (Party.EXPERT, 15.0, 16.0, "who is calling"),
        (Party.CALLER, 15.5, 16.5, "hello is anybody there"),
    ):
        stage.plan(since + 0.1, SpeechStarted(since, party))
        stage.said[until] = text
        stage.plan(until + 0.2, SpeechPaused(until, party))
    stage.run(20.0)
    spoken = {(t.party, t.text) for t in stage.lines().values()}
    assert {
        (Party.EXPERT, "who is calling"),
        (Party.CALLER, "hello is anybody there"),
    } <= spoken
