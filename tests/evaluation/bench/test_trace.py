from __future__ import annotations

import json

from evaluation.bench.trace import CallTrace, read_journal

JOURNAL = [
    {"policy": {"silence": 0.7}},
    {"t": 0.0, "event": "CallStarted", "data": {}},
    {"command": "TellDialogue", "data": {"turn": 1, "name": "start"}},
    {"t": 0.1, "event": "Reply", "data": {}},
    {"command": "Say", "data": {"piece": "0.1"}},
    {"command": "Say", "data": {"piece": "0.2"}},
    {"t": 2.0, "event": "SpeechStarted", "data": {"party": "caller", "at": 1.9}},
    {"t": 3.0, "event": "TimerFired", "data": {"name": "endpoint:caller"}},
    {"command": "AskDialogue", "data": {"turn": 2, "text": "hello"}},
    {"t": 3.1, "event": "Reply", "data": {}},
    {"command": "Say", "data": {"piece": "0.3"}},
    {"t": 9.0, "event": "TimerFired", "data": {"name": "no_input"}},
    {"command": "TellDialogue", "data": {"turn": 3, "name": "silence"}},
]


def lines() -> list[str]:
    return [json.dumps(entry) + "\n" for entry in JOURNAL]


def traced() -> CallTrace:
    policy, entries = read_journal(lines())
    return CallTrace(0.0, (), entries, policy)


def test_commands_belong_to_the_event_before_them() -> None:
    trace = traced()
    assert trace.policy == {"silence": 0.7}
    assert [entry.event for entry in trace.journal][:2] == ["CallStarted", "Reply"]
    assert [name for name, _ in trace.journal[1].commands] == ["Say", "Say"]


def test_what_the_caller_made_the_dialogue_do_is_not_the_greeting() -> None:
    assert traced().asked() == [3.0, 9.0]


def test_pieces_of_one_answer_are_one_line() -> None:
    lines_of = traced().line_of_piece()
    assert lines_of["0.1"] == lines_of["0.2"] != lines_of["0.3"]


def test_events_are_found_by_what_they_say() -> None:
    (started,) = traced().events("SpeechStarted", "party", "caller")
    assert started.at == 2.0
    assert traced().events("SpeechStarted", "party", "expert") == []


def test_a_torn_last_line_is_left_out() -> None:
    torn = [*lines(), '{"t": 9.5, "event": "Ti']
    assert read_journal(torn) == read_journal(lines())
