"""The channel's answer to one turn, put together from messages and the tracker. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

# Slots whose values never leave the dialogue server. The one place that lists them.
SECRET_SLOTS = frozenset({"pin", "card_digits"})
# Bookkeeping that nobody outside needs.
_INNER_SLOTS = frozenset(
    {
        "requested_slot",
        "session_started_metadata",
        "speech_rate",
        "misses",
        "identity_attempts",
        "identity_method",
        "paused_form",
        "last_task",
    }
)
FAILED = {
    "text": "I'm sorry. Something went wrong on my side, so I'll pass you to a colleague.",
    "custom": {"handoff": {"reason": "failed_action", "topic": "general", "skill": "general"}},
}


def build(
    messages: list[dict[str, Any]],
    slots: Mapping[str, Any],
    intent: Mapping[str, Any] | None,
    entities: Iterable[Mapping[str, Any]],
    secret_turn: bool,
    failed: bool,
    waiting_for: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The JSON body of an answer.

    `secret_turn`: the caller was asked for a PIN or card digits, so no digits are given out.
    `failed`: an action raised or the action server is gone; an answer without a message is a
    failure too. Either way the caller hears so and a person takes over. `waiting_for`: what the
    open question expects, for an answer that does not say so itself.
    """
    if failed or not messages:
        messages = [*messages, FAILED]
    named = intent.get("name") if intent else None
    return {
        "messages": messages,
        "intent": {"name": named, "confidence": float(intent.get("confidence") or 0.0)}
        if intent and named
        else None,
        "entities": public_entities(entities, secret_turn),
        "slots": public_slots(slots),
        "requested_slot": slots.get("requested_slot"),
        "expects": _last(messages, "expects") or waiting_for,
        "handoff": handoff_of(messages),
        "end": bool(_last(messages, "end")),
        "rate": float(slots.get("speech_rate") or 1.0),
    }


def public_slots(slots: Mapping[str, Any]) -> dict[str, Any]:
    """Slots with a value that may be shown."""
    hidden = SECRET_SLOTS | _INNER_SLOTS
    return {k: v for k, v in slots.items() if v is not None and k not in hidden}


def handoff_of(messages: list[dict[str, Any]]) -> dict[str, str] | None:
    """The hand-off marked in the messages, with all three fields filled."""
    found = _last(messages, "handoff")
    if not isinstance(found, Mapping):
        return None
    plain = {"reason": "asked", "topic": "general", "skill": "general"}
    return plain | {k: str(v) for k, v in found.items() if k in plain and v not in (None, "None")}


def _last(messages: list[dict[str, Any]], key: str) -> Any:
    for message in reversed(messages):
        custom = message.get("custom") or {}
        if key in custom:
            return custom[key]
    return None


def public_entities(found: Iterable[Mapping[str, Any]], secret_turn: bool) -> list[dict[str, Any]]:
    """Entities as the channel gives them out; none of a turn that answers a secret question."""
    keys = ("entity", "value", "start", "end")
    return [{key: entity.get(key) for key in keys} for entity in found if not secret_turn]
