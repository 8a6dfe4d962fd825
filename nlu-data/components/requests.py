"""What the endpoints of the channel take: bodies that are checked before anything is done."""

from dataclasses import dataclass
from typing import Any

from sanic.request import Request

from components.voice_text import plain_speech

MAX_TEXT = 2000
MAX_ALTERNATIVES = 4
EVENTS = frozenset({"start", "dtmf", "silence", "not_understood", "resume"})


class BadRequest(ValueError):
    """The request's body is not what the endpoint takes (status 400, or 413)."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of the caller: the best transcript, its confidence, and other readings of it."""

    call_id: str
    text: str
    confidence: Any
    alternatives: tuple[str, ...]


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises BadRequest."""
    try:
        body = request.json
    except Exception as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def call_of(body: dict[str, Any]) -> str:
    """The call's identifier. Raises BadRequest."""
    call_id = body.get("call_id")
    if not isinstance(call_id, str) or not 0 < len(call_id) <= 200:
        raise BadRequest("call_id must be a string of 1 to 200 characters")
    return call_id


def text_of(body: dict[str, Any]) -> str:
    """What was said, without what Rasa would take for a command. Raises BadRequest."""
    text = body.get("text")
    if not isinstance(text, str):
        raise BadRequest("text must be a string")
    if len(text) > MAX_TEXT:
        raise BadRequest(f"text is longer than {MAX_TEXT} characters", status=413)
    return plain_speech(text)


def said_of(body: dict[str, Any]) -> Said:
    """The turn in a body. Raises BadRequest."""
    alternatives = body.get("alternatives") or []
    if not isinstance(alternatives, list):
        raise BadRequest("alternatives must be a list of strings")
    others = tuple(plain_speech(str(other)[:MAX_TEXT]) for other in alternatives[:MAX_ALTERNATIVES])
    return Said(call_of(body), text_of(body), body.get("confidence"), others)


def metadata_of(body: dict[str, Any]) -> dict[str, Any]:
    """What the agent notes about a turn; it cannot make a real turn a dry run."""
    given = body.get("metadata")
    return {k: v for k, v in given.items() if k != "dry_run"} if isinstance(given, dict) else {}


def event_of(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Name and payload of an event. Raises BadRequest."""
    name = body.get("name")
    if name not in EVENTS:
        raise BadRequest(f"name must be one of {', '.join(sorted(EVENTS))}")
    payload = body.get("payload") or {}
    if not isinstance(payload, dict):
        raise BadRequest("payload must be an object")
    return str(name), payload
