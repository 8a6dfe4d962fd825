"""What the pages of seats may send, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_ID = 128
LONGEST_NOTE = 4000
LONGEST_NAME = 80
LONGEST_SEAT = 64
MOST_SKILLS = 20

_PLAIN = frozenset({"available", "away", "end", "wrapped_up"})
_ABOUT_A_CALL = frozenset({"accept", "decline", "note"})


class SeatRefused(ValueError):
    """Nobody can sign in like this; the message is a sentence for people."""


class BadRequest(ValueError):
    """A page asked for something impossible; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Request:
    """`call_id` and `text` are '' where the type does not need them."""

    type: str
    call_id: str = ""
    text: str = ""


def parse_request(message: Mapping[str, Any]) -> Request:
    """Check a page's message. Raises BadRequest."""
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in _PLAIN | _ABOUT_A_CALL:
        known = ", ".join(sorted(_PLAIN | _ABOUT_A_CALL))
        raise BadRequest(f"The type of a message is one of {known}.")
    if kind in _PLAIN:
        return Request(kind)
    call_id = message.get("call_id")
    if not isinstance(call_id, str) or not 0 < len(call_id) <= LONGEST_ID:
        raise BadRequest(f"“{kind}” needs the call_id of the call.")
    if kind != "note":
        return Request(kind, call_id)
    text = message.get("text")
    text = text.strip() if isinstance(text, str) else ""
    if not 0 < len(text) <= LONGEST_NOTE:
        raise BadRequest(f"A note has 1 to {LONGEST_NOTE} characters.")
    return Request(kind, call_id, text)


def checked_seat(seat: str, name: str, skills: Iterable[str]) -> tuple[str, str, tuple[str, ...]]:
    """Seat, name and skills as they may be used. Raises SeatRefused."""
    name = " ".join(name.split())
    skills = tuple(sorted({skill.strip() for skill in skills} - {""}))
    if not seat.isprintable() or not 0 < len(seat) <= LONGEST_SEAT:
        raise SeatRefused(f"A seat's id has 1 to {LONGEST_SEAT} printable characters.")
    if not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
        raise SeatRefused(f"A name has 1 to {LONGEST_NAME} printable characters.")
    if len(skills) > MOST_SKILLS or any(len(skill) > LONGEST_NAME for skill in skills):
        raise SeatRefused(f"A seat has at most {MOST_SKILLS} skills of {LONGEST_NAME} characters.")
    return seat, name, skills
