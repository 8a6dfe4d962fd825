"""What is wrong with a set: all problems, each with its file and line, before anybody hears."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong; `where` is the file, with its line ("sets/bank/cases.jsonl:12")."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


class SetError(ValueError):
    """A set can't be used. `problems` are all that were found; the message has a line for each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:_SHOWN]]
        if len(self.problems) > _SHOWN:
            lines.append(f"... and {len(self.problems) - _SHOWN} more")
        super().__init__("\n".join(lines))


class Problems:
    """Problems as they are found, in order, each only once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def add(self, where: str, text: str) -> None:
        """There is something wrong `where`."""
        self._found[Problem(where, text)] = None

    def raise_any(self) -> None:
        """Raises SetError if anything was found."""
        if self._found:
            raise SetError(tuple(self._found))

    def __len__(self) -> int:
        return len(self._found)


def refused(where: object, text: str) -> SetError:
    """The error for a single problem."""
    return SetError((Problem(str(where), text),))


def meant(word: str, words: Collection[str]) -> str:
    """A hint for a misspelled `word`: " (did you mean ...?)", or '' where none of `words` is
    like it."""
    close = get_close_matches(word, sorted(words), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
