"""Outbound calls through the real edge: who is let in, and what becomes of a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from gateway.errors import RefusedError, UnavailableError, UncertainError
from gateway.outcall.service import Order
from gateway.outcall.settings import OutcallSettings
from gateway.outcall.terms import Item
from tests.gateway.outcall.quick import Exchange, exchange
from tests.gateway.standin import signature
from voicebot.caller.wire import Sender

ITEMS = (Item("a", "From Anna.", "Lunch at noon?"),)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with exchange(tmp_path) as found:
        yield found


def order(**more) -> Order:
    return Order(**({"to": "+15550100", "items": ITEMS, "on_answer": lambda *_: None} | more))


async def test_a_call_is_placed_taken_and_heard(there):
    placed: list[str] = []
    calling = asyncio.create_task(there.service.read_out(order(placed=placed.append)))
    call = await there.network.connect(["keys:1", "keys:2"], gap=0.3)
    outcome = await calling
    assert (outcome.heard, outcome.reason) == ({"a"}, "to the end")
    assert placed == [there.network.sid]
    assert call.mistakes == 0
    ((_, form),) = there.provider.got
    assert (form["To"], form["From"], form["Timeout"]) == ("+15550100", "+15550199", "30")
    assert len(there.service) == 0


async def test_an_answer_is_taken_down(there):
    answers: list[tuple[str, bytes]] = []
    there.network.synthesize = lambda _: _voice(1.5)
    taking = order(on_answer=lambda item, pcm: answers.append((item, pcm)))
    calling = asyncio.create_task(there.service.read_out(taking))
    script = ["keys:1", "keys:4", "say:yes, gladly", "wait:0.3", "keys:#", "keys:9"]
    await there.network.connect(script, gap=0.3)
    outcome = await calling
    assert outcome.answered == {"a"}
    ((item, pcm),) = answers
    assert item == "a"
    assert 1.4 < len(pcm) / 16000 < 4


def _voice(seconds: float) -> bytes:
    from tests.server.agent_parts import tone

    return tone(400, seconds).tobytes()


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("busy", "the line is busy"),
        ("no-answer", "nobody answers"),
        ("failed", "could not be connected"),
        ("completed", "its audio never came"),
    ],
)
async def test_calls_that_come_to_nothing_may_be_tried_again(there, status, says):
    calling = asyncio.create_task(there.service.read_out(order()))
    assert (await there.network.nobody(status)).status_code == 200
    with pytest.raises(UnavailableError, match=says):
        await calling


async def test_who_takes_it_and_hangs_up_is_not_called_again(there):
    calling = asyncio.create_task(there.service.read_out(order()))
    await there.network.connect(["wait:0.3"], gap=0.1)
    outcome = await calling
    assert (outcome.heard, outcome.wanted) == (set(), False)
    assert outcome.reason == "the network ended the stream"


async def test_calling_it_off_hangs_up(there):
    calling = asyncio.create_task(there.service.read_out(order()))
    await there.network.asked()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    async with asyncio.timeout(5):
        while len(there.provider.got) < 2:  # noqa: ASYNC110 - another thread's request
            await asyncio.sleep(0.01)
    assert there.provider.got[1] == (f"Calls/{there.network.sid}", {"Status": "completed"})
    form = there.provider.got[0][1]
    assert "<Hangup/>" in (await there.network.ask(form["Url"])).text


@pytest.mark.parametrize("to", ["+44123456789", "12345", ""])
async def test_other_numbers_are_not_called(there, to):
    with pytest.raises(RefusedError):
        await there.service.read_out(order(to=to))
    assert there.provider.got == []


async def test_the_providers_troubles_are_told_apart(there):
    there.provider.answers += [(400, {"code": 21211}), (429, {}), "drop"]
    for error in (RefusedError, UnavailableError, UncertainError):
        with pytest.raises(error):
            await there.service.read_out(order())
    assert len(there.service) == 0


async def test_one_call_too_many_is_later(tmp_path):
    async with exchange(tmp_path, calls=1) as there:
        first = asyncio.create_task(there.service.read_out(order()))
        await there.network.asked()
        with pytest.raises(UnavailableError, match="all lines"):
            await there.service.read_out(order())
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_the_gateway_stops(there):
    calling = asyncio.create_task(there.service.read_out(order()))
    await there.network.asked()
    there.service.shut_down("the agent was stopped")
    with pytest.raises(UnavailableError, match="the agent was stopped"):
        await calling


async def test_the_gateway_stops_on_the_call(there):
    calling = asyncio.create_task(there.service.read_out(order()))
    talking = asyncio.create_task(there.network.connect(["wait:9"]))
    async with asyncio.timeout(5):
        while there.service.talking == 0:  # noqa: ASYNC110 - the edge has no event for it
            await asyncio.sleep(0.01)
    there.service.shut_down("the agent was stopped")
    assert (await calling).reason == "the agent was stopped"
    await talking


# ── who is let in ─────────────────────────────────────────────────────────────────────────────


async def test_webhooks_must_be_signed_and_known(there):
    base = f"{there.service._settings.provider.public_url}/readout/"
    async with httpx.AsyncClient(trust_env=False) as client:
        for name in ("voice", "status"):
            assert (await client.get(f"{base}{name}?order=x")).status_code == 403
        url = f"{base}voice?order=unknown"
        headers = {"X-Twilio-Signature": signature(url, {})}
        assert "<Hangup/>" in (await client.get(url, headers=headers)).text
        url = f"{base}voice?" + "&".join(f"a{n}=1" for n in range(300))
        headers = {"X-Twilio-Signature": signature(url, {})}
        assert (await client.get(url, headers=headers)).status_code == 400


async def test_a_stream_needs_its_token_and_only_once(there):
    calling = asyncio.create_task(there.service.read_out(order()))
    invitation = await there.network.invitation()
    for token in ("", "guess"):
        assert await _refused(invitation.url, {"token": token})
    sender = Sender()
    async with connect(invitation.url) as socket:
        await socket.send(sender.connected())
        await socket.send(sender.start(invitation.parameters))
        await socket.recv()
        assert await _refused(invitation.url, invitation.parameters)
        form = there.provider.got[-1][1]
        assert "<Hangup/>" in (await there.network.ask(form["Url"])).text
        await socket.send(sender.stop())
    assert (await calling).heard == set()


async def _refused(url: str, parameters) -> bool:
    sender = Sender()
    async with connect(url) as socket:
        await socket.send(sender.connected())
        await socket.send(sender.start(parameters))
        await socket.wait_closed()
    return socket.close_code == 1008


async def test_a_second_question_gets_a_new_token(there):
    """The provider asks again when our first answer was lost."""
    calling = asyncio.create_task(there.service.read_out(order()))
    first = await there.network.invitation()
    there.provider.called.set()
    second = await there.network.invitation()
    assert await _refused(first.url, first.parameters)
    assert first.parameters != second.parameters
    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)


def test_what_is_missing_is_named(tmp_path):
    async def missing(**more: object) -> str:
        async with exchange(tmp_path, **more) as there:
            return there.service.missing

    assert "outcall.caller" in asyncio.run(missing(caller=""))
    assert "public_url" in asyncio.run(missing(provider={"account": "AC1"}))
    assert asyncio.run(missing()) == ""


def test_nobody_is_called_by_default():
    settings = OutcallSettings()
    assert (settings.caller, settings.allowed_prefixes) == ("", ())
