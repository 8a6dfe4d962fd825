"""Segments: how many there are, that nothing is torn apart, and how they come together again."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sms.alphabet import Alphabet, decode
from gateway.sms.segments import (
    BadHeader,
    Joined,
    Joiner,
    Place,
    Segment,
    TooManySegments,
    read_header,
    segments_needed,
    shortened,
    split,
)

MIXED = st.text(st.sampled_from("ab 1€[~é\n"), max_size=700)
WIDE = st.text(st.sampled_from("aж你😀€"), max_size=500)


@pytest.mark.parametrize(
    ("text", "count", "last"),
    [
        ("", 1, 0),
        ("a" * 160, 1, 160),
        ("a" * 161, 2, 8),
        ("a" * 306, 2, 153),
        ("a" * 307, 3, 1),
        ("€" * 80, 1, 80),
        ("€" * 81, 2, 5),  # an escape pair does not fit into the 153rd septet
        ("ж" * 70, 1, 70),
        ("ж" * 71, 2, 4),
        ("😀" * 35, 1, 35),
        ("😀" * 36, 2, 3),  # nor a surrogate pair into the 67th unit
    ],
)
def test_how_many_and_where(text, count, last):
    parts = split(text, 7)
    assert (len(parts), len(parts[-1].text)) == (count, last)
    assert segments_needed(text) == count


@given(st.one_of(MIXED, WIDE), st.integers(0, 1000))
def test_every_segment_fits_and_nothing_is_torn_or_lost(text, reference):
    parts = split(text, reference)
    assert "".join(part.text for part in parts) == text
    for part in parts:
        packed = len(part.header) * 8 + (
            (len(part.data) - len(part.header)) * (7 if part.alphabet is Alphabet.GSM7 else 8)
        )
        assert -(-packed // 8) <= 140
        place, body = (None, part.data) if part.total == 1 else read_header(part.data)
        assert decode(body, part.alphabet) == part.text
        if place is not None:
            assert place == Place(reference & 0xFF, part.number, len(parts))


def test_there_is_a_limit():
    with pytest.raises(TooManySegments, match="4 segments, at most 3"):
        split("a" * 500, 1, most=3)
    with pytest.raises(TooManySegments, match="at most 255"):
        split("a" * (153 * 255 + 1), 1, most=1000)


def test_a_header_with_a_wide_reference_and_other_elements():
    ports = bytes([0x05, 4, 0x0B, 0x84, 0x23, 0xF0])
    wide = bytes([0x08, 4, 0x12, 0x34, 3, 2])
    assert read_header(bytes([12]) + ports + wide + b"rest") == (Place(0x1234, 2, 3), b"rest")
    assert read_header(bytes([6]) + ports + b"x") == (None, b"x")
    assert read_header(b"\x00x") == (None, b"x")


@pytest.mark.parametrize(
    "data", [b"", b"\x05\x00\x03", b"\x05\x00\x04\x01\x02\x01", b"\x05\x00\x03\x01\x02\x00",
             b"\x05\x00\x03\x01\x02\x03", b"\x04\x00\x02\x01\x02", b"\x01\x00"]
)  # fmt: skip
def test_a_bad_header_is_refused(data):
    with pytest.raises(BadHeader):
        read_header(data)


@given(st.binary(max_size=40))
def test_any_header_is_read_or_refused(data):
    try:
        place, rest = read_header(data)
    except BadHeader:
        return
    assert data.endswith(rest)
    assert place is None or 1 <= place.number <= place.total


# ── joining ───────────────────────────────────────────────────────────────────────────────────


def add(joiner: Joiner, part: Segment, now: float, sender: str = "+1") -> list[Joined]:
    place = None if part.total == 1 else Place(part.reference, part.number, part.total)
    return joiner.add(sender, "+2", part.text, place, now)


@given(st.one_of(MIXED, WIDE), st.randoms(use_true_random=False))
def test_in_any_order_and_some_twice(text, chance: random.Random):
    parts = split(text, 3)
    if len(parts) > 1:
        parts += chance.sample(parts, chance.randint(0, len(parts)))
    chance.shuffle(parts)
    joiner = Joiner()
    done = [joined for at, part in enumerate(parts) for joined in add(joiner, part, float(at))]
    total = split(text, 3)[0].total
    assert done == [Joined("+1", "+2", text, 0.0, 3 if total > 1 else 0, total)]
    assert len(joiner) == 0


def test_two_messages_at_once_and_two_senders_with_one_reference():
    first, second = split("a" * 200, 1), split("b" * 200, 2)
    joiner = Joiner()
    assert add(joiner, first[0], 0) == add(joiner, second[1], 0) == []
    assert add(joiner, first[1], 0, sender="+9") == []
    assert [j.text for j in add(joiner, second[0], 1)] == ["b" * 200]
    assert [j.text for j in add(joiner, first[1], 1)] == ["a" * 200]


def test_what_is_missing_is_waited_for_and_then_said():
    parts = split("x" * 153 + "y" * 153 + "z" * 9, 5)
    joiner = Joiner(patience=60)
    add(joiner, parts[2], 0.0)
    add(joiner, parts[0], 59.0)
    assert joiner.overdue(59.9) == []
    (given_up,) = joiner.overdue(60.0)
    assert given_up.text == "x" * 153 + " [part 2 is missing] " + "z" * 9
    assert given_up.missing == (2,)
    assert joiner.overdue(61.0) == []


def test_the_reference_may_be_used_again_later():
    parts = split("a" * 200, 1)
    joiner = Joiner(patience=60)
    add(joiner, parts[0], 0.0)
    assert [j.text for j in add(joiner, parts[1], 0.0)] == ["a" * 200]
    assert add(joiner, parts[0], 59.0) == []
    assert len(joiner) == 0, "a late copy opens no new message"
    joiner.overdue(60.0)
    add(joiner, parts[0], 61.0)
    assert [j.text for j in add(joiner, parts[1], 61.0)] == ["a" * 200]


def test_no_more_than_so_many_messages_are_gathered():
    joiner = Joiner(most=3)
    given_up = []
    for number in range(10):
        given_up += joiner.add(f"+{number}", "+2", "a", Place(1, 1, 2), 0.0)
    assert len(joiner) == 3
    assert [j.sender for j in given_up] == [f"+{number}" for number in range(7)]


# ── cutting ───────────────────────────────────────────────────────────────────────────────────


@given(st.text(st.sampled_from("abc € ж\n"), max_size=600), st.integers(1, 4))
def test_what_was_cut_fits_and_says_so(text, most):
    cut = shortened(text, most)
    assert segments_needed(cut) <= most
    if cut != text:
        kept, _, note = cut.rpartition(" [cut: ")
        assert text.startswith(kept)
        assert note == f"{len(text) - len(kept):,} more characters]"


def test_words_stay_whole_and_much_is_kept():
    text = "wonderful words " * 60
    cut = shortened(text, 2)
    assert cut.partition(" [cut")[0].split()[-1] in ("wonderful", "words")
    assert len(cut) > 306 - 40
