from __future__ import annotations

import pytest

from evaluation.scoring.values import covers, same_value

SAME = [
    (50, 50.0),
    (50, "50"),
    ("4821", 4821),
    ("Checking", "checking"),
    ("Market Street", "market street"),
    (True, 1),
    (False, False),
    ("2026-12-03", "2026-12-03"),
    ("14:30", "14:30"),
    ("", ""),
    (None, None),
]
OTHER = [
    (50, 51),
    (50, "fifty euros"),
    ("0042", 42),
    (True, 0),
    (True, "true"),
    ("checking", "savings"),
    ("2026-12-03", "2026-12-04"),
    ("", "checking"),
    ("?", "!"),
    (None, ""),
    (0, None),
    (0, ""),
]


@pytest.mark.parametrize(("expected", "found"), SAME)
def test_the_same_value(expected: object, found: object) -> None:
    assert same_value(expected, found)
    assert same_value(found, expected)


@pytest.mark.parametrize(("expected", "found"), OTHER)
def test_another_value(expected: object, found: object) -> None:
    assert not same_value(expected, found)
    assert not same_value(found, expected)


def test_a_row_covers_what_is_asked_of_it() -> None:
    row = {"a": 1, "b": "x"}
    assert covers(row, {})
    assert covers(row, {"a": 1})
    assert not covers(row, {"a": 1, "c": None})
