"""What is kept between two attempts."""

from __future__ import annotations

import pytest

from gateway.transcripts.cutting import Piece, Span
from gateway.transcripts.kept import Kept, Outline
from gateway.transcripts.transcript import Segment, Word

KEY = {"model": "tiny.en", "language": None, "bytes": 77}
OUTLINE = Outline((Piece((Span(0.5, 2.0), Span(3, 4))), Piece((Span(9, 10),))), 12.0, "de", 0.9)
SEGMENT = Segment((Word("Grüße\u2028", 0.5, 1.0, 0.75),))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "heard.jsonl"


def test_a_second_attempt_knows_what_the_first_one_heard(path):
    first = Kept(path, KEY)
    assert (first.outline, list(first.missing())) == (None, [])
    first.begin(OUTLINE)
    assert list(first.missing()) == [0, 1]
    first.add(1, SEGMENT)
    second = Kept(path, KEY)
    assert second.outline == OUTLINE
    assert second.segments == {1: SEGMENT}
    assert list(second.missing()) == [0]


@pytest.mark.parametrize("torn", range(1, 60, 7))
def test_a_line_torn_by_a_crash_is_heard_again(path, torn):
    first = Kept(path, KEY)
    first.begin(OUTLINE)
    first.add(0, SEGMENT)
    whole = path.read_bytes()
    first.add(1, SEGMENT)
    last = path.read_bytes()[len(whole) :]
    path.write_bytes(whole + last[: min(torn, len(last) - 1)])
    second = Kept(path, KEY)
    assert list(second.missing()) == [1]
    second.add(1, SEGMENT)
    assert Kept(path, KEY).segments == {0: SEGMENT, 1: SEGMENT}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\n", b"[]\n", b'{"key": 1}\n', b"{}\n[1]\n"])
def test_what_is_no_such_file_is_begun_anew(path, content):
    path.write_bytes(content)
    kept = Kept(path, KEY)
    assert kept.outline is None
    kept.begin(OUTLINE)
    assert Kept(path, KEY).outline == OUTLINE


def test_another_model_or_recording_begins_anew(path):
    first = Kept(path, KEY)
    first.begin(OUTLINE)
    first.add(0, SEGMENT)
    other = Kept(path, {**KEY, "model": "base"})
    assert (other.outline, other.segments) == (None, {})
