"""What a sound over the bot's voice is taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.conversation.events import Expectation
from voicebot.conversation.interruptions import Verdict, mostly_heard, too_short, weigh
from voicebot.conversation.manner import ANSWERS, HUMS, LISTENING, PHRASES, STOPPING, words_of
from voicebot.conversation.policy import Policy

POLICY = Policy()


def over_a_statement(text: str, confidence: float = 0.6, seconds: float = 0.5) -> Verdict:
    return weigh(text, confidence, seconds, POLICY, expects=Expectation(), asked=False)


def over_a_question(text: str, kind: str = "yes_no", *, asked: bool = True) -> Verdict:
    return weigh(text, 0.3, 0.5, POLICY, expects=Expectation(kind), asked=asked)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Mm-hmm.", "Mm.", "M", "Hmm.", "mm hmm", "Uh-huh.", "Uh huh", "Yeah.", "Yeah, yeah."),
        *("Okay.", "Oh, okay.", "Right.", "I see.", "I see, okay.", "Sure.", "Yep.", "All right."),
        *("That\u2019s right.", "Got it.", "Yes.", "Thank you.", "Over.", "you", "M and M.", "..."),
    ],
)
def test_signs_of_listening_let_the_bot_go_on(text: str) -> None:
    assert over_a_statement(text) is Verdict.LISTENS


@pytest.mark.parametrize(
    "text",
    [
        *("Stop.", "Wait.", "No.", "No, no.", "Hold on.", "Hang on a second", "Agent.", "What?"),
        *("Yeah, but", "Okay, stop.", "Sorry?", "A human, please.", "Savings.", "Right, savings"),
        *("Yes, my balance.", "I see the problem", "Don't.", "Hello?", "Cancel.", "please"),
    ],
)
def test_words_interrupt(text: str) -> None:
    assert over_a_statement(text) is Verdict.INTERRUPTS


@pytest.mark.parametrize("text", ["stop", "no", "Wait!", "an agent"])
def test_some_words_stop_the_bot_however_badly_they_were_heard(text: str) -> None:
    assert over_a_statement(text, 0.01, 0.2) is Verdict.INTERRUPTS


def test_a_short_sound_that_was_hardly_understood_is_passed_over() -> None:
    assert over_a_statement("Tabin.", 0.2, 0.5) is Verdict.LISTENS
    assert over_a_statement("Tabin.", 0.2, 1.2) is Verdict.INTERRUPTS
    assert over_a_statement("Tabin.", 0.6, 0.5) is Verdict.INTERRUPTS
    assert over_a_statement("Over.", 0.6, 1.2) is Verdict.INTERRUPTS


def test_the_shorter_a_sound_the_better_its_words_must_be_understood() -> None:
    assert over_a_statement("It helps.", 0.48, 0.38) is Verdict.LISTENS
    assert over_a_statement("It helps.", 0.48, 0.7) is Verdict.INTERRUPTS
    assert over_a_statement("It helps.", 0.6, 0.2) is Verdict.INTERRUPTS


def test_a_word_that_the_dialogue_waits_for_interrupts_even_when_in_doubt() -> None:
    expects = Expectation(hints=("balance", "lost card"))
    for text, verdict in (
        ("Balance.", Verdict.INTERRUPTS),
        ("card", Verdict.INTERRUPTS),
        ("Ballast.", Verdict.LISTENS),
    ):
        assert weigh(text, 0.3, 0.5, POLICY, expects=expects, asked=False) is verdict


@pytest.mark.parametrize("text", ["Yes.", "Yeah", "Okay.", "Sure.", "Right, yes", "Uh-huh.", "no"])
def test_an_answer_counts_when_the_question_was_heard(text: str) -> None:
    assert over_a_question(text) is Verdict.INTERRUPTS


def test_an_answer_is_none_before_the_question_or_to_another() -> None:
    assert over_a_question("Okay.", asked=False) is Verdict.LISTENS
    assert over_a_question("Okay.", "digits") is Verdict.LISTENS
    assert over_a_question("No.", "digits") is Verdict.INTERRUPTS
    assert over_a_question("Mm.") is Verdict.LISTENS
    assert over_a_question("Hmm.") is Verdict.LISTENS


def test_what_answers_a_question_is_taken_even_when_in_doubt() -> None:
    assert over_a_question("Four.", "digits") is Verdict.INTERRUPTS
    assert over_a_question("Oh.", "digits") is Verdict.INTERRUPTS
    assert over_a_question("Oh.", "name") is Verdict.LISTENS
    assert over_a_question("Four.", "digits", asked=False) is Verdict.LISTENS


TEXT = "You have twelve dollars. Do you want to hear more?"


@pytest.mark.parametrize(
    ("heard", "enough"),
    [
        ("", False),
        ("You have twelve dollars.", False),
        ("You have twelve dollars. Do you", False),
        ("You have twelve dollars. Do you want to", True),
        (TEXT, True),
    ],
)
def test_a_question_is_mostly_heard_from_its_middle_on(heard: str, enough: bool) -> None:
    assert mostly_heard(TEXT, heard) is enough


def test_a_question_of_one_sentence() -> None:
    assert not mostly_heard("What is your PIN?", "What")
    assert mostly_heard("What is your PIN?", "What is your")


def test_words() -> None:
    assert words_of("Mm-hmm, that\u2019s RIGHT!") == ["mmhmm", "that's", "right"]


def test_a_click_is_too_short_for_a_word() -> None:
    assert too_short(0.06, POLICY)
    assert not too_short(0.2, POLICY)


sentences = st.lists(
    st.sampled_from(sorted(STOPPING | ANSWERS | LISTENING | PHRASES | {"savings", "card"})),
    max_size=6,
).map(" ".join)
kinds = st.sampled_from(["open", "yes_no", "digits", "name", "amount"])


@given(sentences, st.floats(0, 1), st.floats(0, 5), kinds, st.booleans())
def test_whatever_is_said_a_word_that_stops_stops(
    text: str, confidence: float, seconds: float, kind: str, asked: bool
) -> None:
    verdict = weigh(text, confidence, seconds, POLICY, expects=Expectation(kind), asked=asked)
    words = set(words_of(text))
    if words & STOPPING:
        assert verdict is Verdict.INTERRUPTS
    if words and words <= HUMS - ANSWERS:
        assert verdict is Verdict.LISTENS


@given(st.text(max_size=40), kinds)
def test_any_text_has_a_verdict(text: str, kind: str) -> None:
    assert weigh(text, 0.5, 0.5, POLICY, expects=Expectation(kind), asked=True) in Verdict
