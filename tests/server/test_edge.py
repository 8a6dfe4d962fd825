"""What comes in at the edge that should not: each has its answer and its record, and nothing else
suffers. Real sockets, real dialects, a real record."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.server.agent_parts import QuickAgent, quick_agent, until
from tests.server.phones import good_call, invited, phone_call
from voicebot.caller.wire import Sender
from voicebot.server import edge
from voicebot.server.calls import BUSY
from voicebot.server.webhook import twilio_signature
from voicebot.store.records import Outcome
from voicebot.telephony.twilio import MAX_MESSAGE, MAX_PAYLOAD


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[QuickAgent]:
    async with quick_agent(tmp_path) as agent:
        yield agent


Say = Callable[[Sender, QuickAgent], list[str | bytes]]


def started(sender: Sender, agent: QuickAgent) -> list[str | bytes]:
    return [sender.connected(), sender.start({"token": agent.token()})]


def media(payload: str) -> str:
    return json.dumps({"event": "media", "media": {"payload": payload}})


BEFORE: dict[str, tuple[Say, int, str]] = {
    "a first message that is something else": (
        lambda s, a: [s.media(b"\xff" * 160)],
        1002,
        "protocol violation: the first message is 'media', not 'connected'",
    ),
    "a first message that is no JSON": (
        lambda s, a: ["GET / HTTP/1.1"],
        1007,
        "protocol violation: message is not JSON",
    ),
    "a first message that is no object": (
        lambda s, a: ["[]"],
        1003,
        "protocol violation: JSON message is not an object",
    ),
    "a binary first message": (
        lambda s, a: [b"\0\1"],
        1003,
        "protocol violation: binary message; Media Streams are JSON text",
    ),
    "audio before start": (
        lambda s, a: [s.connected(), s.media(b"\xff" * 160)],
        1002,
        "protocol violation: 'media' before 'start'",
    ),
    "no token": (
        lambda s, a: [s.connected(), s.start({})],
        1008,
        "token refused: the token is unknown: ask for a new one and use it within its time",
    ),
    "a made up token": (
        lambda s, a: [s.connected(), s.start({"token": "x" * 40})],
        1008,
        "token refused: the token is unknown: ask for a new one and use it within its time",
    ),
    "a token of the web phone": (
        lambda s, a: [s.connected(), s.start({"token": a.tokens.issue("web", {}, 60.0)})],
        1008,
        "token refused: the token was issued for another kind of stream",
    ),
    "an expired token": (
        lambda s, a: [s.connected(), s.start({"token": a.tokens.issue("twilio", {}, 0.0)})],
        1008,
        "token refused: the token has expired: ask for a new one",
    ),
    "nothing": (lambda s, a: [], 1008, "the stream did not identify itself in time"),
    "only the first word": (
        lambda s, a: [s.connected()],
        1008,
        "the stream did not identify itself in time",
    ),
}
WITHIN: dict[str, tuple[Say, int, str]] = {
    "a second start": (lambda s, a: [s.start({})], 1002, "a second 'start'"),
    "media that is not base64": (
        lambda s, a: [media("%%%%")],
        1007,
        "'payload' is not base64",
    ),
    "oversize media": (
        lambda s, a: [media(base64.b64encode(bytes(MAX_PAYLOAD + 3)).decode())],
        1009,
        f"more than {MAX_PAYLOAD} bytes of audio in a message",
    ),
    "an oversize message": (
        lambda s, a: [" " * (MAX_MESSAGE + 1)],
        1009,
        f"message of {MAX_MESSAGE + 1} characters, at most {MAX_MESSAGE}",
    ),
    "media of another stream": (
        lambda s, a: [json.dumps({"event": "media", "streamSid": "MZother", "media": {}})],
        1008,
        "message of another stream on this socket",
    ),
    "an event without a name": (
        lambda s, a: ["{}"],
        1002,
        "'event' is missing or not a string",
    ),
    "a flood of messages": (
        lambda s, a: [s.mark("x")] * 6000,
        1008,
        "messages come faster than a call needs them",
    ),
    "a flood of audio": (
        lambda s, a: [media(base64.b64encode(bytes(4000)).decode())] * 100,
        1008,
        "audio comes faster than it is spoken",
    ),
}


async def spoken_to(agent: QuickAgent, messages: list[str | bytes]) -> tuple[int | None, Any]:
    """Say all this to the edge; how it closes."""
    async with connect(f"{agent.ws}/twilio", compression=None) as socket:

        async def send() -> None:
            for message in messages:
                await socket.send(message)

        sending = asyncio.create_task(send())
        async with asyncio.timeout(10):
            await socket.wait_closed()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    return socket.close_code, socket.close_reason


async def test_streams_that_are_not_let_in(agent: QuickAgent) -> None:
    for what, (say, code, reason) in BEFORE.items():
        assert await spoken_to(agent, say(Sender(), agent)) == (code, reason), what
        record = await agent.newest()
        assert record.call.outcome is Outcome.FAILED, what
        assert record.call.outcome_reason == f"refused: {reason}", what
        assert record.call.network == "twilio"
        assert not len(agent.calls)
    await good_call(agent)


async def test_streams_that_break_the_rules_later(agent: QuickAgent) -> None:
    for what, (say, code, reason) in WITHIN.items():
        sender = Sender()
        messages = started(sender, agent) + say(sender, agent)
        assert await spoken_to(agent, messages) == (code, reason), what
        await agent.quiet()
        record = await agent.newest()
        assert record.call.outcome is Outcome.FAILED, what
        assert record.call.outcome_reason == f"protocol violation: {reason}", what
        assert [i.what for i in record.call.incidents] == [f"protocol violation: {reason}"], what
        assert record.call.caller == "+15550100"
    await good_call(agent)


async def test_a_message_beyond_all_bounds_is_not_even_read(agent: QuickAgent) -> None:
    messages = [*started(Sender(), agent), "x" * (edge.MOST_MESSAGE + 1)]
    code, _ = await spoken_to(agent, messages)
    assert code == 1009
    await agent.quiet()
    record = await agent.newest()
    assert record.call.outcome is Outcome.FAILED
    assert record.call.outcome_reason == "the connection to the caller was lost"
    await good_call(agent)


async def test_unknown_events_are_passed_over(agent: QuickAgent) -> None:
    async with phone_call(agent) as phone:
        await phone.socket.send('{"event": "weather", "streamSid": "' + phone.sender.stream + '"}')
        await phone.heard(1)
        await phone.say("balance")
        await phone.heard(2)
        await phone.hang_up()
    await agent.quiet()
    record = await agent.newest()
    assert record.call.outcome is Outcome.CONTAINED
    assert record.call.incidents == ()


async def test_a_stolen_token_lets_nobody_in_twice(agent: QuickAgent) -> None:
    parameters = await invited(agent)
    sender = Sender()
    async with connect(f"{agent.ws}/twilio") as socket:
        await socket.send(sender.connected())
        await socket.send(sender.start(parameters))
        await until(lambda: len(agent.calls) == 1)
        (first,) = agent.calls
        thief = Sender()
        code, reason = await spoken_to(agent, [thief.connected(), thief.start(parameters)])
        assert (code, reason) == (
            1008,
            "token refused: the token was used before: it lets one stream in, once",
        )
        refused = await agent.newest()
        assert refused.call.outcome_reason == f"refused: {reason}"
        assert [call.call_id for call in agent.calls] == [first.call_id]
        await socket.send(sender.stop())
    await agent.quiet()
    await good_call(agent)


async def test_the_numbers_are_those_of_the_webhook_not_of_the_stream(agent: QuickAgent) -> None:
    parameters = await invited(agent, "+15550101")
    sender = Sender()
    async with connect(f"{agent.ws}/twilio") as socket:
        await socket.send(sender.connected())
        await socket.send(sender.start({**parameters, "From": "+15550666"}))
        await until(lambda: len(agent.calls) == 1)
        await socket.send(sender.stop())
    await agent.quiet()
    assert (await agent.newest()).call.caller == "+15550101"


async def test_a_forged_signature(tmp_path: Path) -> None:
    async with quick_agent(tmp_path, twilio_auth_token=SecretStr("secret")) as agent:
        query = "/twilio/voice?From=%2B15550100&To=%2B15550199&CallSid=CA1"
        right = twilio_signature("secret", agent.http + query, {})
        async with httpx.AsyncClient(trust_env=False) as client:
            for signature, status in ((right, 200), ("forged", 403), ("", 403)):
                answer = await client.get(
                    agent.http + query, headers={"X-Twilio-Signature": signature}
                )
                assert answer.status_code == status
            assert "X-Twilio-Signature does not match" in answer.text
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{agent.ws}/twilio", additional_headers={"X-Twilio-Signature": "forged"})
        assert refused.value.response.status_code == 403
        assert agent.tokens.size == 1
        assert await agent.store.list_calls() == []


async def test_one_call_too_many(agent: QuickAgent) -> None:
    senders = [Sender() for _ in range(agent.settings.limits.calls)]
    sockets = []
    for sender in senders:
        socket = await connect(f"{agent.ws}/twilio")
        for message in started(sender, agent):
            await socket.send(message)
        sockets.append(socket)
    await until(lambda: len(agent.calls) == len(senders))
    extra = Sender()
    assert await spoken_to(agent, started(extra, agent)) == (1013, BUSY)
    refused = await agent.newest()
    assert (refused.call.outcome, refused.call.outcome_reason) == (
        Outcome.FAILED,
        f"refused: {BUSY}",
    )
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{agent.http}/twilio/voice", params={"From": "+1"})
    assert answer.status_code == 200
    assert f"<Say>{BUSY}</Say><Hangup/>" in answer.text
    for socket, sender in zip(sockets, senders, strict=True):
        await socket.send(sender.stop())
        await socket.close()
    await agent.quiet()
    await good_call(agent)


async def test_refusals_do_not_flood_the_record(
    agent: QuickAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "REFUSALS_RECORDED", 5)
    for _ in range(8):
        assert (await spoken_to(agent, ["nonsense"]))[0] == 1007
    await agent.records.flush()
    assert len(await agent.store.list_calls()) == 5
    await good_call(agent)


async def test_too_many_sockets_that_wait(
    agent: QuickAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "MOST_CONNECTIONS_WAITING", 2)
    silent = [await connect(f"{agent.ws}/twilio") for _ in range(2)]
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{agent.ws}/twilio")
    assert refused.value.response.status_code == 503
    for socket in silent:
        await socket.wait_closed()
    await good_call(agent)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/nowhere", {}, 404),
        ("/", {}, 404),
        ("//[", {}, 400),
        ("/browser", {"Origin": "https://evil.example"}, 403),
        ("/seat", {"Origin": "https://evil.example"}, 403),
        ("/seat", {"Origin": "null"}, 403),
        ("/browser", {"Origin": "http://["}, 403),
    ],
)
async def test_doors_that_stay_shut(
    agent: QuickAgent, path: str, headers: dict[str, str], status: int
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(agent.ws + path, additional_headers=headers)
    assert refused.value.response.status_code == status


async def test_health_is_for_everybody(agent: QuickAgent) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{agent.http}/health")
        assert answer.json() == {"status": "ok", "calls": 0}
        assert (await client.get(f"{agent.http}/nowhere")).status_code == 404
        assert (await client.get(f"{agent.http}/seat")).status_code == 426


async def test_a_request_that_is_never_finished_is_dropped(agent: QuickAgent) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", agent.settings.edge_port)
    writer.write(b"GET /twilio HTTP/1.1\r\n")
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()
    await good_call(agent)


BROWSER: dict[str, tuple[list[str | bytes], int, str]] = {
    "audio before start": ([bytes(320)], 1002, "audio before 'start'"),
    "something else first": (
        ['{"type": "dtmf", "digit": "1"}'],
        1002,
        "the first message is 'dtmf', not 'start'",
    ),
    "another rate": (
        ['{"type": "start", "token": "x", "rate": 48000}'],
        1003,
        "'rate' is 'int', only 8000 is spoken",
    ),
    "no token": (['{"type": "start", "rate": 8000}'], 1002, "'token' is missing or not a string"),
}


async def test_web_phones_that_are_not_let_in(agent: QuickAgent) -> None:
    for what, (messages, code, reason) in BROWSER.items():
        async with connect(f"{agent.ws}/browser") as socket:
            for message in messages:
                await socket.send(message)
            await socket.wait_closed()
            expected = (code, f"protocol violation: {reason}")
            assert (socket.close_code, socket.close_reason) == expected, what
        record = await agent.newest()
        assert record.call.outcome_reason == f"refused: protocol violation: {reason}", what
        assert record.call.network == "browser"


async def test_a_web_phone_that_breaks_the_rules_later(agent: QuickAgent) -> None:
    token = agent.tokens.issue("web", {}, 60.0)
    async with connect(f"{agent.ws}/browser") as socket:
        await socket.send(json.dumps({"type": "start", "token": token, "rate": 8000}))
        await socket.send(bytes(321))
        await socket.wait_closed()
        reason = "audio of an odd number of bytes; samples have 16 bits"
        assert (socket.close_code, socket.close_reason) == (1007, reason)
    await agent.quiet()
    record = await agent.newest()
    assert record.call.outcome_reason == f"protocol violation: {reason}"
    await good_call(agent)


async def test_a_seat_without_a_good_token(agent: QuickAgent) -> None:
    async with connect(f"{agent.ws}/seat") as socket:
        await socket.send(json.dumps({"type": "start", "token": "made-up", "rate": 8000}))
        await socket.wait_closed()
        assert socket.close_code == 1008
        assert socket.close_reason == (
            "token refused: the media token is unknown, used or out of date"
        )
    assert await agent.store.list_calls() == []
    await good_call(agent)


async def test_a_peer_that_goes_before_it_said_anything(agent: QuickAgent) -> None:
    socket = await connect(f"{agent.ws}/twilio")
    socket.transport.abort()
    record = await agent.newest()
    assert record.call.outcome is Outcome.FAILED
    assert record.call.outcome_reason.startswith("refused: the peer was lost before the call began")
    async with connect(f"{agent.ws}/twilio"):
        pass
    await until(lambda: not len(agent.calls))
    await good_call(agent)
