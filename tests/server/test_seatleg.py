"""Two people in one call: what each hears, from when on, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.server.agent_parts import HERTZ, QuickAgent, quick_agent, tone, until
from tests.server.phones import Phone, phone_call
from voicebot.audio.g711 import ulaw_decode
from voicebot.store.records import CallRecord, Outcome

FRAME = 320


@pytest_asyncio.fixture
async def agent(tmp_path: Path) -> AsyncIterator[QuickAgent]:
    async with quick_agent(tmp_path) as agent:
        yield agent


def hertz(pcm: bytes) -> set[int]:
    """The tones in some audio, to the nearest hundred."""
    samples = np.frombuffer(pcm, np.int16)
    found = set()
    for at in range(0, len(samples) - 799, 800):
        window = samples[at : at + 800].astype(np.float64)
        spectrum = np.abs(np.fft.rfft(window * np.hanning(800)))
        if spectrum.max() > 1e5:
            found.add(round(float(np.argmax(spectrum)) * 10 / 100) * 100)
    return found


class SeatSocket:
    """The media socket of a seat, with a signalling page beside it."""

    def __init__(self, agent: QuickAgent, seat: str = "seat-1") -> None:
        self.agent = agent
        self.seat = seat
        self.told: list[dict[str, Any]] = []
        self.heard = bytearray()
        self.texts: list[str] = []
        self.socket: ClientConnection | None = None

    def page(self, message: Any) -> None:
        self.told.append(dict(message))

    def available(self) -> None:
        self.agent.desk.connect(self.seat, "Anna", self.page)
        self.agent.desk.receive(self.seat, {"type": "available"})

    def last(self, kind: str) -> dict[str, Any] | None:
        return next((message for message in reversed(self.told) if message["type"] == kind), None)

    @property
    def state(self) -> str:
        return str((self.last("state") or {"state": ""})["state"])

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What was told of the conversation: who, what."""
        lines = [message["line"] for message in self.told if message["type"] == "line"]
        return [(line["party"], line["text"]) for line in lines]

    async def announced(self) -> None:
        """Wait until the caller is told who is there."""
        await until(lambda: ("bot", "You are now talking to Anna.") in self.lines)

    async def accept(self) -> str:
        """Take the call that rings; returns the media token."""
        await until(lambda: self.state == "ringing")
        ringing = self.last("ringing")
        assert ringing is not None
        call = ringing["dossier"]["call_id"]
        self.agent.desk.receive(self.seat, {"type": "accept", "call_id": call})
        connected = self.last("connect")
        assert connected is not None
        return str(connected["media_token"])

    @asynccontextmanager
    async def media(self, token: str) -> AsyncIterator[ClientConnection]:
        async with connect(f"{self.agent.ws}/seat", compression=None) as socket:
            await socket.send(json.dumps({"type": "start", "token": token, "rate": 8000}))
            self.socket = socket
            reading = asyncio.create_task(self._read(socket))
            yield socket
            reading.cancel()

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for message in socket:
                if isinstance(message, bytes):
                    self.heard += message
                else:
                    self.texts.append(message)

    async def speak(self, hz: float, seconds: float, pace: float = 0.02) -> None:
        """Talk in real time (or faster); ends early when the line is closed."""
        assert self.socket is not None
        pcm = tone(hz, seconds).tobytes()
        with suppress(ConnectionClosed):
            for at in range(0, len(pcm) - FRAME + 1, FRAME):
                await self.socket.send(pcm[at : at + FRAME])
                await asyncio.sleep(pace)


async def to_a_person(phone: Phone) -> None:
    await phone.heard(1)
    await phone.say("a person")


def parties(record: CallRecord) -> list[tuple[str, str]]:
    return [(turn.party, turn.text) for turn in record.turns]


async def test_nobody_hears_the_other_before_the_announcement(agent: QuickAgent) -> None:
    seat = SeatSocket(agent)
    seat.available()
    async with phone_call(agent) as phone:
        await to_a_person(phone)
        token = await seat.accept()
        await phone.say("a person", 0.4)  # before anybody is there
        async with seat.media(token):
            await seat.speak(HERTZ["trouble"], 0.2, pace=0.0)  # over the announcement
            await seat.announced()
            await until(lambda: 400 in hertz(bytes(seat.heard)))  # the announcement: 440 Hz
            await seat.speak(HERTZ["goodbye"], 0.6)
            await until(lambda: ("expert", "goodbye") in seat.lines)
            await until(lambda: ("caller", "a person") in seat.lines)
            await phone.say("a story")
            await until(lambda: ("caller", "a story") in seat.lines)
            agent.desk.receive("seat-1", {"type": "end"})
            await phone.closed()
    await agent.quiet()
    record = await agent.newest()
    assert record.call.outcome is Outcome.EXPERT
    said = [entry for entry in parties(record) if entry[0] != "bot"]
    assert ("expert", "goodbye") in said
    assert ("caller", "a story") in said
    assert ("expert", "trouble") not in said
    assert 1000 in hertz(bytes(seat.heard))
    assert 600 not in hertz(bytes(seat.heard))
    tones = hertz(ulaw_decode(bytes(phone.audio)))
    assert 800 in tones
    assert 1200 not in tones
    assert any('"ended"' in text for text in seat.texts)


async def test_a_seat_that_does_not_read_any_more_is_lost(
    agent: QuickAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = SeatSocket(agent)
    seat.available()
    async with phone_call(agent) as phone:
        await to_a_person(phone)
        token = await seat.accept()
        async with seat.media(token):
            await until(lambda: '"started"' in str(seat.texts))
            call = next(iter(agent.calls))
            line = call._seat
            assert line is not None
            line._outbox._give_up("the peer stopped reading")
            await until(lambda: "put through again" in str(seat.last("ended")))
            agent.desk.receive("seat-1", {"type": "wrapped_up"})
            await until(lambda: seat.state == "ringing")
        await phone.hang_up()
    await agent.quiet()
    record = await agent.newest()
    assert "the expert was lost: the peer stopped reading" in str(record.call.incidents)
    first, second = record.transfers
    assert (first.seat_name, first.result) == ("Anna", "answered")
    assert first.ended_at is not None
    assert second.result == "withdrawn"


async def test_a_page_that_is_loaded_again_gets_its_caller_back(agent: QuickAgent) -> None:
    seat = SeatSocket(agent)
    seat.available()
    async with phone_call(agent) as phone:
        await to_a_person(phone)
        token = await seat.accept()
        async with seat.media(token) as socket:
            await seat.announced()
            agent.desk.disconnect("seat-1", seat.page)
            await socket.close()
            await until(lambda: bool(agent.desk.waiting()))
        seat.told.clear()
        seat.available()
        token = await seat.accept()
        async with seat.media(token):
            await seat.announced()
            agent.desk.receive("seat-1", {"type": "end"})
            await phone.closed()
    await agent.quiet()
    record = await agent.newest()
    assert record.call.outcome is Outcome.EXPERT
    assert [transfer.result for transfer in record.transfers] == ["answered", "answered"]
    assert all(transfer.ended_at for transfer in record.transfers)


async def test_a_caller_who_hangs_up_releases_the_seat(agent: QuickAgent) -> None:
    seat = SeatSocket(agent)
    seat.available()
    async with phone_call(agent) as phone:
        await to_a_person(phone)
        token = await seat.accept()
        async with seat.media(token) as socket:
            await seat.announced()
            await phone.hang_up()
            await until(lambda: seat.state == "wrap_up")
            await asyncio.wait_for(socket.wait_closed(), 5)
            assert socket.close_code == 1000
    await agent.quiet()


async def test_a_token_for_a_caller_who_is_gone(agent: QuickAgent) -> None:
    seat = SeatSocket(agent)
    seat.available()
    async with phone_call(agent) as phone:
        await to_a_person(phone)
        token = await seat.accept()
        await phone.hang_up()
        await until(lambda: seat.state == "wrap_up")
        async with seat.media(token) as socket:
            await asyncio.wait_for(socket.wait_closed(), 5)
            assert socket.close_code == 1008
    await agent.quiet()
