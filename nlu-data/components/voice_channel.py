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

from aiohttp import ClientError
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic import response as sanic_response
from sanic.request import Request
from sanic.response import HTTPResponse

from components import reply, turns
from components.foresight import Foresight, Outcome, made_real
from components.requests import (
    BadRequest,
    Said,
    body_of,
    call_of,
    event_of,
    metadata_of,
    said_of,
    text_of,
)
from components.trackers import compact, forget, in_memory

logger = logging.getLogger(__name__)
# Requests of one call seldom meet; when they do, the second looks again after this many seconds.
LOCK_LOOK_SECONDS = 0.01


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
        self._foresight = Foresight()

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
            ("/prepare", "POST", self._prepare),
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
                body = body_of(request) if request.method == "POST" else {}
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
        parsed = await turns.parse(agent.processor, text_of(body))
        return {
            "intent": turns.intent_of(parsed),
            "entities": reply.public_entities(parsed.get("entities") or [], False),
            "alternatives": [
                {"name": item["name"], "confidence": item["confidence"]}
                for item in (parsed.get("intent_ranking") or [])[:5]
            ],
        }

    async def _prepare(self, agent: Any, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._foresight.prepare(agent, said_of(body))
        return {"prepared": False} if answer is None else {"prepared": True, **answer}

    async def _turn(self, agent: Any, body: dict[str, Any]) -> dict[str, Any]:
        said, metadata = said_of(body), metadata_of(body)
        async with _lock(agent, said.call_id):
            outcome = await self._foresight.take(agent, said)
            if outcome is None or not await _settled(agent, outcome, said, metadata):
                output = turns.Collected()
                answer = await turns.said_turn(agent.processor, said, metadata, output)
            else:
                answer = outcome.answer
            compact(agent, said.call_id)
        return answer

    async def _event(self, agent: Any, body: dict[str, Any]) -> dict[str, Any]:
        call_id, (name, payload) = call_of(body), event_of(body)
        self._foresight.drop(call_id)
        async with _lock(agent, call_id):
            answer = await turns.event_turn(agent.processor, call_id, name, payload)
            compact(agent, call_id)
        return answer

    async def _end(self, agent: Any, body: dict[str, Any]) -> dict[str, Any]:
        call_id = call_of(body)
        self._foresight.drop(call_id)
        await forget(agent, call_id)
        return {"status": "ok"}


async def _settled(agent: Any, outcome: Outcome, said: Said, metadata: dict[str, Any]) -> bool:
    """Put the prepared turn in place of the tracker; False if its audit could not be written."""
    if outcome.audit and not await _audited(agent, said.call_id, outcome.audit):
        return False
    store = in_memory(agent)
    if store is None:
        return False
    store.put(made_real(outcome, said, metadata))
    return True


async def _audited(agent: Any, call_id: str, rows: list[Any]) -> bool:
    user = {"event": "user", "text": "", "metadata": {"payload": {"audit": rows}}}
    call = {
        "next_action": "action_write_audit",
        "sender_id": call_id,
        "tracker": {"sender_id": call_id, "slots": {}, "events": [user], "latest_message": {}},
        "domain": {},
    }
    try:
        await agent.processor.action_endpoint.request(json=call, method="post")
    except (ClientError, TimeoutError) as error:
        logger.warning("the audit of a prepared turn was not written: %s", type(error).__name__)
        return False
    return True


def _lock(agent: Any, call_id: str) -> AbstractAsyncContextManager[Any]:
    if not agent.lock_store:
        return nullcontext()
    lock: AbstractAsyncContextManager[Any] = agent.lock_store.lock(
        call_id, wait_time_in_seconds=LOCK_LOOK_SECONDS
    )
    return lock
