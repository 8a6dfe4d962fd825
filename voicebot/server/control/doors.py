"""The public doors: the start page, the phone page, and what telephone networks ask for."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from voicebot.config import Settings
from voicebot.server.control.answers import Front, client_address
from voicebot.server.tokens import Purpose, TokenRefused
from voicebot.server.webhook import VOICE_PATH, WebhookRequest, twilio_voice

WEB_CALL_PURPOSE: Purpose = "web"
WEB_CALL_SECONDS = 60.0
BROWSER_PATH = "/browser"
SEAT_PATH = "/seat"

BUSY = "All lines are busy. Please try again in a few minutes."


class Doors:
    """Handlers of everything that is open to everybody."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/", self.home),
            Route("/phone", self.phone),
            Route("/api/web-call", self.web_call, methods=["POST"]),
            Route(VOICE_PATH, self.twilio, methods=["GET", "POST"]),
        ]

    async def home(self, request: Request) -> Response:
        """What this is, and where to go."""
        return self._front.page(request, "home.html", {})

    async def phone(self, request: Request) -> Response:
        """The phone page."""
        return self._front.page(request, "phone.html", {})

    async def web_call(self, request: Request) -> Response:
        """The right to one call from a browser: the address of the line, and a token for it."""
        context = self._front.context
        if busy := context.admit():
            raise HTTPException(503, busy)
        if self._front.web_calls.wait(client_address(request)):
            raise HTTPException(429, "Too many calls in a short time. Wait a minute.")
        try:
            token = context.tokens.issue(WEB_CALL_PURPOSE, {"From": "", "To": ""}, WEB_CALL_SECONDS)
        except TokenRefused as error:
            raise HTTPException(503, BUSY) from error
        return JSONResponse(
            {"url": edge_url(context.settings, request, BROWSER_PATH), "token": token}
        )

    async def twilio(self, request: Request) -> Response:
        """Twilio asks what to do with a call."""
        if request.method == "POST":
            async with request.form(max_files=0, max_fields=250) as form:
                params = {name: str(value) for name, value in form.items()}
        else:
            params = dict(request.query_params)
        query = request.scope["query_string"].decode("latin-1")
        target = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1")
        question = WebhookRequest(
            method=request.method,
            url=f"{target}?{query}" if query else target,
            params=params,
            signature=request.headers.get("x-twilio-signature", ""),
        )
        context = self._front.context
        answer = twilio_voice(question, context.settings, context.tokens, context.admit())
        return Response(answer.body, answer.status, media_type=answer.content_type)


def edge_url(settings: Settings, connection: HTTPConnection, path: str) -> str:
    """The websocket address of the media edge, as this browser reaches it.

    From outside that is `public_url`; a browser that asked for this machine by a name of its own
    is sent to the edge's port on the same name.
    """
    name = connection.url.hostname or settings.host
    public = urlsplit(settings.public_url)
    if public.netloc and name not in ("localhost", "127.0.0.1", "::1"):
        scheme = "wss" if public.scheme == "https" else "ws"
        return f"{scheme}://{public.netloc}{public.path.rstrip('/')}{path}"
    host = f"[{name}]" if ":" in name else name
    return f"ws://{host}:{settings.edge_port}{path}"
