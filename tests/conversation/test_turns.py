"""How long a silence ends a turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.conversation.events import Expectation
from voicebot.conversation.turns import Evidence, Patience, Wait, silence_needed

OPEN = Expectation()
YES_NO = Expectation("yes_no")
CARD = Expectation("digits", 4, sensitive=True)
NUMBER = Expectation("digits")
AMOUNT = Expectation("amount")
ACCOUNT = Expectation("choice", hints=("checking", "savings"))
DATE = Expectation("date")
NAME = Expectation("name")

SURE, CUT = 0.98, 0.02


def needed(expects: Expectation, text: str | None, hint: float | None, gap: float = 0.0) -> float:
    return silence_needed(Evidence(expects, text, hint, gap), Patience())


@pytest.mark.parametrize(
    ("expects", "text", "hint", "at_least", "at_most"),
    [
        # the awaited answer is there: at once, however it sounded
        (YES_NO, "Yes, please.", SURE, 0.2, 0.25),
        (YES_NO, "No.", CUT, 0.2, 0.25),
        (CARD, "4, 8, 2, 1.", SURE, 0.2, 0.25),
        (CARD, "four eight two one", CUT, 0.2, 0.25),
        (ACCOUNT, "my savings", CUT, 0.2, 0.25),
        (AMOUNT, "two hundred and fifty dollars", CUT, 0.2, 0.25),
        # a part of it is there
        (CARD, "4, 8,", SURE, 0.9, 1.6),
        (CARD, "four eight two", CUT, 1.2, 1.6),
        (DATE, "the month of September", SURE, 0.9, 1.6),
        # something else than the answer
        (YES_NO, "Yes, but I want to know the", SURE, 0.45, 0.9),
        (CARD, "I don't have my card here.", SURE, 0.2, 0.3),
        # nothing special awaited
        (OPEN, "I'd like to know what my balance is today.", SURE, 0.2, 0.25),
        (OPEN, "I'd like to know what my balance is today.", CUT, 0.45, 0.6),
        (OPEN, "I want to transfer two hundred and", SURE, 0.5, 0.9),
        (OPEN, "I want to transfer two hundred and", CUT, 0.8, 1.2),
        (OPEN, "Rub out.", SURE, 0.25, 0.4),
        (OPEN, "Rub out.", CUT, 0.6, 0.8),
        (OPEN, "C A L I G U", SURE, 0.25, 0.4),
        (OPEN, "C A L I G U", CUT, 0.6, 0.8),
        (OPEN, "my number is 6 4 5", SURE, 0.35, 0.6),
        (OPEN, "my number is 6 4 5,", SURE, 0.55, 0.8),
        (NUMBER, "6 4 5 3 9 8 1", SURE, 0.2, 0.3),
        (NAME, "S A R A H", SURE, 0.4, 0.6),
        # no words
        (OPEN, "", SURE, 0.6, 0.8),
        (CARD, "", CUT, 0.6, 0.8),
    ],
)
def test_what_is_waited(
    expects: Expectation, text: str, hint: float, at_least: float, at_most: float
) -> None:
    assert at_least <= needed(expects, text, hint) <= at_most


def test_a_turn_is_not_over_before_its_words_are_known() -> None:
    assert needed(OPEN, None, SURE) == Patience().ceiling


def test_without_a_hint_it_is_between_sure_and_cut() -> None:
    text = "I'd like to know my balance."
    assert needed(OPEN, text, SURE) < needed(OPEN, text, None) < needed(OPEN, text, CUT)


def test_who_has_paused_before_gets_more_time_in_a_list() -> None:
    assert needed(OPEN, "8 0 3 2 3 4", SURE, 0.3) > needed(OPEN, "8 0 3 2 3 4", SURE)
    assert needed(OPEN, "8 0 3 2 3 4", SURE, 1.5) == pytest.approx(1.2)
    assert needed(OPEN, "what is my balance", SURE, 1.5) == needed(OPEN, "what is my balance", SURE)


def test_one_knob_makes_all_more_patient() -> None:
    evidence = Evidence(OPEN, "what is my balance", CUT)
    twice = silence_needed(evidence, Patience(scale=2.0))
    assert twice == pytest.approx(2 * silence_needed(evidence, Patience()))


kinds = st.sampled_from("open digits yes_no amount date time name choice".split())
expectations = st.builds(
    Expectation,
    kinds,
    st.none() | st.integers(1, 16),
    st.booleans(),
    st.lists(st.sampled_from(["checking", "savings", ""]), max_size=2).map(tuple),
)
texts = st.none() | st.lists(
    st.sampled_from("yes no and 4 82 I A B PIN FORD two hundred dollars checking um , ...".split()),
    max_size=8,
).map(" ".join)
hints = st.none() | st.floats(0, 1)
patiences = st.builds(
    Patience,
    words=st.builds(lambda a, b: Wait(min(a, b), max(a, b)), st.floats(0, 3), st.floats(0, 3)),
    floor=st.floats(0.05, 0.3),
    ceiling=st.floats(0.5, 3.0),
    scale=st.floats(0.1, 5.0),
)


@given(expectations, texts, hints, st.floats(0, 5), patiences)
def test_every_turn_ends_between_floor_and_ceiling(
    expects: Expectation, text: str | None, hint: float | None, gap: float, patience: Patience
) -> None:
    seconds = silence_needed(Evidence(expects, text, hint, gap), patience)
    assert patience.floor <= seconds <= patience.ceiling


@given(expectations, texts, st.floats(0, 1), st.floats(0, 1), st.floats(0, 5))
def test_who_sounds_more_complete_never_waits_longer(
    expects: Expectation, text: str | None, one: float, other: float, gap: float
) -> None:
    lower, higher = sorted((one, other))
    assert needed(expects, text, higher, gap) <= needed(expects, text, lower, gap)
