from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.words import Errors, word_errors


@pytest.mark.parametrize(
    ("reference", "hypothesis"),
    [
        ("A M Y", "AMY."),
        ("A M Y", "A-M-Y"),
        ("A M Y", "Amy"),
        ("A M Y", "A. M. Y."),
        ("C Z D Z W EIGHT", "CZDZW8"),
        ("C Z D Z W EIGHT", "C-Z-D-Z-W-8."),
        ("NINETEEN EIGHTY NINE", "1989"),
        ("ONE NINE EIGHT NINE", "nineteen eighty-nine"),
        ("FORTY FIVE", "45."),
        ("TWO HUNDRED", "200"),
        ("JUNE TWENTY SECOND", "June 22nd"),
        ("OCTOBER TWELFTH", "October 12th."),
        ("FOUR ONE TWO TWO SIX EIGHT", "412-268"),
        ("it's okay", "It's OK."),
        ("0", "Zero."),
        ("OH SEVEN NINE", "079"),
        ("ONE TWO THREE FOUR", "1,234"),
    ],
)
def test_the_same_thing_written_differently_is_no_error(reference: str, hypothesis: str) -> None:
    assert word_errors(reference, hypothesis).errors == 0


def test_what_differs_is_counted_by_word() -> None:
    assert word_errors("ENTER FORTY FIVE", "enter 46") == Errors(1, 3)
    assert word_errors("A M Y", "A N Y") == Errors(1, 3)
    assert word_errors("HELP", "") == Errors(1, 1)
    assert word_errors("", "you") == Errors(1, 0)
    assert word_errors("GO", "go on then") == Errors(2, 1)


def test_a_word_in_capitals_in_a_shouting_reference_stays_a_word() -> None:
    assert word_errors("RUBOUT G M E", "Rub out GME") == Errors(2, 4)


@given(st.text(max_size=60))
def test_a_text_is_never_wrong_compared_with_itself(text: str) -> None:
    assert word_errors(text, text).errors == 0
