"""JSON, one object a line, as strictly as a reference needs it. Pure.

Nothing is guessed: a key given twice, NaN and Infinity are errors, although Python's reader takes
them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

LONGEST_LINE: Final = 1_000_000
"""Bytes of a line."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: its number from 1, and the object on it or what is wrong."""

    number: int
    entry: dict[str, object] | None
    problem: str = ""


def lines_of(data: bytes) -> Iterator[Line]:
    """The lines of a file. Only a line feed ends one: texts may have other separators in them."""
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            yield Line(number, _object(line))
        except ValueError as error:
            yield Line(number, None, str(error))


def _object(line: bytes) -> dict[str, object]:
    if len(line) > LONGEST_LINE:
        raise ValueError(f"the line has {len(line)} bytes; at most {LONGEST_LINE}")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} of the line is no UTF-8") from None
    entry = parsed(text)
    if isinstance(entry, dict):
        return entry
    raise ValueError("the line has to be an object in braces")


def parsed(text: str) -> object:
    """What a JSON text says. Raises ValueError with the column."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise ValueError("no JSON that anybody would write: too many brackets") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entry: dict[str, object] = {}
    for key, value in pairs:
        if key in entry:
            raise ValueError(f"{key!r} is given twice")
        entry[key] = value
    return entry


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that can be measured")
