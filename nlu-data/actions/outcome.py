"""Events that actions hand back to Rasa, as plain dictionaries (no rasa_sdk needed)."""

from typing import Any

Event = dict[str, Any]


def slot(name: str, value: Any) -> Event:
    """Set a slot."""
    return {"event": "slot", "name": name, "value": value, "timestamp": None}


def loop(form: str | None) -> Event:
    """Switch to a form, or to none. Naming the running form again wakes it after an interruption:
    Rasa then runs it once more, and it repeats its question."""
    return {"event": "active_loop", "name": form, "timestamp": None}


def follow(action: str) -> Event:
    """Run this action next, whatever the rules say."""
    return {"event": "followup", "name": action, "timestamp": None}


def rejected(form: str) -> Event:
    """The form leaves this turn to the rules."""
    return {
        "event": "action_execution_rejected",
        "name": form,
        "policy": None,
        "confidence": None,
        "timestamp": None,
    }


LISTEN = follow("action_listen")


def waiting(form: str | None) -> list[Event]:
    """Say no more and wait for the caller; a running form keeps its question open."""
    return ([loop(form)] if form else []) + [LISTEN]


def ask_again(form: str | None) -> list[Event]:
    """Let the running form repeat its question; without a form, wait for the caller."""
    return [loop(form)] if form else [LISTEN]


def finished() -> list[Event]:
    """End the running form."""
    return [slot("requested_slot", None), loop(None)]
