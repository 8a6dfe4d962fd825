"""Subtitles that can be read."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from gateway.transcripts.captions import LINES, LONGEST, WIDEST, cues, width
from gateway.transcripts.transcript import Word


def said(text: str, start: float = 0.0, each: float = 0.3) -> list[Word]:
    return [
        Word(word, start + n * each, start + (n + 1) * each, 0.9)
        for n, word in enumerate(text.split())
    ]


def test_a_sentence_on_two_balanced_lines():
    found = cues(said("I would like to know what became of my order of last Tuesday."))
    assert [cue.lines for cue in found] == [
        ("I would like to know what became", "of my order of last Tuesday.")
    ]
    assert (found[0].start, round(found[0].end, 3)) == (0.0, 3.9)


def test_a_new_one_after_a_sentence_and_after_a_pause():
    words = said("This was the first of them. And this the") + said("second", start=9.0)
    assert [cue.lines for cue in cues(words)] == [
        ("This was the first of them.",),
        ("And this the",),
        ("second",),
    ]


def test_what_does_not_fit_is_cut_after_a_clause():
    text = "when he had come home at last after so many years, nobody knew him any more but the dog"
    found = [" ".join(cue.lines) for cue in cues(said(text, each=0.2))]
    assert found == [
        "when he had come home at last after so many years,",
        "nobody knew him any more but the dog",
    ]


def test_a_short_one_stands_a_second_where_there_is_room():
    first, second = cues([*said("Yes.", each=0.2), *said("No.", start=5.0, each=0.2)])
    assert (first.end, second.end) == (1.0, 6.0)
    first, second = cues([*said("Yes.", each=0.2), *said("No.", start=1.05, each=0.2)])
    assert first.end == 1.0
    assert second.start == 1.05


def test_a_word_wider_than_a_line_is_cut():
    found = cues([Word("x" * 100, 0.0, 3.0, 0.5)])
    assert "".join(line for cue in found for line in cue.lines) == "x" * 100
    assert all(width(line) <= WIDEST for cue in found for line in cue.lines)


def test_japanese_takes_two_columns_a_character():
    found = cues([Word(sign, n * 0.1, n * 0.1 + 0.1, 0.9) for n, sign in enumerate("語" * 60)], "")
    assert all(width(line) <= WIDEST for cue in found for line in cue.lines)
    assert "".join(line for cue in found for line in cue.lines) == "語" * 60


@st.composite
def speeches(draw: st.DrawFn) -> list[Word]:
    moment, words = 0.0, []
    for _ in range(draw(st.integers(0, 60))):
        moment += draw(st.floats(0, 3))
        end = moment + draw(st.floats(0, 9))
        text = draw(st.text("abcdefgh語.,?é", min_size=1, max_size=60))
        words.append(Word(text, moment, end, 0.5))
        moment = end
    return words


@given(speeches())
def test_every_word_once_in_lines_that_fit_in_order_without_overlap(words):
    found = cues(words)
    for cue in found:
        assert 1 <= len(cue.lines) <= LINES
        assert all(0 < width(line) <= WIDEST for line in cue.lines)
        assert 0 <= cue.end - cue.start <= LONGEST + 1e-6
    assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(found))
    shown = "".join("".join(cue.lines) for cue in found).replace(" ", "")
    assert shown == "".join(word.text for word in words)
