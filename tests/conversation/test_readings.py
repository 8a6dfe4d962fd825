"""Which reading answers the question."""

from __future__ import annotations

import pytest

from tests.conversation.stage import Stage
from voicebot.conversation import commands as do
from voicebot.conversation.events import Expectation, Reply, SpeechPaused, SpeechStarted, Transcript
from voicebot.conversation.policy import Policy
from voicebot.conversation.readings import answering, chosen, is_a_try
from voicebot.conversation.turns import Patience

PIN = Expectation("digits", 4, sensitive=True)
YES_NO = Expectation("yes_no")
CHOICE = Expectation("choice", hints=("checking", "savings"))
OPEN = Expectation()


@pytest.mark.parametrize(
    ("text", "alternatives", "expects", "wanted"),
    [
        ("8, 0, 9,", ("8, 0, 9.", "8 0 9 0"), PIN, "8 0 9 0"),
        ("8, 0, 9, 0.", ("8 0 9",), PIN, "8, 0, 9, 0."),
        ("8, 0, 9,", ("8, 9.", "8 0"), PIN, "8, 0, 9,"),
        ("6, 3, 2, 3, 6, 3, 2, 3.", ("6, 3, 2, 3.",), PIN, "6, 3, 2, 3."),
        ("I forgot my PIN", ("1 4 got my 2 3",), PIN, "I forgot my PIN"),
        ("1", ("1 2 3 4",), PIN, "1"),
        ("Know.", ("No.",), YES_NO, "No."),
        ("I want to talk to somebody", ("Yes",), YES_NO, "I want to talk to somebody"),
        ("Saving.", ("Savings.",), CHOICE, "Savings."),
        ("Know.", ("No.",), OPEN, "Know."),
    ],
)
def test_the_reading_that_answers_the_question_is_chosen(text, alternatives, expects, wanted):
    number = chosen(text, alternatives, expects)
    assert Transcript(1, text, 0.5, alternatives, chosen=number).meant == wanted


def test_the_others_are_all_but_the_chosen_one():
    heard = Transcript(1, "a", 0.5, ("b", "c", "d"), chosen=2)
    assert (heard.meant, heard.others) == ("c", ("a", "b", "d"))
    assert Transcript(1, "a", 0.5, ("b",)).others == ("b",)


def test_what_is_not_definite_has_no_answer_of_its_own():
    assert answering(OPEN) is None
    assert answering(Expectation("digits")) is None
    assert answering(Expectation("choice")) is None


def test_nothing_and_too_little_is_no_try():
    assert not is_a_try("", PIN)
    assert not is_a_try("", YES_NO)
    assert is_a_try("four two", PIN)


def test_the_dialogue_is_told_what_was_meant_but_the_end_is_judged_by_what_was_heard():
    """Three digits and an imagined fourth: it is waited whether one more comes."""
    policy = Policy(patience=Patience(semantic=False))
    stage = Stage(lambda turn, _: Reply(turn, ("Your PIN?",), expects=PIN), policy).start().run(4.0)
    stage.plan(5.1, SpeechStarted(5.0))
    stage.plan(6.1, SpeechPaused(6.0))
    stage.run(6.15)
    asked = stage.all(do.Transcribe)[-1]
    assert asked.expects == PIN
    stage.plan(6.2, Transcript(asked.attempt, "8 0 9", 0.5, ("8 0 9 0",), chosen=1))
    stage.run(6.9)
    assert not stage.all(do.AskDialogue)
    stage.run(8.0)
    [question] = stage.all(do.AskDialogue)
    assert (question.text, question.alternatives) == ("8 0 9 0", ("8 0 9",))
