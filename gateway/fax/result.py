"""What a fax session is to do, and what came of it: plain data that crosses to the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self


class Direction(StrEnum):
    """Does this side send pages or take them?"""

    SEND = "send"
    RECEIVE = "receive"


@dataclass(frozen=True, slots=True)
class FaxTask:
    """One T.30 session.

    `file` is the TIFF to be sent or to be written; `ident` is what the other side is shown (up to
    20 of digits, space and +, T.30 5.3.6.2.4); `header` is printed on top of every sent page, ''
    for none; `ecm` allows error correction; `fastest` is the highest bit rate; pages are sent from
    `first_page` (0 is the first) on.
    """

    direction: Direction
    file: Path
    ident: str = ""
    header: str = ""
    ecm: bool = True
    fastest: int = 14400
    first_page: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain data, from which `from_json` makes the same task."""
        return {**asdict(self), "direction": str(self.direction), "file": str(self.file)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The task that `as_json` wrote down. Raises TypeError, ValueError or KeyError."""
        given = dict(data)
        direction, file = Direction(given.pop("direction")), Path(given.pop("file"))
        return cls(direction, file, **given)


@dataclass(frozen=True, slots=True)
class FaxPage:
    """A page that has crossed the line, confirmed by the side that received it.

    `width` and `length` in pixels, the resolutions in pixels per metre; `bad_rows` came damaged
    (without error correction only).
    """

    width: int
    length: int
    across: int
    down: int
    bad_rows: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FaxResult:
    """How a session ended. `code` 0 is success; `text` says in words what happened.

    `remote` is what the other side called itself; `pages` were sent and confirmed, or received.
    """

    code: int
    text: str
    remote: str = ""
    bit_rate: int = 0
    ecm: bool = False
    pages: tuple[FaxPage, ...] = ()

    @property
    def complete(self) -> bool:
        """Did every page arrive?"""
        return self.code == 0

    def as_json(self) -> dict[str, Any]:
        """Plain data, from which `from_json` makes the same result."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The result that `as_json` wrote down. Raises TypeError or KeyError."""
        given = dict(data)
        pages = tuple(FaxPage(**page) for page in given.pop("pages"))
        return cls(**given, pages=pages)
