"""What pages send is checked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.desk.requests import (
    LONGEST_NOTE,
    BadRequest,
    Request,
    SeatRefused,
    checked_seat,
    parse_request,
)


def test_good_requests() -> None:
    assert parse_request({"type": "available", "call_id": 7}) == Request("available")
    assert parse_request({"type": "accept", "call_id": "c"}) == Request("accept", "c")
    note = {"type": "note", "call_id": "c", "text": "  hello\n"}
    assert parse_request(note) == Request("note", "c", "hello")


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": None},
        {"type": ["accept"]},
        {"type": "explode"},
        {"type": "accept"},
        {"type": "accept", "call_id": ""},
        {"type": "decline", "call_id": "x" * 129},
        {"type": "note", "call_id": "c"},
        {"type": "note", "call_id": "c", "text": "   "},
        {"type": "note", "call_id": "c", "text": "x" * (LONGEST_NOTE + 1)},
    ],
)
def test_bad_requests(message: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        parse_request(message)


anything = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2)
kinds = st.sampled_from(("available", "away", "accept", "decline", "end", "note", "wrapped_up"))


@given(st.dictionaries(st.sampled_from(("type", "call_id", "text", "x")), anything | kinds))
def test_any_object_is_a_request_or_refused(message: dict[str, Any]) -> None:
    try:
        request = parse_request(message)
    except BadRequest:
        return
    assert request.type == message["type"]
    assert len(request.text) <= LONGEST_NOTE


def test_seats_are_checked() -> None:
    assert checked_seat("s1", " Ada  Byron ", ["cards", " cards ", ""]) == (
        "s1", "Ada Byron", ("cards",),
    )  # fmt: skip
    for seat, name, skills in [
        ("", "Ada", ()),
        ("s" * 65, "Ada", ()),
        ("s\n", "Ada", ()),
        ("s", "  ", ()),
        ("s", "x" * 81, ()),
        ("s", "\u200e", ()),
        ("s", "Ada", ["x" * 81]),
        ("s", "Ada", [str(number) for number in range(21)]),
    ]:
        with pytest.raises(SeatRefused):
            checked_seat(seat, name, skills)
