"""The conversion gateway in the control plane: its REST interface, and the page for people."""

from __future__ import annotations

import hmac
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.kinds import recognised
from gateway.rest.server import PATH, ConversionApi
from voicebot.server.control.answers import Front, client_address
from voicebot.server.control.operations import LOOPBACK

_FORM_BYTES: Final = 1 << 20
"""What a form may have besides its file."""


class Conversions:
    """Handlers of /convert, /v1 and providers' callbacks; none when the agent has no gateway."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._door = front.context.gateway

    def routes(self) -> list[Route]:
        """Where they are."""
        if self._door is None:
            return []
        api = ConversionApi(
            self._door.intake,
            self._door.transforms,
            recognised,
            self._door.settings,
            self.allowed,
        )
        return [Route("/convert", self.page), *api.routes(), *self._door.callbacks]

    def open_posts(self) -> frozenset[str]:
        """Paths that providers post to; what they post is signed."""
        return (
            frozenset(route.path for route in self._door.callbacks) if self._door else frozenset()
        )

    def hosts(self) -> list[str]:
        """The names under which providers reach us."""
        return list(self._door.hosts) if self._door else []

    def large_bodies(self) -> dict[str, int]:
        """Paths whose bodies may be large, and how large (bytes)."""
        if self._door is None:
            return {}
        return {PATH: self._door.intake.settings.voice_bytes + _FORM_BYTES}

    async def page(self, request: Request) -> Response:
        """The page to drop a file on."""
        if not self.allowed(request):
            return RedirectResponse("/sign-in?next=/convert", 303)
        return self._front.page(request, "convert.html", {})

    def allowed(self, request: Request) -> bool:
        """People who signed in, programs with the token; without a token those on this machine."""
        if self._front.session(request) is not None:
            return True
        token = self._door.settings.token.get_secret_value() if self._door else ""
        if token:
            scheme, _, given = request.headers.get("authorization", "").partition(" ")
            same = hmac.compare_digest(given.strip().encode(), token.encode())
            return same and scheme.lower() == "bearer"
        # Behind a proxy everybody comes from this machine; the header tells that there is one.
        proxied = "x-forwarded-for" in request.headers or "forwarded" in request.headers
        here = self._front.context.settings.host in LOOPBACK
        return here and client_address(request) in LOOPBACK and not proxied
