"""What a listener wants."""

from __future__ import annotations

import pytest

from gateway.outcall.spoken import Wish, wish_in


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("Repeat.", Wish.REPEAT),
        ("Say that again, please.", Wish.REPEAT),
        ("Next!", Wish.NEXT),
        ("skip this one", Wish.NEXT),
        ("Delete", Wish.DELETE),
        ("please delete it", Wish.DELETE),
        ("Answer.", Wish.ANSWER),
        ("I'd like to reply", Wish.ANSWER),
        ("Goodbye.", Wish.GOODBYE),
        ("hang up", Wish.GOODBYE),
        ("Yes.", Wish.YES),
        ("Yes please", Wish.YES),
        ("No, thanks.", Wish.NO),
        ("don't delete it", Wish.NO),
        ("", None),
        ("mm-hmm", None),
        ("the weather is nice", None),
        ("tell him that I will delete the answer to the next one again", None),
    ],
)
def test_wishes(said, wish):
    assert wish_in([said]) is wish


def test_the_best_reading_that_has_one():
    assert wish_in(["the lead", "delete", "repeat"]) is Wish.DELETE
    assert wish_in([]) is None
