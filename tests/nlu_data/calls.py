"""A caller for the tests: talks to the channel over HTTP, looks into the bank afterwards."""

from __future__ import annotations

import itertools
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

SECRET = "a secret for the tests"
_NUMBERS = itertools.count(1)


class Bot:
    """The running dialogue server, its bank database and its action server's process."""

    def __init__(
        self,
        url: str,
        database: Path,
        log: Path,
        start_actions: Callable[[], subprocess.Popen[bytes]],
        actions_url: str,
    ) -> None:
        self.actions_url = actions_url
        self.database = database
        self.log = log
        self._start_actions = start_actions
        self.actions = start_actions()
        self._client = httpx.Client(
            base_url=f"{url}/webhooks/voicebot",
            headers={"X-Voicebot-Secret": SECRET},
            timeout=60,
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def health(self) -> httpx.Response:
        return self._client.get("/health")

    @contextmanager
    def without_actions(self) -> Iterator[None]:
        """The action server is away meanwhile."""
        self.actions.terminate()
        self.actions.wait(20)
        yield
        self.actions = self._start_actions()
        health = self.actions_url.replace("/webhook", "/health")
        for _ in range(200):
            try:
                httpx.get(health, trust_env=False).raise_for_status()
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the action server did not come back")

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        if body is not None:
            options["json"] = body
        return self._client.post(path, **options)

    def rows(self, table: str, call: Call) -> list[dict[str, Any]]:
        """The rows that this call left in a table."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute(
                f"SELECT * FROM {table} WHERE call_id = ? ORDER BY id", (call.call_id,)
            )
            return [dict(row) for row in found]

    def balance(self, number: str, kind: str) -> int:
        with closing(sqlite3.connect(self.database)) as connection:
            found = connection.execute(
                "SELECT balance_cents FROM accounts WHERE customer = ? AND kind = ?", (number, kind)
            )
            return int(found.fetchone()[0])

    def call(self, caller: str = "") -> Call:
        return Call(self, caller)


class Call:
    """One call: `say`, `key`, `event`; `last` is the channel's last answer."""

    def __init__(self, bot: Bot, caller: str) -> None:
        self.bot = bot
        self.call_id = f"call-{next(_NUMBERS)}"
        self.last: dict[str, Any] = {}
        self.event("start", {"caller": caller, "callee": "+15550199"})

    def say(self, *texts: str, alternatives: list[str] | None = None) -> dict[str, Any]:
        for text in texts:
            body = {
                "call_id": self.call_id,
                "text": text,
                "confidence": 0.9,
                "alternatives": alternatives or [],
                "metadata": {},
            }
            self._keep(self.bot.post("/turn", body))
        return self.last

    def key(self, digits: str) -> dict[str, Any]:
        return self.event("dtmf", {"digits": digits})

    def event(self, name: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        body = {"call_id": self.call_id, "name": name, "payload": payload or {}}
        return self._keep(self.bot.post("/event", body))

    def _keep(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == httpx.codes.OK, answer.text
        self.last = answer.json()
        return self.last

    @property
    def heard(self) -> str:
        """What the bot said last."""
        return " ".join(message["text"] for message in self.last["messages"])
