"""Values from outside, made into what JSON can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that JSON can hold: tuples as lists, NaN and infinity as null, the rest as text."""
    return {str(key): _plain(item) for key, item in values.items()}


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return plain(value)
        case list() | tuple():
            return [_plain(item) for item in value]
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int() | str():
            return value
    return str(value)
