"""Long texts as several short messages, and back. Pure.

A message holds 140 bytes: 160 septets or 70 UCS-2 units. Longer texts are sent in segments, each
with a header of six bytes that says which message, how many parts, which part; 153 septets or 67
units are left. Networks deliver parts late, twice, in any order, or not at all.

Source: 3GPP TS 23.040, 9.2.3.24 (user data header), .1 and .8 (concatenation, 8 and 16 bits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.sms.alphabet import Alphabet, alphabet_of, encode, units

ALONE: Final = {Alphabet.GSM7: 160, Alphabet.UCS2: 70}
"""Septets or 16-bit units of a message that is all."""
IN_PART: Final = {Alphabet.GSM7: 153, Alphabet.UCS2: 67}
"""The same of one part of several."""
MOST_PARTS: Final = 255
"""What the header can count."""
_PLAIN, _WIDE = 0x00, 0x08  # information elements: reference of 8 or of 16 bits


class TooManySegments(ValueError):
    """A text needs more segments than it may have."""


class BadHeader(ValueError):
    """A user data header breaks the rules of TS 23.040."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One short message: part `number` (1 ..) of `total` of the text with this `reference`."""

    text: str
    alphabet: Alphabet
    reference: int = 0
    number: int = 1
    total: int = 1

    @property
    def header(self) -> bytes:
        """The user data header, b'' for a message that is all."""
        if self.total == 1:
            return b""
        return bytes([5, _PLAIN, 3, self.reference & 0xFF, self.total, self.number])

    @property
    def data(self) -> bytes:
        """The user data: header and coded text (a septet takes one byte)."""
        return self.header + encode(self.text, self.alphabet)


def split(text: str, reference: int, most: int = MOST_PARTS) -> list[Segment]:
    """The segments of `text`, in the alphabet that it needs; '' is one empty segment.

    No escape sequence and no surrogate pair is torn apart. `reference` tells this message from
    others to the same phone; its low eight bits count.

    Raises:
        TooManySegments: there are more than `most`.
    """
    alphabet = alphabet_of(text)
    if room_of(text, alphabet) <= ALONE[alphabet]:
        return [Segment(text, alphabet, reference & 0xFF)]
    parts = _filled(text, alphabet)
    if len(parts) > min(most, MOST_PARTS):
        raise TooManySegments(f"{len(parts)} segments, at most {min(most, MOST_PARTS)}")
    total = len(parts)
    return [
        Segment(part, alphabet, reference & 0xFF, number, total)
        for number, part in enumerate(parts, 1)
    ]


def segments_needed(text: str) -> int:
    """How many segments `text` takes; may be more than can be sent."""
    alphabet = alphabet_of(text)
    if room_of(text, alphabet) <= ALONE[alphabet]:
        return 1
    return len(_filled(text, alphabet))


def room_of(text: str, alphabet: Alphabet) -> int:
    """Septets or 16-bit units of `text`."""
    return sum(units(character, alphabet) for character in text)


def _filled(text: str, alphabet: Alphabet) -> list[str]:
    """`text` cut into parts as full as they may be."""
    parts, begin, room = [], 0, 0
    for at, character in enumerate(text):
        size = units(character, alphabet)
        if room + size > IN_PART[alphabet]:
            parts.append(text[begin:at])
            begin, room = at, 0
        room += size
    return [*parts, text[begin:]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a received segment belongs: `reference` of its message, `number` (1 ..) of `total`."""

    reference: int
    number: int
    total: int


def read_header(data: bytes) -> tuple[Place | None, bytes]:
    """The place that the user data header at the beginning of `data` names, and what follows it.

    None when the header speaks of other things only.

    Raises:
        BadHeader: the header is cut off, or counts wrongly.
    """
    if not data or len(data) < data[0] + 1:
        raise BadHeader("the user data header is cut off")
    header, rest = data[1 : data[0] + 1], data[data[0] + 1 :]
    place, at = None, 0
    while at < len(header):
        if at + 2 > len(header) or at + 2 + header[at + 1] > len(header):
            raise BadHeader("an element of the user data header is cut off")
        element = header[at + 2 : at + 2 + header[at + 1]]
        if header[at] in (_PLAIN, _WIDE):
            place = _place(header[at], element)
        at += 2 + len(element)
    return place, rest


def _place(kind: int, element: bytes) -> Place:
    if len(element) != (3 if kind == _PLAIN else 4):
        raise BadHeader("the concatenation element has the wrong length")
    total, number = element[-2], element[-1]
    if not 1 <= number <= total:
        raise BadHeader(f"part {number} of {total} can't be")
    return Place(int.from_bytes(element[:-2], "big"), number, total)


# ── joining ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Joined:
    """A message put together: `missing` are the numbers of parts that never came, `since` is when
    the first one did."""

    sender: str
    recipient: str
    text: str
    since: float
    reference: int = 0
    total: int = 1
    missing: tuple[int, ...] = ()


_Key = tuple[str, str, int, int]


@dataclass(slots=True)
class _Gathering:
    since: float
    parts: dict[int, str] = field(default_factory=dict)


class Joiner:
    """Puts received segments together; out of order, and once each.

    A message of which parts are missing `patience` seconds after its first one is given up, with a
    note in the text where they would have been. At most `most` messages are gathered at a time:
    then the oldest is given up. A second copy of a whole message within `patience` is not told
    apart from a new one unless it is of several parts.
    """

    def __init__(self, patience: float = 3600.0, most: int = 1000) -> None:
        self._patience = patience
        self._most = most
        self._open: dict[_Key, _Gathering] = {}
        self._done: dict[_Key, float] = {}  # when it was complete: late copies are dropped

    def __len__(self) -> int:
        return len(self._open)

    def add(
        self, sender: str, recipient: str, text: str, place: Place | None, now: float
    ) -> list[Joined]:
        """A segment has come: what is complete now (or had to make room for it)."""
        if place is None or place.total == 1:
            return [Joined(sender, recipient, text, now)]
        key = (sender, recipient, place.reference, place.total)
        if self._is_late_copy(key, now):
            return []
        given_up = [] if key in self._open else self._make_room()
        gathering = self._open.setdefault(key, _Gathering(now))
        gathering.parts.setdefault(place.number, text)
        if len(gathering.parts) < place.total:
            return given_up
        del self._open[key]
        self._done[key] = now
        return [*given_up, _joined(key, gathering)]

    def overdue(self, now: float) -> list[Joined]:
        """Messages whose missing parts are not waited for any longer."""
        late = [k for k, g in self._open.items() if now - g.since >= self._patience]
        self._done = {k: at for k, at in self._done.items() if now - at < self._patience}
        return [_joined(key, self._open.pop(key)) for key in late]

    def _is_late_copy(self, key: _Key, now: float) -> bool:
        """References come round again, but not this soon to the same phone."""
        done = self._done.get(key)
        return key not in self._open and done is not None and now - done < self._patience

    def _make_room(self) -> list[Joined]:
        if len(self._done) >= self._most:
            del self._done[next(iter(self._done))]
        if len(self._open) < self._most:
            return []
        oldest = next(iter(self._open))
        return [_joined(oldest, self._open.pop(oldest))]


def _joined(key: _Key, gathering: _Gathering) -> Joined:
    sender, recipient, reference, total = key
    missing = tuple(n for n in range(1, total + 1) if n not in gathering.parts)
    text = "".join(gathering.parts.get(n, f" [part {n} is missing] ") for n in range(1, total + 1))
    return Joined(sender, recipient, text, gathering.since, reference, total, missing)


def shortened(text: str, most: int) -> str:
    """`text` if it fits into `most` segments; else its beginning, and a word on what is missing.

    Cut between words where there are any.
    """
    if segments_needed(text) <= most:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        if segments_needed(_cut(text, middle)) <= most:
            low = middle
        else:
            high = middle - 1
    return _cut(text, low)


def _cut(text: str, length: int) -> str:
    begun = text[:length]
    space = max(begun.rfind(" "), begun.rfind("\n"))
    if length < len(text) and not text[length].isspace() and space > length - 40 and space > 0:
        begun = begun[:space]
    begun = begun.rstrip()
    return f"{begun} [cut: {len(text) - len(begun):,} more characters]"


def texts(segments: Sequence[Segment]) -> str:
    """The text of all segments of one message, in the order of their numbers."""
    return "".join(s.text for s in sorted(segments, key=lambda s: s.number))
