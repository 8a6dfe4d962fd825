"""Copies that JSON can hold."""

from datetime import UTC, datetime

from voicebot.store.plain import plain

START = datetime(2026, 3, 4, tzinfo=UTC)


def test_plain_copies() -> None:
    inner = {"b": (1, None, True)}
    values = {"a": inner, "n": float("inf"), "d": START, 3: "x"}
    made = plain(values)  # type: ignore[arg-type]
    assert made == {"a": {"b": [1, None, True]}, "n": None, "d": str(START), "3": "x"}
    assert made["a"] is not inner
