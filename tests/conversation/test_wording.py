"""How an utterance stands by its words alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.conversation.wording import (
    Ending,
    declines,
    digits_in,
    ending_of,
    has_unit,
    is_yes_or_no,
    items_at_the_end,
    lacks_a_day,
    names_one_of,
    trails_off,
)


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("", Ending.NOTHING),
        ("...", Ending.NOTHING),
        ("I'd like to move money from my savings account.", Ending.WORDS),
        ("What's my PIN", Ending.WORDS),
        ("Can I have a large mocha, please?", Ending.WORDS),
        ("I need to know what I have", Ending.WORDS),
        ("Yes.", Ending.BRIEF),
        ("Rub out.", Ending.BRIEF),
        ("8.", Ending.BRIEF),
        ("eight", Ending.BRIEF),
        ("A", Ending.BRIEF),
        ("I want to transfer two hundred and", Ending.HANGING),
        ("from my", Ending.HANGING),
        ("Um...", Ending.HANGING),
        ("my number is double", Ending.HANGING),
        ("F-I-N-D-L", Ending.LETTERS),
        ("rub out R E F V S.", Ending.LETTERS),
        ("STODOLSKY", Ending.LETTERS),
        ("it is B, A", Ending.LETTERS),
        ("you and I", Ending.HANGING),
        ("6, 4, 5,", Ending.DIGITS),
        ("803234", Ending.DIGITS),
        ("four eight two", Ending.DIGITS),
        ("on September 6th.", Ending.DIGITS),
        ("two hundred", Ending.DIGITS),
        ("YWAAM2.", Ending.DIGITS),
    ],
)
def test_endings(text: str, ending: Ending) -> None:
    assert ending_of(text) is ending


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("about O G T E", 4),
        ("F-I-N-D", 4),
        ("HKTED.", 5),
        ("4 8 21", 4),
        ("card four eight two one", 4),
        ("hello there", 0),
        ("", 0),
    ],
)
def test_items_at_the_end(text: str, count: int) -> None:
    assert items_at_the_end(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("4821", 4),
        ("4, 8, 2, 1.", 4),
        ("four eight two one", 4),
        ("oh double four triple nine", 6),
        ("double 4 1", 3),
        ("it's for my card", 0),
        ("one hundred twenty-three", 2),
        ("", 0),
    ],
)
def test_digits_are_counted(text: str, count: int) -> None:
    assert digits_in(text) == count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes.", True),
        ("yes please", True),
        ("No, thank you.", True),
        ("yeah that's right", True),
        ("Yes, I'd like to transfer money", False),
        ("no but", False),
        ("please", False),
        ("", False),
        ("yes yes yes yes yes yes", False),
    ],
)
def test_yes_and_no(text: str, expected: bool) -> None:
    assert is_yes_or_no(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No, thank you.", True),
        ("no thanks", True),
        ("No, that's all.", True),
        ("No.", False),
        ("Thank you.", False),
        ("Yes, thank you.", False),
        ("No, thank you. Goodbye.", False),
        ("No, all of my savings.", False),
        ("", False),
    ],
)
def test_a_polite_no(text: str, expected: bool) -> None:
    assert declines(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Checking.", True),
        ("my savings please", True),
        ("the money market", True),
        ("money", False),
        ("I have a question about my checking", False),
        ("checking and", False),
    ],
)
def test_choices(text: str, expected: bool) -> None:
    assert names_one_of(text, ("checking", "savings", "money market")) is expected


def test_no_choices_are_never_named() -> None:
    assert not names_one_of("checking", ("", "..."))


def test_dates_and_amounts() -> None:
    assert lacks_a_day("in September")
    assert not lacks_a_day("the 3rd of September")
    assert has_unit("two hundred dollars.")
    assert not has_unit("two hundred")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("6, 4, 5,", True), ("Can I get...", True), ("it is -", True), ("Yes.", False), ("", False)],
)
def test_trailing_off(text: str, expected: bool) -> None:
    assert trails_off(text) is expected


@given(st.text(max_size=80), st.lists(st.text(max_size=10), max_size=4))
def test_any_text_can_be_looked_at(text: str, choices: list[str]) -> None:
    assert ending_of(text) in Ending
    assert items_at_the_end(text) >= 0
    assert digits_in(text) >= 0
    is_yes_or_no(text)
    names_one_of(text, tuple(choices))
    lacks_a_day(text)
    has_unit(text)
    trails_off(text)
