"""The call machine on a stage with virtual time."""

from __future__ import annotations

import pytest

from tests.conversation.stage import Stage
from voicebot.conversation import commands as do
from voicebot.conversation import prompts
from voicebot.conversation.events import (
    CallerHungUp,
    DialogueFailed,
    Digit,
    Expectation,
    ExpertJoined,
    ExpertLeft,
    Handoff,
    NoSeat,
    Party,
    PieceFailed,
    RecognitionFailed,
    RecordingLost,
    Reply,
    Shutdown,
    SpeechPaused,
    SpeechStarted,
    Transcript,
)
from voicebot.conversation.policy import Policy
from voicebot.conversation.states import State

GREETING = "Welcome to the bank. How can I help you?"


def bank(turn: int, said: str) -> Reply | None:
    """A dialogue with one word for everything."""
    if said == "/start":
        return Reply(turn, (GREETING,))
    if "person" in said:
        return Reply(turn, ("Let me find somebody.",), handoff=Handoff("asked", skill="cards"))
    if "bye" in said:
        return Reply(turn, ("Goodbye.",), end=True)
    if "pin" in said:
        expects = Expectation("digits", length=4, sensitive=True)
        return Reply(turn, ("What is your PIN?",), requested_slot="pin", expects=expects)
    if "checks" in said:
        expects = Expectation("choice", length=3, hints=("fifty", "one hundred"))
        return Reply(turn, ("How many checks?",), expects=expects)
    if "lost" in said:
        return None
    long = "You have twelve hundred dollars in checking, and four thousand dollars in savings."
    return Reply(turn, (long,), intent="balance", intent_confidence=0.9, slots={"task": "balance"})


@pytest.fixture
def stage() -> Stage:
    return Stage(answer=bank).start()


def test_the_dialogue_greets_first(stage: Stage) -> None:
    assert stage.machine.state is State.GREETING
    stage.run(0.5)
    assert " ".join(stage.spoken()) == GREETING


def test_a_turn_is_asked_once_the_silence_is_long_enough(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "what is my balance")
    stage.run(20.0)
    asked = stage.all(do.AskDialogue)
    assert [(a.text, a.confidence) for a in asked] == [("what is my balance", 0.9)]
    assert stage.when(do.AskDialogue) == [pytest.approx(6.0 + stage.policy.silence)]
    caller = next(t for t in stage.lines().values() if t.party is Party.CALLER and t.text)
    assert caller.intent == "balance"
    assert caller.times == {
        "started": 5.0,
        "paused": 6.0,
        "transcribed": pytest.approx(6.5),
        "decided": pytest.approx(6.7),
        "replied": pytest.approx(6.75),
    }


def test_going_on_after_a_breath_makes_one_turn(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "I want to")
    stage.speak(6.4, 1.0, "I want to know my balance")
    stage.run(9.0)
    assert [a.text for a in stage.all(do.AskDialogue)] == ["I want to know my balance"]
    whole = stage.all(do.Transcribe)[-1]
    assert (whole.since, whole.until) == (pytest.approx(4.4), pytest.approx(7.4))


def test_barge_in_clears_before_anything_else(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "what is my balance")
    stage.speak(8.0, 1.5, "no wait a person please")
    stage.run(8.26)
    assert stage.when(do.ClearAudio) == [pytest.approx(8.1)]  # at the first sign of a voice
    cut = [t for t in stage.lines().values() if t.party is Party.BOT and t.heard is not None]
    assert len(cut) == 1
    assert cut[0].heard is not None
    assert cut[0].text.startswith(cut[0].heard)
    assert len(cut[0].heard) < len(cut[0].text)
    stage.run(10.6)
    assert [a.text for a in stage.all(do.AskDialogue)][-1] == "no wait a person please"


def test_a_noise_over_the_bot_only_interrupts_it(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "what is my balance")
    stage.speak(8.0, 0.8, "")
    stage.run(16.0)
    said = stage.spoken()
    records = [c for c in stage.all(do.RecordTurn) if c.party is Party.BOT]
    cut = [t for t in records if t.heard is not None]
    assert len(cut) == 1
    assert not [t for t in stage.lines().values() if t.heard is not None]  # all of it, in the end
    assert said.count("and four thousand dollars in savings.") == 2
    assert len({t.number for t in records if t.text == cut[0].text}) == 1
    assert not [t for t in stage.all(do.TellDialogue) if t.name == "not_understood"]
    resumed = [at for at, c in stage.done if isinstance(c, do.Say) and at > 8.8]
    assert resumed


def test_sound_without_words_is_not_understood(stage: Stage) -> None:
    stage.speak(6.0, 0.9, "")
    stage.run(8.0)
    assert [t.name for t in stage.all(do.TellDialogue)] == ["start", "not_understood"]


def test_a_short_noise_is_passed_over(stage: Stage) -> None:
    stage.speak(6.0, 0.3, "")
    stage.run(8.0)
    assert [t.name for t in stage.all(do.TellDialogue)] == ["start"]
    stage.run(18.0)
    assert "silence" in [t.name for t in stage.all(do.TellDialogue)]


def test_silence_is_told_after_the_bot_has_finished(stage: Stage) -> None:
    stage.run(60.0)
    told = [(at, c.name) for at, c in stage.done if isinstance(c, do.TellDialogue)]
    assert told[1][1] == "silence"
    assert told[1][0] > stage.policy.no_input + 2


def test_an_endless_turn_is_cut(stage: Stage) -> None:
    stage.plan(5.0, SpeechStarted(5.0))
    stage.said[5.0 + stage.policy.longest] = "and so on and on"
    stage.run(40.0)
    assert [a.text for a in stage.all(do.AskDialogue)] == ["and so on and on"]


def test_keys_fill_digits_and_complete_at_the_length(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "my pin please")
    stage.run(9.0)
    for digit in "4821":
        stage.feed(Digit(digit))
    told = stage.all(do.TellDialogue)[-1]
    assert (told.name, dict(told.payload)) == ("dtmf", {"digits": "4821"})
    kept = [t for t in stage.lines().values() if t.kind == "keys"]
    assert [(t.text, t.sensitive) for t in kept] == [("••••", True)]


def test_a_key_without_question_acts_at_once(stage: Stage) -> None:
    stage.run(5.0)
    stage.feed(Digit("0"))
    assert dict(stage.all(do.TellDialogue)[-1].payload) == {"digits": "0"}


def test_too_few_keys_are_taken_after_a_while(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "my pin please")
    stage.run(9.0)
    stage.feed(Digit("4"))
    stage.run(9.0 + stage.policy.between_digits + 0.1)
    assert dict(stage.all(do.TellDialogue)[-1].payload) == {"digits": "4"}


def test_a_choice_between_numbers_takes_as_many_keys_as_its_longest(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "some checks please")
    stage.run(9.0)
    stage.feed(Digit("5"))
    stage.run(10.0)
    stage.feed(Digit("0"))
    assert not stage.all(do.TellDialogue)[1:]
    stage.run(10.0 + stage.policy.between_digits + 0.1)
    assert dict(stage.all(do.TellDialogue)[-1].payload) == {"digits": "50"}


def test_a_secret_is_neither_recorded_nor_written(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "my pin please")
    stage.speak(10.0, 1.5, "four eight two one")
    stage.run(20.0)
    kinds = [
        type(c) for _, c in stage.done if isinstance(c, do.PauseRecording | do.ResumeRecording)
    ]
    assert kinds == [do.PauseRecording, do.ResumeRecording]
    assert stage.all(do.AskDialogue)[-1].text == "four eight two one"
    assert [t.text for t in stage.lines().values() if t.sensitive] == ["•••• ••••• ••• •••"]


def test_goodbye_is_heard_before_hanging_up(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "bye")
    stage.run(30.0)
    assert stage.ended
    goodbye = next(at for at, c in stage.done if isinstance(c, do.Say) and c.text == "Goodbye.")
    assert stage.when(do.HangUp)[0] >= goodbye + 0.5
    assert stage.all(do.CloseRecord) == [do.CloseRecord("contained", "the dialogue ended")]


def test_without_marks_the_clock_tells_what_was_heard() -> None:
    stage = Stage(answer=bank, marks=False).start()
    stage.speak(5.0, 1.0, "bye")
    stage.run(30.0)
    assert stage.ended
    assert stage.all(do.CloseRecord)[0].outcome == "contained"


def test_a_slow_dialogue_is_bridged_and_a_dead_one_replaced(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "I lost my way")
    stage.run(30.0)
    assert prompts.MOMENT in " ".join(stage.spoken())
    assert prompts.TROUBLE.split(".")[0] in " ".join(stage.spoken())
    assert stage.all(do.RingSeat) == [do.RingSeat("failed_dialogue")]
    assert any("no answer in time" in c.what for c in stage.all(do.NoteIncident))


def test_a_failing_dialogue_leads_to_a_person(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "I lost my way")
    stage.run(6.8)
    stage.feed(DialogueFailed(stage.all(do.AskDialogue)[-1].turn, "connection refused"))
    assert stage.all(do.RingSeat) == [do.RingSeat("failed_dialogue")]


def hand_over(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "a person please")
    stage.run(9.0)


def test_an_expert_takes_over_and_both_are_written_down(stage: Stage) -> None:
    hand_over(stage)
    assert stage.all(do.RingSeat) == [do.RingSeat("asked", skill="cards")]
    stage.feed(ExpertJoined("anna", "Anna"))
    stage.run(14.0)
    assert stage.all(do.Bridge)
    stage.plan(15.1, SpeechStarted(15.0, Party.EXPERT))
    stage.said[16.0] = "how can I help"
    stage.plan(16.2, SpeechPaused(16.0, Party.EXPERT))
    stage.speak(18.0, 1.0, "I lost my card")
    stage.run(21.0)
    spoken = [(t.party, t.text) for t in stage.lines().values()][-2:]
    assert spoken == [(Party.EXPERT, "how can I help"), (Party.CALLER, "I lost my card")]
    assert len(stage.all(do.AskDialogue)) == 1
    stage.feed(ExpertLeft("anna", "ended"))
    stage.run(30.0)
    assert stage.all(do.CloseRecord) == [do.CloseRecord("expert", "Anna took the call")]


def test_a_lost_expert_is_replaced(stage: Stage) -> None:
    hand_over(stage)
    stage.feed(ExpertJoined("anna", "Anna"))
    stage.run(14.0)
    stage.feed(ExpertLeft("anna", "the connection was lost"))
    assert len(stage.all(do.RingSeat)) == 2


@pytest.mark.parametrize("how", ["ended", "the connection was lost"])
def test_what_is_being_said_when_the_expert_goes_is_written_down(stage: Stage, how: str) -> None:
    hand_over(stage)
    stage.feed(ExpertJoined("anna", "Anna"))
    stage.run(14.0)
    stage.plan(15.1, SpeechStarted(15.0, Party.EXPERT))
    stage.run(16.0)
    stage.said[16.0] = "I will look into"
    stage.feed(ExpertLeft("anna", how))
    stage.run(17.5)
    said = [turn.text for turn in stage.lines().values() if turn.party is Party.EXPERT]
    assert said == ["I will look into"]


def test_a_secret_said_while_the_call_is_handed_over_stays_secret(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "pin please")
    stage.run(12.0)
    stage.speak(12.5, 1.0, "four eight lost")  # the dialogue fails at it
    stage.plan(14.9, SpeechStarted(14.8))
    stage.run(15.5)
    stage.feed(DialogueFailed(stage.all(do.AskDialogue)[-1].turn, "connection refused"))
    assert stage.all(do.RingSeat)
    stage.said[16.0] = "four eight two one"
    stage.plan(16.2, SpeechPaused(16.0))
    stage.run(19.0)
    said = [turn for turn in stage.lines().values() if turn.party is Party.CALLER]
    assert [turn.sensitive for turn in said] == [False, True, True]
    assert "four" not in str(said)


def test_nobody_free_means_a_call_back(stage: Stage) -> None:
    hand_over(stage)
    stage.feed(NoSeat("all_busy"))
    stage.run(40.0)
    assert stage.all(do.StoreCallback) == [do.StoreCallback("+15550100", "asked")]
    assert "".join(stage.spoken()).count("called back") == 1
    assert stage.all(do.CloseRecord) == [do.CloseRecord("callback", "all_busy")]


def test_waiting_has_an_end(stage: Stage) -> None:
    hand_over(stage)
    stage.run(8.0 + stage.policy.transfer + 60)
    assert " ".join(stage.spoken()).count("Thank you for waiting.") >= 3
    assert stage.all(do.CancelRing)
    assert stage.all(do.CloseRecord)[0].outcome == "callback"


@pytest.mark.parametrize(
    ("before", "outcome"), [("balance", "contained"), ("my pin please", "abandoned")]
)
def test_hanging_up_in_the_middle(stage: Stage, before: str, outcome: str) -> None:
    stage.speak(5.0, 1.0, before)
    stage.run(7.5)
    stage.feed(CallerHungUp("the caller hung up"))
    assert stage.ended
    assert stage.all(do.CloseRecord)[0].outcome == outcome
    assert not stage.all(do.HangUp)


def test_hanging_up_while_waiting_lets_the_seat_go(stage: Stage) -> None:
    hand_over(stage)
    stage.feed(CallerHungUp("the caller hung up"))
    assert stage.all(do.CancelRing)
    assert stage.all(do.CloseRecord)[0].outcome == "abandoned"


def test_a_broken_stream_is_a_failed_call(stage: Stage) -> None:
    stage.run(3.0)
    stage.feed(CallerHungUp("protocol violation: a second 'start'", fault=True))
    assert stage.all(do.CloseRecord) == [
        do.CloseRecord("failed", "protocol violation: a second 'start'")
    ]


def test_a_reply_waits_while_the_caller_goes_on(stage: Stage) -> None:
    stage.dialogue_seconds = 1.0
    stage.speak(5.0, 1.0, "what is my balance")
    stage.speak(7.0, 1.0, "")
    stage.run(8.5)
    assert "You have" not in " ".join(stage.spoken())
    stage.run(12.0)
    assert "You have" in " ".join(stage.spoken())


def test_words_during_thinking_are_asked_after_the_reply(stage: Stage) -> None:
    stage.dialogue_seconds = 1.0
    stage.speak(5.0, 1.0, "what is my balance")
    stage.speak(7.0, 1.0, "of my savings I mean")
    stage.run(12.0)
    texts = [a.text for a in stage.all(do.AskDialogue)]
    assert texts == ["what is my balance", "of my savings I mean"]
    assert " ".join(stage.spoken()).count("You have") == 1


def test_recognition_that_fails_or_never_answers_ends_the_turn(stage: Stage) -> None:
    stage.recognition_seconds = 1000.0
    stage.speak(5.0, 1.0, "hello")
    stage.run(6.5)
    stage.feed(RecognitionFailed(stage.all(do.Transcribe)[-1].attempt, "busy"))
    stage.run(7.0)
    assert stage.all(do.TellDialogue)[-1].name == "not_understood"
    stage.speak(12.0, 1.0, "hello")
    stage.run(40.0)
    assert any("no answer in time" in c.what for c in stage.all(do.NoteIncident))


def test_a_stale_transcript_means_nothing(stage: Stage) -> None:
    stage.recognition_seconds = 1000.0
    stage.speak(5.0, 1.0, "hello")
    stage.run(6.4)
    stage.feed(SpeechStarted(6.4))
    stage.feed(Transcript(stage.all(do.Transcribe)[-1].attempt, "stale", 0.9))
    stage.run(7.0)
    assert not stage.all(do.AskDialogue)


def test_speech_that_fails_does_not_hang_the_call(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "bye")
    stage.run(6.76)
    piece = stage.all(do.Say)[-1].piece
    stage._playing.clear()
    stage.feed(PieceFailed(piece, "no voice"))
    assert stage.ended


def test_a_goodbye_that_never_plays_has_an_end(stage: Stage) -> None:
    stage.speak(5.0, 1.0, "bye")
    stage.run(6.76)
    stage._playing.clear()
    stage.run(7 + stage.policy.closing)
    assert stage.ended


def test_the_longest_call_ends() -> None:
    stage = Stage(answer=bank, policy=Policy(call=20.0)).start()
    stage.run(60.0)
    assert stage.ended
    assert "longest" in stage.all(do.CloseRecord)[0].reason


def test_a_lost_recording_is_an_incident_and_shutdown_an_end(stage: Stage) -> None:
    stage.feed(RecordingLost("disk full"))
    assert stage.all(do.NoteIncident) == [do.NoteIncident("the recording was lost: disk full")]
    stage.feed(Shutdown("the agent was stopped"))
    assert stage.all(do.CloseRecord) == [do.CloseRecord("failed", "the agent was stopped")]
    stage.feed(Shutdown("again"))
    assert len(stage.all(do.CloseRecord)) == 1
