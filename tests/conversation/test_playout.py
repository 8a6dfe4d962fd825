"""What the listener can have heard: by marks, by the clock, and after a cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.conversation.playout import SPEECH_RATE, PlayoutLedger, words_heard

TEXT = "one two three four"


@pytest.mark.parametrize(
    ("fraction", "heard"),
    [
        (0.0, ""),
        (0.1, ""),
        (0.17, "one"),
        (0.4, "one two"),
        (0.99, "one two three"),
        (1.0, TEXT),
        (2.0, TEXT),
        (-1.0, ""),
    ],
)
def test_whole_words_only(fraction: float, heard: str) -> None:
    assert words_heard(TEXT, fraction) == heard


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_more_time_never_means_fewer_words(text: str, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert words_heard(text, more).startswith(words_heard(text, less))
    assert text.startswith(words_heard(text, more))
    assert words_heard(text, 1.0) == text.rstrip()


def test_a_mark_ends_a_piece_once() -> None:
    ledger = PlayoutLedger()
    piece = ledger.add(TEXT, 1)
    ledger.started(piece.name, 1.0)
    assert ledger.sent(piece.name, 2.0, 2.9) == 3.0 + 1.5
    assert ledger.finish(piece.name) is piece
    assert piece.heard == 1.0
    assert ledger.finish(piece.name) is None
    assert ledger.fail(piece.name, 0.0) is None
    assert ledger.outstanding == []


def test_without_marks_the_clock_ends_it() -> None:
    ledger = PlayoutLedger(marks=False)
    piece = ledger.add(TEXT, 1)
    assert ledger.overdue(100.0) == []  # it has not begun
    assert ledger.sent(piece.name, 2.0, 1.0) == 3.0  # sent without a beginning: it begins now
    assert ledger.overdue(2.9) == []
    assert ledger.overdue(3.0) == [piece]
    assert ledger.overdue(3.0) == []


def test_a_cut_is_measured_by_the_time_since_the_piece_began() -> None:
    ledger = PlayoutLedger()
    first, second, third = (ledger.add(TEXT, 1) for _ in range(3))
    ledger.started(first.name, 1.0)
    ledger.sent(first.name, 2.0, 2.9)
    ledger.started(second.name, 3.0)
    cut = ledger.clear(3.0 + len(TEXT) / SPEECH_RATE / 2)
    assert cut == [first, second, third]
    assert (first.heard, third.heard) == (1.0, 0.0)
    assert second.heard == pytest.approx(0.5)
    assert ledger.outstanding == []


def test_marks_of_before_a_cut_mean_nothing_after_it() -> None:
    ledger = PlayoutLedger()
    old = ledger.add(TEXT, 1)
    ledger.clear(1.0)
    new = ledger.add(TEXT, 2)
    assert new.name != old.name
    assert ledger.finish(old.name) is None
    assert ledger.started(old.name, 2.0) is None
    assert ledger.sent(old.name, 1.0, 2.0) is None
    assert ledger.outstanding == [new]


@pytest.mark.parametrize(("seconds", "heard"), [(0.0, 0.0), (0.6, 0.5), (9.0, 1.0)])
def test_a_piece_that_breaks_is_heard_as_far_as_it_was_sent(seconds: float, heard: float) -> None:
    ledger = PlayoutLedger()
    piece = ledger.add(TEXT, 1)
    ledger.started(piece.name, 1.0)
    assert ledger.fail(piece.name, seconds) is piece
    assert piece.heard == pytest.approx(heard)


def test_an_empty_piece_has_no_length() -> None:
    ledger = PlayoutLedger()
    piece = ledger.add("", 1)
    ledger.started(piece.name, 1.0)
    assert ledger.clear(2.0)[0].heard == 0.0
