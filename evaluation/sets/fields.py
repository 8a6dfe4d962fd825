"""The keys of an object that a person wrote, read by type; what is wrong is collected.

A reader of a field gives its default where the field is missing or wrong: the rest of the object is
still read, so that all its problems are reported at once.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Final, TypeVar, cast

from evaluation.sets.model import Value
from evaluation.sets.problems import Problems, meant

Choice = TypeVar("Choice", bound=str)

LONGEST_TEXT: Final = 1000
"""Characters of a text of a set."""
MOST_ITEMS: Final = 200
"""Things in a list: turns of a case, rows of a table."""


class Fields:
    """An object of a set. `path` names it in messages ("turns[2]"; '' : the whole line)."""

    def __init__(
        self,
        entry: Mapping[str, object],
        where: str,
        problems: Problems,
        path: str = "",
        lines: Mapping[str, str] | None = None,
    ) -> None:
        self._entry = entry
        self._where = where
        self._problems = problems
        self._path = path
        self._lines = lines or {}

    def __contains__(self, key: object) -> bool:
        return key in self._entry

    @property
    def where(self) -> str:
        """The file and line of the object."""
        return self._where

    def problem(self, text: str, key: str = "") -> None:
        """Something is wrong with the object, or with its field `key`."""
        name = ".".join(part for part in (self._path, key) if part)
        where = self._lines.get(key, self._where)
        self._problems.add(where, f"{name} {text}" if name else text)

    def known(self, names: Collection[str]) -> None:
        """Only these keys may be there."""
        for key in self._entry:
            if key not in names:
                self.problem(f"is no key that is known here{meant(key, names)}", key)

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A text of at most `LONGEST_TEXT` characters; not empty where it is `required`."""
        value = self._entry.get(key)
        if value is None and key not in self._entry:
            if required:
                self.problem("is missing", key)
            return default
        if not isinstance(value, str):
            self.problem(f"is {_shown(value)}; it has to be a text in quotes", key)
            return default
        if len(value) > LONGEST_TEXT:
            self.problem(f"has {len(value)} characters; at most {LONGEST_TEXT}", key)
            return default
        if "\0" in value or not _encodes(value):
            self.problem("has characters that are no text", key)
            return default
        if required and not value.strip():
            self.problem("is empty", key)
        return value

    def number(self, key: str, low: float, high: float) -> float | None:
        """A number from `low` to `high`; None where it is missing or wrong."""
        if key not in self._entry:
            return None
        value = self._entry[key]
        if not _is_number(value):
            self.problem(f"is {_shown(value)}; it has to be a number", key)
            return None
        number = float(cast(float, value))
        if not low <= number <= high:
            self.problem(f"is {number:g}; it may be {low:g} to {high:g}", key)
            return None
        return number

    def whole(self, key: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`; None where it is missing or wrong."""
        number = self.number(key, low, high)
        if number is not None and number != int(number):
            self.problem(f"is {number:g}; it has to be a whole number", key)
            return None
        return None if number is None else int(number)

    def flag(self, key: str) -> bool:
        """true or false; false where it is missing."""
        value = self._entry.get(key, False)
        if not isinstance(value, bool):
            self.problem(f"is {_shown(value)}; it has to be true or false", key)
            return False
        return value

    def choice(self, key: str, choices: Collection[Choice], default: Choice) -> Choice:
        """One of `choices`."""
        value = self.text(key, default)
        if value in choices:
            return cast(Choice, value)
        one_of = ", ".join(sorted(choices))
        self.problem(f"is {value!r}; it may be {one_of}{meant(value, choices)}", key)
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one."""
        value = self._entry.get(key)
        items: dict[str, object] = {"": value} if isinstance(value, str) else self._items(key)
        named = {f"{key}{at}": item for at, item in items.items()}
        listed = Fields(named, self._where, self._problems, self._path)
        return tuple(text for name in named if (text := listed.text(name, required=True)))

    def value(self, key: str) -> Value | None:
        """A text, number or truth value; None where it is missing or wrong."""
        if key not in self._entry:
            self.problem("is missing", key)
            return None
        value = self._entry[key]
        if isinstance(value, str):
            return self.text(key)
        if value is True or value is False or _is_number(value):
            return cast(Value, value)
        self.problem(f"is {_shown(value)}; it has to be a text, a number, true or false", key)
        return None

    def values(self) -> dict[str, Value]:
        """All keys with their values: the columns of a row, the arguments of an action."""
        read = {key: self.value(key) for key in self._entry}
        return {key: value for key, value in read.items() if value is not None}

    def inner(self, key: str) -> Fields | None:
        """The object under `key`; None where it is missing or no object."""
        value = self._entry.get(key)
        if value is None and key not in self._entry:
            return None
        if not isinstance(value, dict):
            self.problem(f"is {_shown(value)}; it has to be an object in braces", key)
            return None
        return self._below(key, value)

    def objects(self, key: str, short: str = "") -> list[Fields]:
        """The objects in the list under `key`; a text stands for an object with only `short`."""
        found = []
        for at, item in self._items(key).items():
            if isinstance(item, str) and short:
                found.append(self._below(f"{key}{at}", {short: item}))
            elif isinstance(item, dict):
                found.append(self._below(f"{key}{at}", item))
            else:
                self.problem(f"is {_shown(item)}; it has to be an object in braces", f"{key}{at}")
        return found

    def tables(self) -> list[tuple[str, list[Fields]]]:
        """The object as lists of objects by key."""
        return [(key, self.objects(key)) for key in self._entry]

    def _below(self, name: str, entry: Mapping[str, object]) -> Fields:
        path = ".".join(part for part in (self._path, name) if part)
        return Fields(entry, self._where, self._problems, path)

    def _items(self, key: str) -> dict[str, object]:
        value = self._entry.get(key)
        if value is None and key not in self._entry:
            return {}
        if not isinstance(value, list):
            self.problem(f"is {_shown(value)}; it has to be a list in brackets", key)
            return {}
        if len(value) > MOST_ITEMS:
            self.problem(f"has {len(value)} items; at most {MOST_ITEMS}", key)
            return {}
        return {f"[{at}]": item for at, item in enumerate(value)}


def _is_number(value: object) -> bool:
    """A finite number; true and false are none, although Python thinks so."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # beyond what a float holds, nobody means it
    return abs(value) < 1e300 and math.isfinite(value)


def _encodes(text: str) -> bool:
    """Lone halves of surrogate pairs ("\\ud800" in JSON) can't be written to any file."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 40 else f"{text[:37]}..."
