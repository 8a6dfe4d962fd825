"""Fax machines call the number of the bot: by a media stream and by AudioSocket, with real T.30.

The line runs as fast as both sides speak, frame for frame, and not by the clock.
"""

from __future__ import annotations

import asyncio
import struct
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from gateway.content import Content
from gateway.fax.receive import FaxInbox
from gateway.fax.settings import FaxSettings
from gateway.fax.spandsp import FaxTerminal
from tests.gateway.fax.papers import page, pixels, send, tiff
from tests.server.agent_parts import QuickAgent, quick_agent, tone, until
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.caller.wire import Media, Sender, read
from voicebot.server import faxleg
from voicebot.server.faxline import FRAME, LineClosed, QueueLine
from voicebot.server.ports import free_port
from voicebot.store.records import Outcome

AHEAD = 60
"""Frames that are sent before any is heard: the tone is in them."""


class LockstepLine(QueueLine):
    """Waits for the other side instead of the clock."""

    def exchange(self, frame: bytes) -> bytes:
        if frame:
            self._send(frame)
        while not self._heard and not self._closing.wait(0.0005):
            pass
        with self._lock:
            if not self._heard:
                raise LineClosed(self._reason)
            heard, self._heard = bytes(self._heard), bytearray()
        return heard


@pytest.fixture(autouse=True)
def _lockstep(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "real_time" not in request.node.name:
        monkeypatch.setattr(faxleg, "QueueLine", LockstepLine)


@pytest.fixture
def accepted() -> list[Content]:
    return []


@pytest.fixture
async def agent(tmp_path: Path, accepted: list[Content]) -> AsyncIterator[QuickAgent]:
    inbox = FaxInbox(FaxSettings(ident="+15550199"), tmp_path / "fax", accepted.append)
    async with quick_agent(tmp_path, fax=inbox, audiosocket_port=free_port()) as agent:
        yield agent
    inbox.close()


def machine(folder: Path, pages: int = 2) -> FaxTerminal:
    return FaxTerminal(send(tiff(folder / "sent.tif", pages, 150)))


def came(accepted: list[Content], pages: int) -> None:
    (content,) = accepted
    got = pixels(content.path)
    assert content.details["pages"] == pages == len(got)
    assert all(np.array_equal(image, np.array(page(n, 150))) for n, image in enumerate(got, 1))


async def by_twilio(
    agent: QuickAgent, fax: FaxTerminal, wanted: Callable[[FaxTerminal], bool]
) -> None:
    """Call, and talk as long as it is `wanted`."""
    sender = Sender()
    async with connect(f"{agent.ws}/twilio") as socket:
        await socket.send(sender.connected())
        await socket.send(sender.start({"token": agent.token()}))

        async def say(heard: bytes) -> None:
            await socket.send(sender.media(ulaw_encode(fax.exchange(heard, FRAME))))

        for _ in range(AHEAD):
            await say(b"")
        async for message in socket:
            event = read(message, sender.stream)
            if isinstance(event, Media):
                await say(ulaw_decode(event.audio))
            if not wanted(fax):
                await socket.send(sender.stop())
                break


async def test_a_fax_by_twilio(agent: QuickAgent, tmp_path: Path, accepted: list[Content]) -> None:
    fax = machine(tmp_path)
    await by_twilio(agent, fax, lambda fax: True)
    record = await agent.newest()
    assert record.call.outcome is Outcome.FAX
    assert record.call.outcome_reason == "2 pages"
    assert record.call.incidents == ()
    came(accepted, 2)
    assert accepted[0].details["from"] == "+15550100"
    assert accepted[0].details["ident"] == "+4930123456"
    assert not [line for line in record.turns if line.party == "caller"]


async def test_a_fax_that_drops_keeps_what_came(
    agent: QuickAgent, tmp_path: Path, accepted: list[Content]
) -> None:
    fax = machine(tmp_path, 3)
    await by_twilio(agent, fax, lambda fax: not fax._pages)
    record = await agent.newest()
    assert record.call.outcome is Outcome.FAX
    assert record.call.outcome_reason.startswith("1 page, not complete")
    assert accepted[0].details["complete"] is False


async def test_a_stopping_agent_keeps_what_came(
    agent: QuickAgent, tmp_path: Path, accepted: list[Content]
) -> None:
    fax = machine(tmp_path, 3)
    calling = asyncio.create_task(by_twilio(agent, fax, lambda fax: True))
    await until(lambda: len(fax._pages) > 0)
    await agent.calls.shut_down("the agent was stopped", 5.0)
    await calling
    assert (await agent.newest()).call.outcome is Outcome.FAX
    assert len(accepted) == 1


@pytest.mark.slow
async def test_a_fax_in_real_time(
    agent: QuickAgent, tmp_path: Path, accepted: list[Content]
) -> None:
    fax, sender, heard = machine(tmp_path), Sender(), bytearray()
    loop = asyncio.get_running_loop()
    async with connect(f"{agent.ws}/twilio") as socket:
        await socket.send(sender.connected())
        await socket.send(sender.start({"token": agent.token()}))

        async def listen() -> None:
            async for message in socket:
                event = read(message, sender.stream)
                if isinstance(event, Media):
                    heard.extend(ulaw_decode(event.audio))

        listening, due = asyncio.create_task(listen()), loop.time()
        while not listening.done():
            # As a network does: 20 ms of what has come are played, silence where nothing has.
            playing = bytes(heard[: 2 * FRAME]).ljust(2 * FRAME, b"\0")
            del heard[: 2 * FRAME]
            with suppress(ConnectionClosed):
                await socket.send(sender.media(ulaw_encode(fax.exchange(playing, FRAME))))
            due += 0.02
            await asyncio.sleep(max(due - loop.time(), 0))
    assert (await agent.newest()).call.outcome is Outcome.FAX
    came(accepted, 2)


async def test_a_voice_call_is_no_fax(agent: QuickAgent, accepted: list[Content]) -> None:
    sender = Sender()
    async with connect(f"{agent.ws}/twilio") as socket:
        await socket.send(sender.connected())
        await socket.send(sender.start({"token": agent.token()}))
        for hertz in (400, 1000, 1100):
            audio = ulaw_encode(tone(hertz, 0.25).tobytes())
            for at in range(0, len(audio), 160):
                await socket.send(sender.media(audio[at : at + 160]))
        await asyncio.sleep(0.2)
        assert [call.state for call in agent.calls] != ["fax"]
        await socket.send(sender.stop())
    assert (await agent.newest()).call.outcome is not Outcome.FAX
    assert accepted == []


# ── AudioSocket ───────────────────────────────────────────────────────────────────────────────


def packet(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack(">BH", kind, len(payload)) + payload


class Asterisk:
    """The other end of an AudioSocket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def call(cls, agent: QuickAgent, name: str) -> Asterisk:
        port = agent.settings.audiosocket_port
        asterisk = cls(*await asyncio.open_connection("127.0.0.1", port))
        asterisk.send(0x01, uuid.UUID(name).bytes)
        return asterisk

    def send(self, kind: int, payload: bytes = b"") -> None:
        self.writer.write(packet(kind, payload))

    async def next(self) -> tuple[int, bytes] | None:
        """The next packet; None at the end."""
        try:
            kind, length = struct.unpack(">BH", await self.reader.readexactly(3))
            return kind, await self.reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def close(self) -> None:
        self.writer.close()


async def announced(agent: QuickAgent) -> str:
    """A UUID for a call with numbers, as a dialplan asks for it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", agent.settings.edge_port)
    query = "from=%2B4930777&to=%2B15550199"
    writer.write(f"GET /audiosocket?{query} HTTP/1.1\r\nHost: edge\r\n\r\n".encode())
    answer = (await reader.read(2000)).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 200")
    return answer.rpartition("\r\n")[2]


async def test_a_fax_by_audiosocket(
    agent: QuickAgent, tmp_path: Path, accepted: list[Content]
) -> None:
    fax = machine(tmp_path)
    asterisk = await Asterisk.call(agent, await announced(agent))
    for _ in range(AHEAD):
        asterisk.send(0x10, fax.exchange(b"", FRAME))
    hung_up = False
    while (came_in := await asterisk.next()) is not None:
        kind, payload = came_in
        hung_up |= kind == 0x00
        if kind == 0x10:
            asterisk.send(0x10, fax.exchange(payload, FRAME))
    await asterisk.close()
    assert hung_up
    record = await agent.newest()
    assert record.call.network == "audiosocket"
    assert record.call.outcome is Outcome.FAX
    came(accepted, 2)
    assert accepted[0].details["from"] == "+4930777"
    assert accepted[0].details["to"] == "+15550199"


async def test_a_voice_call_by_audiosocket(agent: QuickAgent) -> None:
    asterisk = await Asterisk.call(agent, str(uuid.uuid4()))
    heard = 0
    while heard < 3:
        kind, payload = await asterisk.next() or (0, b"")
        assert kind == 0x10
        assert len(payload) == 320
        heard += 1
    word = tone(400, 0.3).tobytes()
    await until(lambda: any(call.state == "listening" for call in agent.calls))
    for at in range(0, len(word), 320):
        asterisk.send(0x10, word[at : at + 320])
    await until(lambda: any(call.state in ("thinking", "speaking") for call in agent.calls))
    asterisk.send(0x00)
    await asterisk.close()
    record = await agent.newest()
    assert record.call.network == "audiosocket"
    assert "balance" in [line.text for line in record.turns if line.party == "caller"]


async def test_what_does_not_name_itself_is_closed(agent: QuickAgent) -> None:
    port = agent.settings.audiosocket_port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert await reader.read() == b""
    writer.close()
    record = await agent.newest()
    assert record.call.outcome is Outcome.FAILED
    assert "the first packet is not the call's UUID" in record.call.outcome_reason
    silent, quiet = await asyncio.open_connection("127.0.0.1", port)
    assert await silent.read() == b""
    quiet.close()


async def test_an_announced_call_comes_once(agent: QuickAgent) -> None:
    name = await announced(agent)
    first = await Asterisk.call(agent, name)
    assert await first.next() is not None
    second = await Asterisk.call(agent, name)
    assert await second.next() is None
    await first.close()
    await second.close()
    await agent.quiet()


async def test_calls_from_elsewhere_are_not_taken(tmp_path: Path) -> None:
    port = free_port()
    async with quick_agent(
        tmp_path, audiosocket_port=port, audiosocket_peers=["192.0.2.0/24"]
    ) as agent:
        asterisk = await Asterisk.call(agent, str(uuid.uuid4()))
        assert await asterisk.next() is None
        await asterisk.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", agent.settings.edge_port)
        writer.write(b"GET /audiosocket HTTP/1.1\r\nHost: edge\r\n\r\n")
        assert (await reader.read(100)).startswith(b"HTTP/1.1 403")
        writer.close()
        assert not len(agent.calls)
