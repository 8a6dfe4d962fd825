"""The dialogue engine behind which Rasa answers: HTTP to our own channel inside its server.

The channel (`nlu-data/components/voice_channel.py`) answers under /webhooks/voicebot. This module
is the only one that knows Rasa; what crosses it is checked here (`rasa_wire.py` has the shapes).

A turn or an event changes the conversation and may move money, so it is sent at most once: it is
repeated only where no connection came about at all. `parse` and `health` have no effect and may be
repeated freely.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import SecretStr

from voicebot.conversation.events import Reply
from voicebot.dialogue.base import DialogueError
from voicebot.dialogue.rasa_wire import read_health, read_parse, read_prepared, read_reply

CHANNEL = "/webhooks/voicebot"
SECRET_HEADER = "X-Voicebot-Secret"  # noqa: S105 - the name of a header
RESPONSE_LIMIT = 256 * 1024
"""Bytes of an answer; more is an error, not a reply."""
TEXT_LIMIT = 2000
"""Characters of one turn; what comes after them is not sent (nobody says so much in one turn)."""
CONNECT_SECONDS = 2.0
# Sanic, the server inside Rasa, closes idle connections after 5 s. We let go of them first: a
# connection that dies under a turn would leave its fate unknown.
KEEP_ALIVE_SECONDS = 4.0


class RasaDialogue:
    """A `DialogueEngine` that asks the Rasa server at `url` (no trailing path).

    `timeout` is the time in seconds for one whole exchange. The connection pool is shared by all
    calls; `close` gives it back. Not to be shared between event loops.
    """

    def __init__(self, url: str, secret: SecretStr | str, timeout: float = 8.0) -> None:
        self.url = url.rstrip("/")
        self._timeout = timeout
        shown = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
        self._client = httpx.AsyncClient(
            base_url=self.url + CHANNEL,
            # Compressed answers are not asked for: the limit then counts what is really read.
            headers={SECRET_HEADER: shown, "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout)),
            limits=httpx.Limits(
                max_connections=64,
                max_keepalive_connections=16,
                keepalive_expiry=KEEP_ALIVE_SECONDS,
            ),
            # A proxy from the environment must never see calls; nor is one needed on 127.0.0.1.
            trust_env=False,
            # Loading the certificates costs time that plain HTTP needn't pay.
            verify=self.url.startswith("https:"),
        )

    async def __aenter__(self) -> Self:
        """The engine itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back connections."""
        await self.close()

    async def turn(
        self,
        call_id: str,
        turn: int,
        text: str,
        *,
        confidence: float | None = None,
        alternatives: tuple[str, ...] = (),
    ) -> Reply:
        """The caller said `text`. Raises DialogueError; sent at most once."""
        said = spoken(text)
        if not said:
            raise DialogueError("an empty turn was not sent to the dialogue")
        body = _turn_body(call_id, said, confidence, alternatives) | {"metadata": {"turn": turn}}
        return await self._reply("/turn", body, turn)

    async def prepare(
        self,
        call_id: str,
        text: str,
        *,
        confidence: float | None = None,
        alternatives: tuple[str, ...] = (),
    ) -> Reply | None:
        """What `turn` would answer to the same words; None where that would have an effect.

        Raises DialogueError. The server keeps the answer for some seconds, so that `turn` need only
        fetch it.
        """
        said = spoken(text)
        if not said:
            return None
        begun = perf_counter()
        body = _turn_body(call_id, said, confidence, alternatives)
        return read_prepared(await self._harmless("POST", "/prepare", body), perf_counter() - begun)

    async def event(self, call_id: str, turn: int, name: str, payload: Mapping[str, Any]) -> Reply:
        """Something else happened: start, dtmf, silence, not_understood, resume.

        Raises DialogueError; sent at most once.
        """
        return await self._reply(
            "/event", {"call_id": call_id, "name": name, "payload": dict(payload)}, turn
        )

    async def parse(self, text: str) -> Mapping[str, Any]:
        """Intent and entities of `text`, with no effect on any call. Raises DialogueError."""
        return read_parse(await self._harmless("POST", "/parse", {"text": spoken(text)}))

    async def end(self, call_id: str) -> None:
        """The call is over; its conversation may be forgotten. Raises DialogueError."""
        await self._harmless("POST", "/end", {"call_id": call_id})

    async def health(self) -> str:
        """The id of the model that answers. Raises DialogueError when none can."""
        return read_health(await self._harmless("GET", "/health"))

    async def close(self) -> None:
        """Give back connections."""
        await self._client.aclose()

    async def _reply(self, path: str, body: Mapping[str, Any], turn: int) -> Reply:
        begun = perf_counter()
        answer = await self._exchange("POST", path, body, repeatable=False)
        return read_reply(answer, turn, perf_counter() - begun)

    async def _harmless(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> object:
        return await self._exchange(method, path, body, repeatable=True)

    async def _exchange(
        self, method: str, path: str, body: Mapping[str, Any] | None, *, repeatable: bool
    ) -> object:
        """One request and its JSON answer; a connection that fails to open is tried twice.

        `repeatable` says whether a request whose fate is unknown may be called retryable.
        """
        try:
            async with asyncio.timeout(self._timeout):
                try:
                    status, content = await self._send(method, path, body)
                except httpx.ConnectError:
                    status, content = await self._send(method, path, body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            reason = f"no connection to the dialogue at {self.url}: {_kind(error)}"
            raise DialogueError(reason, retryable=True) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            reason = f"the dialogue did not answer {path} within {self._timeout:g} s"
            raise DialogueError(reason, retryable=repeatable) from error
        except httpx.HTTPError as error:
            reason = f"the connection to the dialogue broke during {path}: {_kind(error)}"
            raise DialogueError(reason, retryable=repeatable) from error
        self._check_status(status, path, repeatable=repeatable)
        return _decode(content, path)

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> tuple[int, bytes]:
        content = bytearray()
        async with self._client.stream(method, path, json=body) as response:
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > RESPONSE_LIMIT:
                    raise DialogueError(
                        f"the dialogue's answer to {path} is larger than {RESPONSE_LIMIT} bytes"
                    )
            return response.status_code, bytes(content)

    def _check_status(self, status: int, path: str, *, repeatable: bool) -> None:
        if status == httpx.codes.OK:
            return
        if status in (401, 403):
            raise DialogueError(
                f"the dialogue at {self.url} refuses our secret: both sides must have the same "
                "VOICEBOT_RASA_SECRET"
            )
        if status == httpx.codes.NOT_FOUND:
            raise DialogueError(
                f"the server at {self.url} has no channel 'voicebot': is this our Rasa server, "
                "started with nlu-data/credentials.yml?"
            )
        # 503 is how the server says that it didn't take the request up: no model, or too busy.
        retryable = status == httpx.codes.SERVICE_UNAVAILABLE or (status >= 500 and repeatable)
        raise DialogueError(f"the dialogue answered {path} with {status}", retryable=retryable)


def spoken(text: str) -> str:
    """Text as it may be sent: Rasa takes a leading "/" for the name of an intent."""
    return re.sub(r"\A[\s/\u200b\ufeff]+", "", text)[:TEXT_LIMIT].rstrip()


def _turn_body(
    call_id: str, said: str, confidence: float | None, alternatives: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "text": said,
        "confidence": confidence,
        "alternatives": [spoken(other) for other in alternatives],
    }


def _kind(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__


def _decode(content: bytes, path: str) -> object:
    try:
        decoded: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DialogueError(f"the dialogue's answer to {path} is not JSON") from error
    return decoded
