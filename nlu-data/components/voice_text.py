"""A turn at the channel's door: its text, and what it can mean where no question is open."""

from collections.abc import Iterable
from typing import Any

from actions.tasks import BY_INTENT, BY_NAME

LIKELY = 0.3
# What makes a bare value a further question after a task: "and riverside?"
_FOLLOW_UPS = {
    "balance": {"account"},
    "bill": {"payee"},
    "card": {"card"},
    "hours": {"branch", "date"},
}


def plain_speech(text: str) -> str:
    """Speech without a leading "/", out of which Rasa would read an intent."""
    return text.strip().lstrip("/ \t\r\n\u200b\ufeff")


def without_question(parsed: dict[str, Any], last_task: str | None = None) -> dict[str, Any]:
    """A bare value, or doubt, is taken for the likeliest task when the bot asked for no value.

    "The water bill", said at the beginning, is an answer in form but a wish in meaning; "and
    riverside" after the opening hours asks for opening hours again (`follow_up` is then set).
    """
    intent = parsed.get("intent") or {}
    if intent.get("name") not in ("inform", "nlu_fallback"):
        return parsed
    said = {str(entity.get("entity")) for entity in parsed.get("entities") or []}
    if last_task and said & _FOLLOW_UPS.get(last_task, set()):
        chosen = {"name": BY_NAME[last_task].intent, "confidence": intent.get("confidence", 0.0)}
        return parsed | {"intent": chosen, "follow_up": True}
    best = _best_task(parsed.get("intent_ranking") or [])
    if best is None or best["confidence"] < LIKELY:
        return parsed
    return parsed | {"intent": {"name": best["name"], "confidence": best["confidence"]}}


def _best_task(ranking: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    tasks = [item for item in ranking if item.get("name") in BY_INTENT]
    return max(tasks, key=lambda item: float(item["confidence"]), default=None)
