"""What the agent itself wrote down of a call: its turns with their stages, and its journal.

Times are seconds since the call began, on the agent's clock; `began` puts them onto the wall clock.
The journal is read as plain JSON, so that a benchmark outlives a change of the event vocabulary.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from voicebot.store.folders import JOURNAL, call_folder

CLOSED_SECONDS: Final = 10.0
"""How long the record of a call may take to be closed."""

_ASKS: Final = ("AskDialogue", "TellDialogue")


class Keeper(Protocol):
    """Where an agent keeps its record of calls."""

    @property
    def data_dir(self) -> Path:
        """Its folder for recordings and journals."""

    def record(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of its record of calls."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript; `times` by stage: started, paused, decided, first_audio ...

    `text` is masked where it is `sensitive`; `heard` is what can have been heard of a line of the
    bot that was cut short (None: all of it).
    """

    number: int
    party: str
    kind: str
    text: str
    times: Mapping[str, float]
    confidence: float | None = None
    sensitive: bool = False
    heard: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of the journal with the commands that it led to."""

    at: float
    event: str
    data: Mapping[str, Any]
    commands: tuple[tuple[str, Mapping[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class CallTrace:
    """A call from the agent's point of view; `began` in seconds since 1970, `id` is its own."""

    began: float
    lines: tuple[Line, ...]
    journal: tuple[Entry, ...]
    policy: Mapping[str, Any]
    id: str = ""

    def asked(self) -> list[float]:
        """When the dialogue was asked something because of the caller (words, keys, silence)."""
        return [
            entry.at
            for entry in self.journal
            for name, data in entry.commands
            if name in _ASKS and data.get("name") != "start"
        ]

    def events(self, name: str, key: str, value: str) -> list[Entry]:
        """The journal's events of that name whose `key` is `value`."""
        return [e for e in self.journal if e.event == name and e.data.get(key) == value]

    def line_of_piece(self) -> dict[str, int]:
        """Which pieces of speech were said as one line: they were commanded by one event."""
        lines: dict[str, int] = {}
        for number, entry in enumerate(self.journal):
            for name, data in entry.commands:
                if name == "Say":
                    lines[str(data["piece"])] = number
        return lines


def read_journal(lines: Iterable[str]) -> tuple[Mapping[str, Any], tuple[Entry, ...]]:
    """Policy and entries of a journal; a torn last line is left out."""
    policy: Mapping[str, Any] = {}
    entries: list[Entry] = []
    for text in lines:
        if not text.endswith("\n"):
            break
        found: dict[str, Any] = json.loads(text)
        if "policy" in found:
            policy = found["policy"]
        elif "event" in found:
            entries.append(Entry(float(found["t"]), found["event"], found["data"], ()))
        elif entries:
            last = entries[-1]
            command = (str(found["command"]), found["data"])
            entries[-1] = Entry(last.at, last.event, last.data, (*last.commands, command))
    return policy, tuple(entries)


def read_trace(agent: Keeper, number: str, patience: float = CLOSED_SECONDS) -> CallTrace:
    """The latest call from `number`; waits up to `patience` seconds until its record is closed.

    Raises LookupError when there is none.
    """
    deadline = time.monotonic() + patience
    while True:
        query = "SELECT id, started_at, outcome FROM calls WHERE caller = ? ORDER BY started_at"
        rows = agent.record(query, number)
        if rows and (rows[-1][2] is not None or time.monotonic() >= deadline):
            break
        if time.monotonic() >= deadline:
            raise LookupError(f"the agent has no record of the call from {number}")
        time.sleep(0.05)
    call_id, started, _ = rows[-1]
    began = datetime.fromisoformat(started).replace(tzinfo=UTC)
    policy, entries = _journal(_journal_path(agent, call_id, began))
    return CallTrace(began.timestamp(), _lines(agent, call_id), entries, policy, call_id)


def journal_of(agent: Keeper, trace: CallTrace) -> Path:
    """Where the journal of a call lies."""
    return _journal_path(agent, trace.id, datetime.fromtimestamp(trace.began, UTC))


def _journal_path(agent: Keeper, call_id: str, began: datetime) -> Path:
    return call_folder(agent.data_dir, call_id, began) / JOURNAL


def _journal(path: Path) -> tuple[Mapping[str, Any], tuple[Entry, ...]]:
    with path.open(encoding="utf-8") as file:
        return read_journal(file)


def _lines(agent: Keeper, call_id: str) -> tuple[Line, ...]:
    query = (
        "SELECT number, party, kind, text, times, confidence, sensitive, heard FROM turns "
        "WHERE call_id = ? ORDER BY number"
    )
    return tuple(
        Line(number, party, kind, text, json.loads(times), confidence, bool(sensitive), heard)
        for number, party, kind, text, times, confidence, sensitive, heard in agent.record(
            query, call_id
        )
    )
