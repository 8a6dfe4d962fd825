"""Documents in pieces: nothing is lost, nothing is too long, memory stays small."""

from __future__ import annotations

import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import RefusedError
from gateway.speech.longtext import LONGEST_PIECE, Piece, pieces_of, script_of
from gateway.speech.script import Pause, Say

LONG = "This is a line of a paragraph that somebody has wrapped at about"


@pytest.fixture
def script(tmp_path):
    def make(text):
        path = tmp_path / "text"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(script_of(path))

    return make


def said(items):
    return [item.text for item in items if isinstance(item, Say)]


def test_paragraphs_with_pauses(script):
    assert script("One.\n\n\nTwo.\n") == [Say("One."), Pause(0.6), Say("Two."), Pause(0.6)]


def test_wrapped_lines_are_one(script):
    assert said(script(f"{LONG}\r\n{LONG}\r\nhere.")) == [f"{LONG} {LONG} here."]


def test_headings_and_lists_stay_lines(script):
    text = f"Opening hours\n{LONG}\n- {LONG}\n- {LONG}\n1. {LONG}\n"
    assert said(script(text)) == [
        "Opening hours",
        LONG,
        f"- {LONG}",
        f"- {LONG}",
        f"1. {LONG}",
    ]
    assert script(text)[1] == Pause(0.35)


def test_rulers_are_not_read(script):
    assert said(script("Title\n=====\n\n-----\n\n***\n\nText")) == ["Title", "Text"]


def test_a_byte_order_mark_and_form_feeds(script):
    assert said(script("\ufeffOne\fTwo")) == ["One", "Two"]


def test_what_is_not_utf8_is_refused(script):
    with pytest.raises(RefusedError, match="not UTF-8"):
        script(b"caf\xe9")


def test_pieces_are_sentences_with_their_pauses():
    found = list(pieces_of([Say("One, two. Three"), Pause(0.6), Say("Four.", "de", 0.8)]))
    assert found == [
        Piece("One, two.", None, 1.0, 0.2),
        Piece("Three", None, 1.0, 0.6),
        Piece("Four.", "de", 0.8, 0.0),
    ]


def test_breaks_in_a_row_add_up_and_those_before_anything_do_not_count():
    items = [Pause(9), Say("One."), Pause(1.0), Pause(2.0), Say("Two.")]
    assert [piece.pause for piece in pieces_of(items)] == [3.0, 0.0]


def test_chinese_sentences_have_no_spaces():
    text = "你好。今天天气很好！我们走吧？好"
    assert [piece.text for piece in pieces_of([Say(text)])] == text.replace("。", "。 ").replace(
        "！", "！ "
    ).replace("？", "？ ").split(" ")


def test_an_endless_line_is_cut_between_words(script):
    text = "word " * 20_000
    pieces = list(pieces_of(script(text)))
    assert " ".join(piece.text for piece in pieces).split() == text.split()
    assert max(len(piece.text) for piece in pieces) <= LONGEST_PIECE


def test_memory_does_not_grow_with_the_document(tmp_path):
    path = tmp_path / "text"
    with path.open("w") as file:
        for number in range(20_000):
            file.write(f"This is sentence number {number} of a long story.\n\n")
        file.write("x" * 1_000_000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in pieces_of(script_of(path)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count > 20_000
    assert peak < 1_000_000


@given(st.text(max_size=400))
def test_every_letter_and_digit_is_said_once(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        path.write_text(text, encoding="utf-8", newline="")
        pieces = list(pieces_of(script_of(path)))
    assert all(len(piece.text) <= LONGEST_PIECE for piece in pieces)
    wanted = [c for c in text if c.isalnum()]
    assert [c for piece in pieces for c in piece.text if c.isalnum()] == wanted
