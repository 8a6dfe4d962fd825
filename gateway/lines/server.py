"""The agent's side on the wire: a small HTTP service on 127.0.0.1, for its own children."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, get_args

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.errors import GatewayError, RefusedError, UnavailableError
from gateway.lines.messages import (
    MOST_BODY,
    PATH,
    SECRET_VARIABLE,
    URL_VARIABLE,
    Asked,
    Failure,
    Service,
)
from gateway.lines.office import LineOffice

LOCAL: Final = "127.0.0.1"
_LOOK: Final = 0.1  # seconds between two looks for news
_WAITING: Final = 64
"""Requests at once; a worker has one for each of its jobs."""

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class LineDoor:
    """An address that is open from the start, so that children can be told of it.

    Whoever knocks early waits until `serve` answers.
    """

    socket: socket.socket
    secret: str = field(repr=False)

    @classmethod
    def open(cls) -> LineDoor:
        """Take a free port. Raises OSError."""
        listening = socket.create_server((LOCAL, 0), backlog=_WAITING)
        return cls(listening, secrets.token_urlsafe(32))

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{LOCAL}:{self.socket.getsockname()[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """What a child that may use the lines has to know."""
        return {URL_VARIABLE: self.url, SECRET_VARIABLE: self.secret}

    def close(self) -> None:
        """Nobody can knock any more."""
        self.socket.close()


class LineServer:
    """Answers at a door."""

    def __init__(self, door: LineDoor, office: LineOffice) -> None:
        config = uvicorn.Config(
            _Handlers(office, door.secret).application(),
            log_config=None,
            access_log=False,
            limit_concurrency=_WAITING,
            timeout_graceful_shutdown=1,
            server_header=False,
            lifespan="off",
        )
        self._door = door
        self._server = uvicorn.Server(config)
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to answer."""
        self._task = asyncio.create_task(
            self._server.serve(sockets=[self._door.socket]), name="lines"
        )

    async def stop(self) -> None:
        """Stop answering; the door is closed with it."""
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)


class _Handlers:
    """What is answered; see `gateway.lines.messages`."""

    def __init__(self, office: LineOffice, secret: str) -> None:
        self._office = office
        self._expected = f"Bearer {secret}".encode()

    def application(self) -> Starlette:
        """All of it."""
        one = f"{PATH}/{{service}}"
        return Starlette(
            routes=[
                Route(one, self._guarded(self._ask), methods=["POST"]),
                Route(one + "/{key}", self._guarded(self._cancel), methods=["DELETE"]),
            ]
        )

    def _guarded(self, handler: Handler) -> Handler:
        """`handler` for those who know the secret; what goes wrong is told as a `Failure`."""

        async def answer(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            if not hmac.compare_digest(given, self._expected):
                return _problem(RefusedError("the secret is wrong"), 401)
            if request.path_params["service"] not in get_args(Service):
                return _problem(RefusedError("there is no such line"), 404)
            try:
                return await handler(request)
            except GatewayError as error:
                return _problem(error, 503 if error.retry else 422)
            except OSError as error:
                return _problem(UnavailableError(f"the disk: {error.strerror}"), 503)
            except ClientDisconnect:
                return Response(status_code=400)

        return answer

    async def _ask(self, request: Request) -> Response:
        asked, service = await _asked(request), request.path_params["service"]
        standing = await asyncio.to_thread(self._office.ask, service, asked)
        clock = asyncio.get_running_loop().time
        until = clock() + asked.wait
        while not self._office.news(standing, asked.key, asked.seen) and clock() < until:
            if await request.is_disconnected():
                return Response(status_code=400)
            await asyncio.sleep(_LOOK)
        if not standing.over and asked.wait:
            # Only to look: a failure that came meanwhile is no reason to try again at once.
            look = asked.model_copy(update={"after": min(asked.after, standing.attempt - 1)})
            standing = await asyncio.to_thread(self._office.ask, service, look)
        return JSONResponse(standing.model_dump(mode="json"))

    async def _cancel(self, request: Request) -> Response:
        self._office.cancel(request.path_params["key"])
        return Response(status_code=204)


async def _asked(request: Request) -> Asked:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            raise RefusedError(f"more than {MOST_BODY >> 20} MB are not read")
    try:
        return Asked.model_validate_json(bytes(body))
    except ValidationError as error:
        where = error.errors(include_input=False, include_url=False)[0]
        named = ".".join(map(str, where["loc"]))
        raise RefusedError(f"the request is not understood: {named}: {where['msg']}") from error


def _problem(error: GatewayError, status: int) -> Response:
    told: dict[str, Any] = Failure.of(error).model_dump(mode="json")
    return JSONResponse(told, status)
