from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evaluation.sets.reading import read_set
from tests.evaluation.sets.folders import case, make, problems, sound


def expecting(**expected: Any) -> dict[str, Any]:
    return case("a", expected=expected)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (
            expecting(outcome="contained", actions=["handoff"]),
            "the outcome is 'contained', but 'handoff' gives the call to a person",
        ),
        (
            expecting(outcome="escalated", never=["handoff"]),
            "the outcome is 'escalated', but 'handoff' must never be taken",
        ),
        (
            expecting(actions=[{"name": "card", "arguments": {"kind": "debit"}}], never=["card"]),
            "the action 'card' is expected, and must never be taken",
        ),
        (
            expecting(says=["your debit card is blocked"], never_says=["Debit card"]),
            "the bot must say 'your debit card is blocked', and must never say 'Debit card'",
        ),
        (
            case("a", {"keys": "4821", "secret": True}, expected={"says": "4821"}),
            "the bot must say '4821', which is the secret of a turn",
        ),
        (
            case(
                "a",
                {"say": "put fifty in", "entities": [{"kind": "n", "value": 15, "text": "fif"}]},
            ),
            "turns[0]: the entity 'fif' is not in 'put fifty in'",
        ),
        (
            case("a", {"silence": 2}, {"say": "x", "barge_in": 1}),
            "turns[1]: a barge_in behind a silence has nothing to break into",
        ),
        (
            case("a", {"say": "x"}, {"say": "y"}, limits={"turns": 1}),
            "the script has 2 turns, but limits.turns is 1",
        ),
        (
            case("a", {"silence": 20}, {"silence": 20}, limits={"seconds": 30}),
            "40 s of silence, but limits.seconds is 30",
        ),
    ],
)
def test_a_case_that_contradicts_itself(tmp_path: Path, wrong: object, expected: str) -> None:
    assert problems(make(tmp_path, [wrong])) == [f"cases.jsonl:1: {expected}"]


@pytest.mark.parametrize(
    "right",
    [
        expecting(outcome="escalated", actions=["handoff"]),
        expecting(
            actions=[{"name": "card", "arguments": {"kind": "debit"}}],
            never=[{"name": "card", "arguments": {"kind": "credit"}}],
        ),
        expecting(says=["debit card"], never_says=["credit card"]),
        case("a", {"keys": "12", "secret": True}, expected={"says": "12"}),
        case(
            "a", {"say": "Put $50 in.", "entities": [{"kind": "n", "value": 5000, "text": "$50"}]}
        ),
        case("a", {"say": "x", "barge_in": 1}),  # into the greeting
        case("a", {"say": "x"}, {"backchannel": "mm-hmm"}, limits={"turns": 1}),
    ],
)
def test_a_case_that_only_looks_so(tmp_path: Path, right: object) -> None:
    assert len(read_set(make(tmp_path, [right])).cases) == 1


def test_a_table_named_twice_is_a_key_given_twice(tmp_path: Path) -> None:
    line = '{"id": "a", "turns": [{"say": "x"}], "expected": {"database": {"t": [], "t": []}}}'
    assert problems(make(tmp_path, [line])) == ["cases.jsonl:1: 't' is given twice"]


def test_ids_are_there_once(tmp_path: Path) -> None:
    assert problems(make(tmp_path, [case("a"), case("b"), case("A")])) == [
        "cases.jsonl:3: id 'A' is taken: cases.jsonl:1 has 'a'"
    ]


def test_a_recording_has_one_text(tmp_path: Path) -> None:
    sound(tmp_path / "x.wav")
    said = [
        case("a", {"say": "Yes, please.", "audio": "x.wav"}),
        case("b", {"say": "yes please", "audio": "x.wav"}),
        case("c", {"audio": "x.wav"}),
        case("d", {"say": "no thanks", "audio": "x.wav"}),
    ]
    assert problems(make(tmp_path, said)) == [
        "cases.jsonl:4: x.wav says 'no thanks', but 'Yes, please.' at cases.jsonl:1"
    ]
