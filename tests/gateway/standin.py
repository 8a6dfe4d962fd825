"""A telephone provider's REST interface, as far as the gateway uses it: a stand-in for tests.

Written from the provider's documentation, not from our client: it checks what the real one checks
(account, form fields, form encoding), and signs its callbacks with the provider's own library.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import httpx
from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "0" * 32
TOKEN = "provider-secret"
ROOT = f"/2010-04-01/Accounts/{ACCOUNT}/"


@dataclass
class StandIn:
    """`answers` are given to the next requests instead: (status, body) or 'drop', 'stall'."""

    server: ThreadingHTTPServer
    got: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answers: list[tuple[int, object] | str] = field(default_factory=list)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    called: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def settings(self, public_url: str = "", **more: object) -> dict[str, object]:
        return {
            "api_url": self.url,
            "account": ACCOUNT,
            "auth_token": TOKEN,
            "public_url": public_url,
            "timeout": 0.5,
        } | more

    def resource(self, kind: str, form: dict[str, str]) -> dict[str, Any]:
        prefix = "SM" if kind == "Messages" else "CA"
        sid = f"{prefix}{len(self.got):032x}"
        made = {"sid": sid, "status": "queued", "account_sid": ACCOUNT, "to": form["To"]}
        self.calls[sid] = made
        return made


def signature(url: str, form: Mapping[str, str]) -> str:
    """What the provider writes into X-Twilio-Signature."""
    signed: str = RequestValidator(TOKEN).compute_signature(url, dict(form))
    return signed


def call_back(url: str, form: Mapping[str, str], signed: str | None = None) -> httpx.Response:
    """POST a signed callback."""
    headers = {"X-Twilio-Signature": signature(url, form) if signed is None else signed}
    with httpx.Client(trust_env=False) as client:
        return client.post(url, data=dict(form), headers=headers)


class _Handler(BaseHTTPRequestHandler):
    stand_in: StandIn

    def log_message(self, *args: object) -> None:
        return

    def do_GET(self) -> None:
        sid = self.path.removeprefix(ROOT + "Calls/").removesuffix(".json")
        made = self.stand_in.calls.get(sid)
        if self._authorized():
            self._answer(404 if made is None else 200, made or {"code": 20404, "message": "gone"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        if not self._authorized():
            return
        kind = self.path.removeprefix(ROOT).removesuffix(".json")
        self.stand_in.got.append((kind, form))
        if self.stand_in.answers:
            self._as_told(self.stand_in.answers.pop(0))
        elif kind.startswith("Calls/"):
            made = self.stand_in.calls[kind.removeprefix("Calls/")]
            made["status"] = form["Status"]
            self._answer(200, made)
        elif not {"To", "From"} <= set(form) or not ({"Body", "Url"} & set(form)):
            self._answer(400, {"code": 21604, "message": "a field is missing"})
        else:
            self._answer(201, self.stand_in.resource(kind, form))
            self.stand_in.called.set()

    def _authorized(self) -> bool:
        expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if self.path.startswith(ROOT) and self.headers["Authorization"] == f"Basic {expected}":
            return True
        self._answer(401, {"code": 20003, "message": "Authenticate"})
        return False

    def _as_told(self, told: tuple[int, object] | str) -> None:
        if told == "stall":
            self.stand_in.released.wait(10)
        if isinstance(told, str):
            self.close_connection = True
            return
        self._answer(*told)

    def _answer(self, status: int, body: object) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def stand_in() -> Iterator[StandIn]:
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    running = StandIn(server)
    handler.stand_in = running  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
