"""What stands before every request: size limits, origins, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voicebot.config import Settings

MAX_BODY = 64 * 1024
"""Bytes of a request body."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

FOREIGN_ORIGIN = "This request came from another site."


class BodyTooLargeError(HTTPException):
    """More than `most` bytes came in."""

    def __init__(self, most: int) -> None:
        super().__init__(413, _too_large(most))


class Guard:
    """ASGI middleware in front of the whole control plane.

    Refuses bodies above MAX_BODY (413) and unsafe requests and websockets from foreign origins
    (403), and adds the security headers. `open_posts` are paths that other servers may post to:
    they bring their own proof instead of a cookie. `large` are paths that take more, in bytes.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        open_posts: frozenset[str],
        large: Mapping[str, int] | None = None,
    ) -> None:
        self._app = app
        self._open_posts = open_posts
        self._large = dict(large or {})
        self._public = urlsplit(settings.public_url).netloc
        self._edge_port = settings.edge_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most = self._large.get(scope["path"], MAX_BODY)
        if not self._origin_ok(scope, headers):
            await self._refuse(scope, receive, send, 403, FOREIGN_ORIGIN)
        elif _announced(headers) > most:
            await self._refuse(scope, receive, send, 413, _too_large(most))
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._app(scope, _limited(receive, most), self._decorated(scope, headers, send))

    def _origin_ok(self, scope: Scope, headers: Headers) -> bool:
        if scope["type"] == "http":
            if scope["method"] in SAFE_METHODS or scope["path"] in self._open_posts:
                return True
            if "origin" not in headers:  # browsers always send it; others have no cookie to abuse
                return "cookie" not in headers
        origin = urlsplit(headers.get("origin", "")).netloc
        return origin != "" and origin in (headers.get("host", ""), self._public)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, status: int, error: str
    ) -> None:
        if scope["type"] == "websocket":  # closing before accepting answers 403
            await send({"type": "websocket.close", "code": 1008, "reason": error})
            return
        answer = JSONResponse({"error": error}, status)
        await answer(scope, receive, self._decorated(scope, Headers(scope=scope), send))

    def _decorated(self, scope: Scope, headers: Headers, send: Send) -> Send:
        async def decorated(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(scope, headers, MutableHeaders(scope=message))
            await send(message)

        return decorated

    def _add_headers(self, scope: Scope, request: Headers, answer: MutableHeaders) -> None:
        answer["Content-Security-Policy"] = self._policy(request.get("host", ""))
        answer["X-Content-Type-Options"] = "nosniff"
        answer["X-Frame-Options"] = "DENY"
        answer["Referrer-Policy"] = "same-origin"
        answer["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=()"
        answer["Cross-Origin-Opener-Policy"] = "same-origin"
        answer["Cross-Origin-Resource-Policy"] = "same-origin"
        static = scope["path"].startswith("/static/")
        answer.setdefault("Cache-Control", "no-cache" if static else "no-store")

    def _policy(self, host: str) -> str:
        sockets = [f"ws://{host}", f"wss://{host}"]
        name = urlsplit(f"//{host}").hostname or ""
        name = f"[{name}]" if ":" in name else name
        sockets.append(f"ws://{name}:{self._edge_port}")
        if self._public:
            sockets.append(f"wss://{self._public}")
        return "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "worker-src 'self'",
                "style-src 'self'",
                "font-src 'self'",
                "img-src 'self'",
                "media-src 'self'",
                f"connect-src 'self' {' '.join(sockets)}",
                "base-uri 'none'",
                "form-action 'self'",
                "frame-ancestors 'none'",
            )
        )


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdigit() else 0


def _too_large(most: int) -> str:
    size = f"{most >> 20} MB" if most >= 1 << 20 else f"{most >> 10} KiB"
    return f"A request may be at most {size}."


def _limited(receive: Receive, most: int) -> Receive:
    """`receive`, which raises BodyTooLargeError when the body that was not announced is too big."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise BodyTooLargeError(most)
        return message

    return limited
