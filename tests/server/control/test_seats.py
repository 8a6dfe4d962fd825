from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from tests.server.control.world import NOW, Served, World, serving, sign_in
from voicebot.conversation.commands import RecordTurn, RingSeat
from voicebot.conversation.events import NoSeat, Party
from voicebot.desk.dossier import Dossier
from voicebot.server.control import seats
from voicebot.server.control.answers import COOKIE

DOSSIER = Dossier("call-1", "+31612345678", "+31205550100", NOW, reason="asked")


def ignore(_event: object) -> None:
    """What the call is told."""


@pytest.fixture
async def served(world: World) -> AsyncIterator[Served]:
    async with serving(world.app()) as served:
        yield served


@pytest.fixture
async def cookie(served: Served) -> str:
    async with httpx.AsyncClient(base_url=served.url, headers={"origin": served.url}) as client:
        await sign_in(client)
        return f"{COOKIE}={client.cookies[COOKIE]}"


def page(served: Served, cookie: str, origin: str | None = None) -> connect:
    """Open the signalling socket as a browser does."""
    headers = {"cookie": cookie}
    return connect(
        served.socket_url, origin=Origin(origin or served.url), additional_headers=headers
    )


async def heard(socket: ClientConnection) -> dict[str, Any]:
    """The next message."""
    async with asyncio.timeout(5):
        message: dict[str, Any] = json.loads(await socket.recv())
        return message


async def read_on(socket: ClientConnection) -> None:
    """Read until the socket is closed."""
    while True:
        await socket.recv()


async def say(socket: ClientConnection, kind: str, **fields: str) -> None:
    await socket.send(json.dumps({"type": kind, **fields}))


async def test_a_call_from_ringing_to_the_note(world: World, served: Served, cookie: str) -> None:
    async with page(served, cookie) as socket:
        assert await heard(socket) == {"type": "state", "state": "away"}
        await say(socket, "available")
        assert await heard(socket) == {"type": "state", "state": "available"}
        world.desk.ring("call-1", RingSeat("asked"), DOSSIER, ignore)
        assert await heard(socket) == {"type": "state", "state": "ringing"}
        ringing = await heard(socket)
        assert ringing["type"] == "ringing"
        assert ringing["dossier"]["caller"] == "+31612345678"
        await say(socket, "accept", call_id="call-1")
        assert await heard(socket) == {"type": "state", "state": "talking"}
        connected = await heard(socket)
        assert connected["url"] == "ws://127.0.0.1:8081/seat"
        leg = world.desk.claim_media(connected["media_token"])
        assert (leg.call_id, leg.name) == ("call-1", "Eva Martens")
        world.desk.line("call-1", RecordTurn(1, Party.EXPERT, "Good morning"))
        assert (await heard(socket))["line"]["text"] == "Good morning"
        await say(socket, "end")
        assert (await heard(socket))["type"] == "ended"
        assert await heard(socket) == {"type": "state", "state": "wrap_up"}
        await say(socket, "note", call_id="call-1", text="all well")
        await say(socket, "wrapped_up")
        assert await heard(socket) == {"type": "state", "state": "available"}
    assert [(call, text) for call, _, text in world.notes.kept] == [("call-1", "all well")]


async def test_an_expert_chooses_what_she_takes(world: World, served: Served, cookie: str) -> None:
    async with page(served, cookie) as socket:
        await heard(socket)
        await socket.send(json.dumps({"type": "available", "skills": ["cards", "general"]}))
        assert await heard(socket) == {"type": "state", "state": "away"}
        assert await heard(socket) == {"type": "state", "state": "available"}
        assert world.desk.seats()[0].skills == ("cards", "general")
        told: list[object] = []
        world.desk.ring("call-1", RingSeat("topic", skill="lending"), DOSSIER, told.append)
        world.desk.ring("call-2", RingSeat("topic", skill="cards"), DOSSIER, ignore)
        assert await heard(socket) == {"type": "state", "state": "ringing"}
        assert told == [NoSeat("none_signed_in")]


@pytest.mark.parametrize("skills", ["cards", [1], ["x" * 100], ["x"] * 3 + [None], {"a": 1}])
async def test_skills_must_be_names(
    world: World, served: Served, cookie: str, skills: object
) -> None:
    async with page(served, cookie) as socket:
        await heard(socket)
        await socket.send(json.dumps({"type": "available", "skills": skills}))
        assert (await heard(socket))["type"] == "error"
        assert world.desk.seats()[0].state == "away"


async def test_a_page_that_closes_leaves_the_desk(
    world: World, served: Served, cookie: str
) -> None:
    async with page(served, cookie) as socket:
        await heard(socket)
        assert [seat.name for seat in world.desk.seats()] == ["Eva Martens"]
    async with asyncio.timeout(5):
        while world.desk.seats():  # noqa: ASYNC110 - the desk tells nobody
            await asyncio.sleep(0.01)


async def test_without_signing_in_the_page_is_told_so(world: World, served: Served) -> None:
    for cookie in ("", f"{COOKIE}=made.up"):
        async with page(served, cookie) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == seats.SIGNED_OUT
    assert world.desk.seats() == []


async def test_a_foreign_origin_does_not_get_a_socket(
    world: World, served: Served, cookie: str
) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        with pytest.raises(InvalidStatus) as refused:
            async with page(served, cookie, origin):
                pass
        assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus):
        async with connect(served.socket_url, additional_headers={"cookie": cookie}):
            pass
    assert world.desk.seats() == []


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"type": 5}',
        '{"type": "dance"}',
        "[" * 10_000,
        '"' + "x" * 20_000 + '"',
    ],
)
async def test_nonsense_is_answered_and_the_socket_lives(
    served: Served, cookie: str, message: str
) -> None:
    async with page(served, cookie) as socket:
        await heard(socket)
        await socket.send(message)
        assert (await heard(socket))["type"] == "error"
        await say(socket, "available")
        assert await heard(socket) == {"type": "state", "state": "available"}


async def test_binary_ends_the_socket(served: Served, cookie: str) -> None:
    async with page(served, cookie) as socket:
        await heard(socket)
        await socket.send(b"\x00")
        with pytest.raises(ConnectionClosed):
            await heard(socket)


async def test_a_page_that_does_not_read_is_dropped(
    world: World, served: Served, cookie: str
) -> None:
    async with page(served, cookie) as socket:
        await heard(socket)
        await say(socket, "available")
        await heard(socket)
        world.desk.ring("call-1", RingSeat("asked"), DOSSIER, ignore)
        for number in range(2 * seats.MAX_WAITING):  # in one go: the page can't keep up
            world.desk.line("call-1", RecordTurn(number, Party.CALLER, "hello"))
        async with asyncio.timeout(5):
            with pytest.raises(ConnectionClosed):
                await read_on(socket)
        assert socket.close_code == seats.TRY_LATER
