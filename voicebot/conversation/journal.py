"""The journal of a call as text: one JSON object a line, events and the commands they led to.

    {"policy": {...}}
    {"t": 1.234, "event": "SpeechStarted", "data": {"at": 1.1, "party": "caller"}}
    {"command": "SetTimer", "data": {"name": "longest:caller", "at": 31.1}}

Replaying the events gives the same commands: that is the test of the machine, the recovery after a
crash and the viewer of QA, in one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, get_args

from pydantic import TypeAdapter

from voicebot.conversation.call import CallMachine
from voicebot.conversation.commands import Command
from voicebot.conversation.events import Event
from voicebot.conversation.masking import masked_command, masked_event
from voicebot.conversation.policy import Policy, policy_of

_EVENTS: dict[str, TypeAdapter[Event]] = {c.__name__: TypeAdapter(c) for c in get_args(Event)}
_COMMANDS: dict[str, TypeAdapter[Command]] = {c.__name__: TypeAdapter(c) for c in get_args(Command)}


class JournalError(ValueError):
    """The journal can't be read; the message names the line."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a call, when it came (s since the call began), and what it led to."""

    now: float
    event: Event
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Journal:
    """A whole call."""

    policy: Policy
    steps: tuple[Step, ...]


def header_line(policy: Policy) -> str:
    """The first line."""
    return _line({"policy": asdict(policy)})


def step_lines(step: Step, *, sensitive: bool) -> str:
    """The lines of one step; `sensitive` hides what the caller said or keyed."""
    event = masked_event(step.event) if sensitive else step.event
    lines = [
        _line(
            {
                "t": step.now,
                "event": type(event).__name__,
                "data": _EVENTS[type(event).__name__].dump_python(event, mode="json"),
            }
        )
    ]
    for command in step.commands:
        kept = masked_command(command) if sensitive else command
        name = type(kept).__name__
        data = _COMMANDS[name].dump_python(kept, mode="json")
        lines.append(_line({"command": name, "data": data}))
    return "".join(lines)


def read(lines: Iterable[str]) -> Journal:
    """The journal in `lines`; a torn last line (after a crash) is left out."""
    policy = Policy()
    steps: list[Step] = []
    for number, text in enumerate(lines, 1):
        if not text.endswith("\n"):
            break
        try:
            entry: dict[str, Any] = json.loads(text)
            if "policy" in entry:
                policy = policy_of(entry["policy"])
            elif "event" in entry:
                event = _EVENTS[entry["event"]].validate_python(entry["data"])
                steps.append(Step(float(entry["t"]), event, ()))
            else:
                command = _COMMANDS[entry["command"]].validate_python(entry["data"])
                last = steps.pop()
                steps.append(Step(last.now, last.event, (*last.commands, command)))
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise JournalError(f"line {number} of the journal can't be read: {error}") from error
    return Journal(policy, tuple(steps))


def replay(journal: Journal) -> list[tuple[Step, tuple[Command, ...]]]:
    """Every step with the commands that a fresh machine gives for it now."""
    machine = CallMachine(journal.policy)
    return [(step, tuple(machine.handle(step.event, step.now))) for step in journal.steps]


def _line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"
