"""Are two values the same? One as a set writes it, one as a database or the dialogue gives it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from evaluation.scoring.normalise import normalised


def same_value(expected: object, found: object) -> bool:
    """Numbers by their value, texts in the one form of comparison ("$50" is no number 50).

    Digits are a text: "0042" is not 42, but "4821" is what 4821 says.
    """
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found or _truth(expected) == _truth(found) is not None
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-9)
    if expected is None or found is None:
        return expected is found
    if isinstance(expected, (int, float)) or isinstance(found, (int, float)):
        return _number(expected) == _number(found) is not None
    one, other = str(expected), str(found)
    return one == other or (normalised(one) == normalised(other) != [])


def _truth(value: object) -> bool | None:
    """A truth value as databases keep it: 0 and 1."""
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def _number(value: object) -> float | None:
    text = str(value)
    leading = len(text) > 1 and text[0] == "0" and text[1].isdigit()
    try:
        return None if leading else float(text)
    except ValueError:
        return None


def covers(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Has the row every wanted column (or argument) with the wanted value?"""
    return all(name in row and same_value(value, row[name]) for name, value in wanted.items())
