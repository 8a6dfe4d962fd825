"""An agent of cardboard: the real pages over a made-up record, with a line that plays a story.

No models and no Rasa: it shows the pages. `python tools/demo_agent.py`, then open the address it
prints; the password of the desk is "harbour".
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from demo_jobs import open_door
from demo_record import CUSTOMER, STORIES, expert_turns, seed, turns_of, voice
from pydantic import SecretStr
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from voicebot.config import Settings
from voicebot.conversation.commands import RecordTurn
from voicebot.server.control import ControlContext, LiveCall, PartStatus, create_app
from voicebot.server.control.context import GatewayDoor, Send
from voicebot.server.lifecycle import State
from voicebot.server.tokens import TokenBook
from voicebot.store.calls import CallStore
from voicebot.store.database import Database

PASSWORD = "harbour"  # noqa: S105 - of a demo
SEAT_TOKEN = "seat"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: where its pages are, and a call worth looking at."""

    url: str
    call_id: str


@dataclass(slots=True)
class CardboardSeat:
    """A seat; `state` as the real desk names it."""

    name: str
    send: Send
    state: str = "away"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call in the queue."""

    call_id: str
    caller: str
    reason: str
    seconds: float


def line(turn: RecordTurn) -> dict[str, Any]:
    """A line as the pages get it."""
    return {
        "number": turn.number,
        "party": turn.party.value,
        "text": turn.text,
        "heard": turn.heard,
        "kind": turn.kind,
        "sensitive": turn.sensitive,
        "final": True,
    }


def dossier() -> dict[str, Any]:
    """The story of a call that needs a person."""
    turns = turns_of(STORIES["card"])
    return {
        "call_id": "demo-call",
        "caller": CUSTOMER["phone"],
        "reason": "asked",
        "topic": "card",
        "skill": "cards",
        "intent": "talk_to_person",
        "slots": {"identity_method": "pin", "card_kind": "debit"},
        "customer": CUSTOMER,
        "task": "card",
        "proposed": "block your debit card ending in 7716 and send you a new one",
        "lines": [line(turn) for turn in turns],
    }


class CardboardDesk:
    """Rings a seat as soon as it is available, and lets the caller say their part."""

    def __init__(self) -> None:
        self._seats: dict[str, CardboardSeat] = {}
        self._work: set[asyncio.Task[None]] = set()

    def connect(self, seat: str, name: str, send: Send, skills: Iterable[str] = ()) -> None:
        """A page is there, or chooses its skills."""
        self._seats[seat] = CardboardSeat(name, send)
        send({"type": "state", "state": "away"})

    def disconnect(self, seat: str, send: Send) -> None:
        """A page is gone."""
        if seat in self._seats and self._seats[seat].send == send:
            del self._seats[seat]

    def receive(self, seat: str, message: Mapping[str, Any]) -> None:
        """Play the part of the real desk."""
        here = self._seats[seat]
        match message["type"]:
            case "available":
                self._enter(here, "available")
                self._later(self._ring(here))
            case "accept":
                self._enter(here, "talking")
                here.send({"type": "connect", "call_id": "demo-call", "media_token": SEAT_TOKEN})
                self._later(self._talk(here))
            case "end":
                here.send({"type": "ended", "reason": "you ended it"})
                self._enter(here, "wrap_up")
            case "away" | "decline" | "wrapped_up":
                self._enter(here, "away")

    def seats(self) -> Sequence[CardboardSeat]:
        """Those who are here, and some colleagues."""
        nobody = lambda _message: None  # noqa: E731
        others = [
            CardboardSeat("Jonas Lindqvist", nobody, "talking"),
            CardboardSeat("Priya Raman", nobody, "available"),
            CardboardSeat("Tom Wright", nobody, "wrap_up"),
        ]
        return [*self._seats.values(), *others]

    def waiting(self) -> Sequence[Waiting]:
        """One caller waits."""
        return [Waiting("w1", "+15550106", "topic", 21.0)]

    def _enter(self, seat: CardboardSeat, state: str) -> None:
        seat.state = state
        seat.send({"type": "state", "state": state})

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _ring(self, seat: CardboardSeat) -> None:
        await asyncio.sleep(0.5)
        if seat.state == "available":
            seat.state = "ringing"
            seat.send({"type": "ringing", "dossier": dossier()})

    async def _talk(self, seat: CardboardSeat) -> None:
        for turn in expert_turns(len(STORIES["card"]), 0.0):
            await asyncio.sleep(0.4)
            seat.send({"type": "line", **line(turn)})


async def play(socket: ServerConnection) -> None:
    """A line: tell a story to the phone page; to a seat, just carry silence."""
    start = json.loads(await socket.recv())
    await socket.send(json.dumps({"type": "started", "call_id": "demo-call"}))
    reader = asyncio.create_task(_drain(socket))
    try:
        if start["token"] != SEAT_TOKEN:
            await _tell(socket)
        await reader
    except ConnectionClosed:
        pass  # the page was left
    finally:
        reader.cancel()


async def _drain(socket: ServerConnection) -> None:
    async for message in socket:
        if isinstance(message, str) and json.loads(message)["type"] == "stop":
            return


async def _tell(socket: ServerConnection) -> None:
    for turn in turns_of(STORIES["web"]):
        bot = turn.party.value == "bot"
        await socket.send(json.dumps({"type": "state", "name": "speaking" if bot else "listening"}))
        await socket.send(json.dumps({"type": "line", **line(turn)}))
        seconds = 0.7
        if bot:
            pcm = voice(seconds, 205, turn.number).tobytes()
            for at in range(0, len(pcm), 320):
                await socket.send(pcm[at : at + 320])
        await asyncio.sleep(seconds)


@asynccontextmanager
async def running(port: int, edge_port: int, folder: Path) -> AsyncIterator[Demo]:
    """The demo, with its files in `folder`."""
    settings = Settings(
        control_port=port, edge_port=edge_port, data_dir=folder, seat_password=SecretStr(PASSWORD)
    )
    database = Database(settings.database, folder)
    await database.upgrade()
    store = CallStore(database)
    call_id = await seed(store, folder, datetime.now(UTC))
    door = await asyncio.to_thread(open_door, folder)
    app = create_app(context(settings, store, door))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    async with serve(play, "127.0.0.1", edge_port):
        task = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.05)
        try:
            yield Demo(f"http://127.0.0.1:{port}", call_id)
        finally:
            server.should_exit = True
            await task
            await database.close()
            door.intake.close()


def context(settings: Settings, store: CallStore, gateway: GatewayDoor) -> ControlContext:
    """What the control plane sees of the cardboard agent."""
    since = datetime.now(UTC)
    loop = asyncio.get_running_loop()
    parts = [
        PartStatus("edge", State.READY, f"port {settings.edge_port}", since - timedelta(hours=31)),
        PartStatus("rasa", State.READY, "model 20261120-harbour-14", since - timedelta(hours=5), 1),
        PartStatus("actions", State.READY, "", since - timedelta(hours=31)),
        PartStatus("recognizer", State.READY, "whisper tiny.en", since - timedelta(hours=31)),
        PartStatus("voice", State.READY, "hibari, 1 worker", since - timedelta(hours=31)),
    ]
    calls = [
        LiveCall("a", "+15550103", "twilio", "speaking", since - timedelta(seconds=42)),
        LiveCall("b", "+15550106", "twilio", "transferring", since - timedelta(seconds=158)),
        LiveCall(
            "c",
            "",
            "browser",
            "with_expert",
            since - timedelta(seconds=311),
            "Jonas Lindqvist",
        ),
    ]
    return ControlContext(
        settings=settings,
        store=store,
        desk=CardboardDesk(),
        tokens=TokenBook(loop.time),
        live_calls=lambda: calls,
        parts=lambda: parts,
        admit=lambda: "",
        gateway=gateway,
    )


async def main() -> None:
    """Serve until interrupted."""
    with tempfile.TemporaryDirectory() as folder:
        async with running(8090, 8091, Path(folder)) as demo:
            print(f"{demo.url}   password of the desk: {PASSWORD}   (Ctrl-C ends it)")
            await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print()
