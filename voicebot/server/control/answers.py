"""How requests are answered: pages, JSON, who is signed in, and errors as people can read them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from voicebot.server.control.context import ControlContext
from voicebot.server.control.sessions import RateLimit, Session, SessionBook

COOKIE = "voicebot_session"

Handler = Callable[[Request], Awaitable[Response]]

_TITLES: Mapping[int, str] = {
    400: "That was not understood",
    403: "Not allowed",
    404: "There is nothing here",
    405: "That can't be done here",
    413: "Too much at once",
    429: "Too many tries",
    500: "Something went wrong",
    503: "Not available now",
}


def initials(name: str) -> str:
    """The letters of an avatar: at most two."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def make_templates() -> jinja2.Environment:
    """The templates of voicebot/web: everything escaped, a name that is missing is an error."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("voicebot.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["initials"] = initials
    return environment


class Front:
    """What all handlers share: the context, the templates, the sessions and the limits."""

    def __init__(self, context: ControlContext) -> None:
        self.context = context
        self.sessions = SessionBook(context.session_key, lambda: context.now().timestamp())
        self.sign_ins = RateLimit(5, 60.0, context.clock)
        self.web_calls = RateLimit(20, 60.0, context.clock)
        self._templates = make_templates()

    def session(self, connection: HTTPConnection) -> Session | None:
        """Who is signed in on this connection."""
        return self.sessions.check(connection.cookies.get(COOKIE, ""))

    def page(
        self, request: Request, name: str, values: Mapping[str, object], status: int = 200
    ) -> Response:
        """The template `name`, filled in."""
        session = self.session(request)
        html = self._templates.get_template(name).render(
            bank_name=self.context.settings.bank_name,
            expert=session.name if session else "",
            here=values.get("here", request.url.path),
            converts=self.context.gateway is not None,
            **{key: value for key, value in values.items() if key != "here"},
        )
        return HTMLResponse(html, status)

    def private_page(self, handler: Handler) -> Handler:
        """`handler`, for people who signed in; others are asked to do so first."""

        async def guarded(request: Request) -> Response:
            if self.session(request) is None:
                return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", 303)
            return await handler(request)

        return guarded

    def private_api(self, handler: Handler) -> Handler:
        """`handler`, for people who signed in; others get 401."""

        async def guarded(request: Request) -> Response:
            if self.session(request) is None:
                return JSONResponse({"error": "Sign in first."}, 401)
            return await handler(request)

        return guarded

    async def on_http_error(self, request: Request, error: Exception) -> Response:
        """An HTTPException, as JSON or as a page, whatever was asked for."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        detail = error.detail if isinstance(error, HTTPException) else ""
        return self.problem(request, status, detail or "Please try again.")

    async def on_crash(self, request: Request, _error: Exception) -> Response:
        """A mistake of ours; Starlette raises it again, so that the server logs it."""
        return self.problem(request, 500, "That should not have happened. It has been logged.")

    def problem(self, request: Request, status: int, message: str) -> Response:
        """An error that a person can read."""
        if request.url.path.startswith(("/api/", "/v1/")) or not wants_html(request):
            return JSONResponse({"error": message}, status)
        title = _TITLES.get(status, "That did not work")
        values = {"title": title, "message": message, "here": ""}
        return self.page(request, "problem.html", values, status)


def wants_html(request: Request) -> bool:
    """Is it a browser that shows the answer to a person?"""
    return "text/html" in request.headers.get("accept", "")


async def read_json(request: Request) -> Mapping[str, Any]:
    """The JSON object in the body, {} when the body is empty. Raises HTTPException(400)."""
    body = await request.body()
    if not body:
        return {}
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The body is not JSON.") from error
    if not isinstance(content, dict):
        raise HTTPException(400, "The body is not a JSON object.")
    return content


def query_number(request: Request, name: str, default: int, most: int) -> int:
    """A whole number in the query, 1 to `most`. Raises HTTPException(400)."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise HTTPException(400, f"{name} must be a number from 1 to {most}.")
    return int(text)


def query_text(request: Request, name: str, most: int = 200) -> str:
    """A text in the query, '' when missing. Raises HTTPException(400) when it is too long."""
    text = request.query_params.get(name, "").strip()
    if len(text) > most:
        raise HTTPException(400, f"{name} may have at most {most} characters.")
    return text


def client_address(connection: HTTPConnection) -> str:
    """The address of who asks, as far as the server knows it."""
    return connection.client.host if connection.client else ""
