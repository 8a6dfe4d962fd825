"""The control plane as one ASGI application: pages, REST, the seats' signalling, metrics."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from voicebot.config import Settings
from voicebot.server.control.answers import Front
from voicebot.server.control.context import ControlContext
from voicebot.server.control.conversions import Conversions
from voicebot.server.control.doors import Doors
from voicebot.server.control.guard import Guard
from voicebot.server.control.operations import Operations
from voicebot.server.control.record import Record
from voicebot.server.control.seats import Seats
from voicebot.server.control.signing import Signing
from voicebot.server.webhook import VOICE_PATH


def create_app(context: ControlContext) -> Starlette:
    """The application; run it with uvicorn in the loop that the desk lives in."""
    front = Front(context)
    settings = context.settings
    conversions = Conversions(front)
    hosts = [*_hosts(settings), *conversions.hosts()]
    static = Path(str(files("voicebot.web") / "static"))
    app = Starlette(
        routes=[
            *Doors(front).routes(),
            *Signing(front).routes(),
            *Seats(front).routes(),
            *Record(front).routes(),
            *Operations(front).routes(),
            *conversions.routes(),
            Mount("/static", StaticFiles(directory=static), name="static"),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            Middleware(
                Guard,
                settings=settings,
                open_posts=frozenset({VOICE_PATH}) | conversions.open_posts(),
                large=conversions.large_bodies(),
            ),
        ],
        exception_handlers={HTTPException: front.on_http_error, Exception: front.on_crash},
    )
    app.router.redirect_slashes = False  # one address for every page
    return app


def _hosts(settings: Settings) -> list[str]:
    """The Host headers that are answered."""
    public = urlsplit(settings.public_url).hostname
    return [*settings.allowed_hosts, *([public] if public else [])]
