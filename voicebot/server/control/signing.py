"""Signing in and out."""

from __future__ import annotations

import math
import re

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from voicebot.server.control.answers import COOKIE, Front, client_address
from voicebot.server.control.sessions import MAX_NAME, SESSION_SECONDS, password_matches

log = structlog.get_logger(__name__)

START_PAGE = "/seat"


class Signing:
    """Handlers of /sign-in and /sign-out."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/sign-in", self.form, methods=["GET"]),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def form(self, request: Request) -> Response:
        """The page that asks for name and password."""
        return self._ask(request, local_path(request.query_params.get("next", "")))

    async def sign_in(self, request: Request) -> Response:
        """Check name and password; the answer to a wrong one does not say which was wrong."""
        address = client_address(request)
        wait = self._front.sign_ins.wait(address)
        async with request.form(max_files=0, max_fields=10) as form:
            name = " ".join(str(form.get("name", "")).split())
            password = str(form.get("password", ""))
            target = local_path(str(form.get("next", "")))
        if wait:
            log.warning("sign_in_limited", address=address)
            error = f"Too many tries. Wait {math.ceil(wait)} seconds, then try again."
            answer = self._ask(request, target, name, error, 429)
            answer.headers["Retry-After"] = str(math.ceil(wait))
            return answer
        if not 0 < len(name) <= MAX_NAME or not name.isprintable():
            error = f"Please give a name of at most {MAX_NAME} letters."
            return self._ask(request, target, "", error, 400)
        expected = self._front.context.settings.seat_password.get_secret_value()
        if not password_matches(password, expected):
            log.warning("sign_in_refused", address=address)
            return self._ask(request, target, name, "The password is not right.", 401)
        self._front.sign_ins.forgive(address)  # all experts of an office may share an address
        return self._let_in(request, name, target)

    async def sign_out(self, request: Request) -> Response:
        """Forget the session, also where a copy of the cookie exists."""
        session = self._front.session(request)
        if session is not None:
            self._front.sessions.end(session)
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return answer

    def _let_in(self, request: Request, name: str, target: str) -> Response:
        session, cookie = self._front.sessions.issue(name)
        log.info("signed_in", session=session.id)
        answer = RedirectResponse(target, 303)
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=SESSION_SECONDS,
            path="/",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    def _ask(
        self, request: Request, target: str, name: str = "", error: str = "", status: int = 200
    ) -> Response:
        values = {"next": target, "name": name, "error": error, "here": "/seat"}
        return self._front.page(request, "sign-in.html", values, status)


def local_path(path: str) -> str:
    """`path` if it leads to a page of ours, else the seat: nobody is sent to another site."""
    return path if re.fullmatch(r"/[A-Za-z0-9_-][A-Za-z0-9_/.-]*|/", path) else START_PAGE
