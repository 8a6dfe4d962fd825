"""The input channel "voicebot": how the voice agent talks to the dialogue, with honest answers.

Every request carries X-Voicebot-Secret. 400 malformed, 401 wrong secret, 413 text too long, 500
when the dialogue raised, 503 without a model. Speech never becomes a command: a leading "/" is
taken off, and events (keys, silence) come in through an endpoint of their own.
"""

import hmac
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint
from sanic import response as sanic_response
from sanic.request import Request
from sanic.response import HTTPResponse

from components import reply
from components.failures import watch_failures
from components.trackers import compact, forget
from components.voice_text import plain_speech, without_question

logger = logging.getLogger(__name__)
MAX_TEXT = 2000
EVENTS = frozenset({"start", "dtmf", "silence", "not_understood", "resume"})
UNCLEAR = frozenset({"nlu_fallback", "out_of_scope", None})


class BadRequest(ValueError):
    """The request's body is not what the endpoint takes (status 400, or 413)."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Collected(OutputChannel):
    """Collects the messages of one turn; text and custom fields stay together."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """The channel's name."""
        return "voicebot"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message of the bot."""
        text = str(message.get("text") or "").strip()
        custom = message.get("custom")
        if text or custom:
            self.messages.append({"text": text} | ({"custom": custom} if custom else {}))


class VoiceChannel(InputChannel):
    """The endpoints under /webhooks/voicebot."""

    @classmethod
    def name(cls) -> str:
        """The name in credentials.yml and in the address."""
        return "voicebot"

    def __init__(self, secret: str) -> None:
        """`secret` may not be empty."""
        if not secret:
            raise ValueError("set VOICEBOT_RASA_SECRET: the channel does not start without it")
        self._secret = secret.encode()

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "VoiceChannel":
        """The secret comes from the environment, never from a file."""
        return cls(os.environ.get("VOICEBOT_RASA_SECRET", ""))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes."""
        routes = Blueprint("voicebot_channel")
        for path, method, answer in (
            ("/health", "GET", self._health),
            ("/parse", "POST", self._parse),
            ("/turn", "POST", self._turn),
            ("/event", "POST", self._event),
            ("/end", "POST", self._end),
        ):
            routes.add_route(self._guarded(answer), path, methods=[method], name=path.strip("/"))
        return routes

    def _guarded(
        self, answer: Callable[[Any, dict[str, Any]], Awaitable[dict[str, Any]]]
    ) -> Callable[[Request], Awaitable[HTTPResponse]]:
        async def handler(request: Request) -> HTTPResponse:
            given = request.headers.get("X-Voicebot-Secret", "").encode()
            if not hmac.compare_digest(given, self._secret):
                return sanic_response.json({"error": "wrong or missing secret"}, status=401)
            agent = request.app.ctx.agent
            if agent is None or not agent.is_ready():
                return sanic_response.json({"error": "no model is loaded"}, status=503)
            try:
                body = _body(request) if request.method == "POST" else {}
                return sanic_response.json(await answer(agent, body))
            except BadRequest as error:
                return sanic_response.json({"error": str(error)}, status=error.status)
            except Exception as error:  # reported to the caller of the endpoint, with its kind
                logger.exception("turn failed")
                return sanic_response.json({"error": type(error).__name__}, status=500)

        return handler

    async def _health(self, agent: Any, body: dict[str, Any]) -> dict[str, Any]:
        return {"status": "ok", "model_id": agent.model_id}

    async def _parse(self, agent: Any, body: dict[str, Any]) -> dict[str, Any]:
        parsed = await _parsed(agent, _text(body))
        return {
            "intent": _intent(parsed),
            "entities": reply.public_entities(parsed.get("entities") or [], False),
            "alternatives": [
                {"name": item["name"], "confidence": item["confidence"]}
                for item in (parsed.get("intent_ranking") or [])[:5]
            ],
        }

    async def _turn(self, agent: Any, body: dict[str, Any]) -> dict[str, Any]:
        call_id, text = _call_id(body), _text(body)
        alternatives = body.get("alternatives") or []
        if not isinstance(alternatives, list):
            raise BadRequest("alternatives must be a list of strings")
        parsed = await _parsed(agent, text)
        for other in alternatives[:4]:
            if _intent(parsed)["name"] not in UNCLEAR:
                break
            candidate = await _parsed(agent, plain_speech(str(other)[:MAX_TEXT]))
            if _intent(candidate)["name"] not in UNCLEAR:
                parsed = candidate
        known = await _slots(agent, call_id)
        if known.get("requested_slot") is None:
            parsed = without_question(parsed, known.get("last_task"))
        given = body.get("metadata")
        metadata = {
            **(given if isinstance(given, dict) else {}),
            "confidence": body.get("confidence"),
            "follow_up": bool(parsed.get("follow_up")),
        }
        secret = known.get("requested_slot") in reply.SECRET_SLOTS
        return await _handled(agent, call_id, parsed, metadata, secret)

    async def _event(self, agent: Any, body: dict[str, Any]) -> dict[str, Any]:
        call_id, name = _call_id(body), body.get("name")
        if name not in EVENTS:
            raise BadRequest(f"name must be one of {', '.join(sorted(EVENTS))}")
        payload = body.get("payload") or {}
        if not isinstance(payload, dict):
            raise BadRequest("payload must be an object")
        intent = {"name": f"EXTERNAL_{name}", "confidence": 1.0}
        parsed = {"text": "", "intent": intent, "entities": [], "intent_ranking": [intent]}
        return await _handled(agent, call_id, parsed, {"payload": payload})

    async def _end(self, agent: Any, body: dict[str, Any]) -> dict[str, Any]:
        await forget(agent, _call_id(body))
        return {"status": "ok"}


async def _handled(
    agent: Any,
    call_id: str,
    parsed: dict[str, Any],
    metadata: dict[str, Any],
    secret: bool = False,
) -> dict[str, Any]:
    """Run one turn under the call's lock and put the answer together.

    `secret`: the turn answers a question for a PIN or card digits.
    """
    output = Collected()
    message = UserMessage(
        parsed.get("text") or "",
        output,
        call_id,
        parse_data=parsed,
        input_channel="voicebot",
        metadata=metadata,
    )
    async with _lock(agent, call_id):
        with watch_failures() as failures:
            await agent.processor.handle_message(message)
        tracker = await agent.tracker_store.retrieve(call_id)
        slots = tracker.current_slot_values() if tracker else {}
        await compact(agent, tracker)
    return reply.build(
        output.messages,
        slots,
        parsed.get("intent"),
        parsed.get("entities") or [],
        secret_turn=secret,
        failed=bool(failures),
        waiting_for=_expects_of(agent, slots.get("requested_slot")),
    )


def _expects_of(agent: Any, slot: str | None) -> dict[str, Any] | None:
    """What the question of an open slot expects, for answers that do not repeat the question."""
    responses = agent.domain.responses.get(f"utter_ask_{slot}") if slot else None
    custom = (responses[0].get("custom") or {}) if responses else {}
    expects: dict[str, Any] | None = custom.get("expects")
    return expects


def _lock(agent: Any, call_id: str) -> AbstractAsyncContextManager[Any]:
    return agent.lock_store.lock(call_id) if agent.lock_store else nullcontext()


async def _slots(agent: Any, call_id: str) -> dict[str, Any]:
    tracker = await agent.tracker_store.retrieve(call_id)
    return tracker.current_slot_values() if tracker else {}


async def _parsed(agent: Any, text: str) -> dict[str, Any]:
    parsed: dict[str, Any] = await agent.processor.parse_message(UserMessage(text))
    parsed["text"] = text
    return parsed


def _intent(parsed: dict[str, Any]) -> dict[str, Any]:
    intent = parsed.get("intent") or {}
    return {"name": intent.get("name"), "confidence": float(intent.get("confidence") or 0.0)}


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json
    except Exception as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def _call_id(body: dict[str, Any]) -> str:
    call_id = body.get("call_id")
    if not isinstance(call_id, str) or not 0 < len(call_id) <= 200:
        raise BadRequest("call_id must be a string of 1 to 200 characters")
    return call_id


def _text(body: dict[str, Any]) -> str:
    text = body.get("text")
    if not isinstance(text, str):
        raise BadRequest("text must be a string")
    if len(text) > MAX_TEXT:
        raise BadRequest(f"text is longer than {MAX_TEXT} characters", status=413)
    return plain_speech(text)
