"""The real control plane over a real SQLite record and the real desk; only the clocks are fakes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette

from voicebot.config import Settings
from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.desk.seats import Desk
from voicebot.server.control import ControlContext, LiveCall, PartStatus, create_app
from voicebot.server.control.context import GatewayDoor, LoadStatus
from voicebot.server.lifecycle import State
from voicebot.server.tokens import TokenBook
from voicebot.store.calls import CallStore
from voicebot.store.database import Database
from voicebot.store.records import Outcome, RecordingState

PASSWORD = "a-password"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOST = "http://127.0.0.1:8080"


class Clock:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Notes:
    """Notes that experts wrote."""

    kept: list[tuple[str, str, str]] = field(default_factory=list)

    def add_note(self, call_id: str, seat: str, at: datetime, text: str) -> None:
        self.kept.append((call_id, seat, text))


@dataclass
class World:
    """An application and everything behind it that a test may look at or change."""

    settings: Settings
    store: CallStore
    desk: Desk
    tokens: TokenBook
    notes: Notes
    clock: Clock
    busy: str = ""
    load: LoadStatus = field(default_factory=LoadStatus)
    calls: list[LiveCall] = field(default_factory=list)
    parts: list[PartStatus] = field(default_factory=list)
    at: datetime = NOW
    gateway: GatewayDoor | None = None

    def context(self, settings: Settings | None = None) -> ControlContext:
        return ControlContext(
            settings=settings or self.settings,
            store=self.store,
            desk=self.desk,
            tokens=self.tokens,
            live_calls=lambda: self.calls,
            parts=lambda: self.parts,
            admit=lambda: self.busy,
            load=lambda: self.load,
            session_key=b"k" * 32,
            now=lambda: self.at,
            clock=self.clock,
            gateway=self.gateway,
        )

    def app(self, **changes: object) -> Starlette:
        return create_app(self.context(self.settings.model_copy(update=changes)))

    @asynccontextmanager
    async def visitor(
        self, app: Starlette | None = None, host: str = HOST, address: str = "203.0.113.5"
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody with a browser, not signed in."""
        transport = httpx.ASGITransport(
            app or self.app(), client=(address, 1), raise_app_exceptions=False
        )
        async with httpx.AsyncClient(
            transport=transport, base_url=host, headers={"origin": host, "accept": "text/html"}
        ) as client:
            yield client

    @asynccontextmanager
    async def expert(self, app: Starlette | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody who has signed in."""
        async with self.visitor(app) as client:
            answer = await sign_in(client)
            assert answer.status_code == 303
            yield client

    async def add_call(
        self,
        call_id: str = "call-1",
        minutes: float = 0,
        caller: str = "+31612345678",
        outcome: Outcome = Outcome.CONTAINED,
        text: str = "I lost my card",
        recording: bytes = b"",
    ) -> None:
        """Put a finished call into the record."""
        at = NOW - timedelta(minutes=60 + minutes)
        await self.store.open_call(call_id, "twilio", caller, "+31205550100", at)
        times = {"started": 1.0, "paused": 2.0, "decided": 2.5, "replied": 2.6}
        await self.store.save_turn(
            call_id, RecordTurn(1, Party.CALLER, text, intent="card_lost", times=times)
        )
        if recording:
            (self.settings.data_dir / f"{call_id}.wav").write_bytes(recording)
            await self.store.set_recording(call_id, RecordingState.COMPLETE, f"{call_id}.wav")
        await self.store.close_call(call_id, at + timedelta(seconds=42), outcome, "goodbye")


@asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[World]:
    """A world whose files lie in `folder`."""
    settings = Settings(data_dir=folder, seat_password=SecretStr(PASSWORD))
    database = Database(settings.database, folder)
    await database.upgrade()
    clock, notes = Clock(), Notes()
    yield World(
        settings=settings,
        store=CallStore(database),
        desk=Desk(settings.limits, notes),
        tokens=TokenBook(clock),
        notes=notes,
        clock=clock,
        parts=[PartStatus("edge", State.READY, since=NOW - timedelta(hours=2))],
    )
    await database.close()


async def sign_in(
    client: httpx.AsyncClient, password: str = PASSWORD, name: str = "Eva Martens", **more: str
) -> httpx.Response:
    """Fill in the form."""
    form = {"name": name, "password": password, "next": "/seat", **more}
    return await client.post("/sign-in", data=form)


@dataclass(frozen=True)
class Served:
    """An application on a real port; `url` like http://127.0.0.1:1234."""

    url: str
    port: int

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws") + "/seat/ws"


@asynccontextmanager
async def serving(app: Starlette, port: int = 0) -> AsyncIterator[Served]:
    """Run `app` on `port`, 0 for a free one."""
    listener = socket.create_server(("127.0.0.1", port))
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.01)
    try:
        yield Served(f"http://127.0.0.1:{port}", port)
    finally:
        server.should_exit = True
        await task
        listener.close()
