"""Journals are read strictly: a torn end is what a crash leaves, everything else is an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.conversation import journal
from voicebot.conversation.commands import NoteIncident, SetTimer
from voicebot.conversation.events import CallStarted, SpeechStarted
from voicebot.conversation.journal import JournalError, Step
from voicebot.conversation.policy import Policy

STEPS = (
    Step(0.0, CallStarted("c", "+15550100"), (SetTimer("call", 1800.0), NoteIncident("x"))),
    Step(1.25, SpeechStarted(1.0), ()),
)


def written() -> list[str]:
    text = journal.header_line(Policy()) + "".join(
        journal.step_lines(step, sensitive=False) for step in STEPS
    )
    return text.splitlines(keepends=True)


def test_what_was_written_is_read() -> None:
    read = journal.read(written())
    assert read.policy == Policy()
    assert read.steps == STEPS


def test_nothing_is_an_empty_journal() -> None:
    assert journal.read([]).steps == ()


@given(st.integers(0, 200))
def test_a_torn_last_line_is_left_out(cut: int) -> None:
    whole = written()
    torn = whole[-1][: min(cut, len(whole[-1]) - 1)]
    lines = [*whole[:-1], torn] if torn else whole[:-1]
    assert journal.read(lines).steps == STEPS[:1]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "[]",
        "5",
        "null",
        '"event"',
        "{}",
        '{"event": "Weather", "t": 1, "data": {}}',
        '{"event": "SpeechStarted", "t": 1, "data": {}}',
        '{"event": "SpeechStarted", "t": "soon", "data": {"at": 1}}',
        '{"event": "SpeechStarted", "t": 1, "data": {"at": 1, "party": "nobody"}}',
        '{"event": "SpeechStarted", "data": {"at": 1}}',
        '{"command": "SetTimer", "data": {"name": "x"}}',
        '{"command": "Explode", "data": {}}',
        '{"policy": {"patience": 3}}',
        '{"policy": 5}',
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_named(line: str) -> None:
    lines = written()
    lines.insert(2, line + "\n")
    with pytest.raises(JournalError, match="line 3 of the journal"):
        journal.read(lines)


def test_a_command_without_its_event() -> None:
    with pytest.raises(JournalError, match="line 2 of the journal"):
        journal.read([written()[0], '{"command": "NoteIncident", "data": {"what": "x"}}\n'])
