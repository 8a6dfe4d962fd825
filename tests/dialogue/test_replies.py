"""Replies are cut where people breathe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.dialogue.replies import FIRST, LONGEST, pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n ", []),
        ("Hello.", ["Hello."]),
        ("One moment, please.", ["One moment, please."]),
        ("All done. Anything else?", ["All done.", "Anything else?"]),
        ("You have $1,234.50. It's fine.", ["You have $1,234.50.", "It's fine."]),
        ("Dr. Smith lives at 5 Main St. in Boston. Yes.", None),
        ("It's version 2.5 of it. Ok!", ["It's version 2.5 of it.", "Ok!"]),
        ("Really?! Yes...  Well", ["Really?!", "Yes...", "Well"]),
    ],
)
def test_cuts(text: str, expected: list[str] | None) -> None:
    if expected is None:
        expected = ["Dr. Smith lives at 5 Main St. in Boston.", "Yes."]
    assert pieces(text) == expected


def test_a_long_first_sentence_is_cut_at_a_comma() -> None:
    text = (
        "You have twelve hundred dollars in checking, four thousand dollars in savings, and a "
        "credit card balance of three hundred dollars that is due on Friday."
    )
    cut = pieces(text)
    assert cut[0] == "You have twelve hundred dollars in checking,"
    assert len(cut[0]) <= FIRST
    assert " ".join(cut) == text


@given(st.text(st.sampled_from("abcd .,!?$12")), st.integers(5, 80), st.integers(80, 200))
def test_nothing_is_lost(text: str, first: int, longest: int) -> None:
    cut = pieces(text, first, longest)
    assert "".join("".join(cut).split()) == "".join(text.split())
    assert all(piece.strip() == piece and piece for piece in cut)
    assert all(len(piece) <= longest for piece in cut if " " in piece)


@given(st.lists(st.text(st.sampled_from("abc1"), min_size=1, max_size=12), min_size=1))
def test_words_stay_whole(words: list[str]) -> None:
    text = " ".join(words)
    assert " ".join(pieces(text)).split() == words
    assert all(len(piece) <= LONGEST for piece in pieces(text))
