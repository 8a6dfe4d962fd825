"""What a call of a run is called where people read it."""

from __future__ import annotations


def call_name(case: str, attempt: int) -> str:
    """The case; its repetitions are counted from the second on: "balance", "balance (2)"."""
    return f"{case} ({attempt + 1})" if attempt else case
