"""Fax calls through the provider and the real edge; the line runs as fast as both sides speak."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from gateway.errors import RefusedError, UnavailableError
from gateway.fax import dialling
from gateway.fax.dialling import FaxDialler
from gateway.fax.spandsp import FaxTerminal
from gateway.outcall.settings import OutcallSettings
from tests.gateway.fax.papers import page, pixels, receive
from tests.gateway.fax.test_send import TO, Work, fax, pages
from tests.gateway.outcall.provider import Network
from tests.gateway.standin import StandIn, stand_in
from tests.server.agent_parts import QuickAgent, quick_agent
from tests.server.test_faxcalls import LockstepLine
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.caller.ring import Invitation
from voicebot.caller.wire import Media, Sender, read
from voicebot.server.edge import MediaEdge
from voicebot.server.faxline import FRAME, LineClosed
from voicebot.server.ports import free_port


@pytest.fixture(autouse=True)
def _lockstep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "QueueLine", LockstepLine)


@dataclass
class There:
    agent: QuickAgent
    dialler: FaxDialler
    network: Network
    provider: StandIn


@asynccontextmanager
async def dialling_at(folder: Path, lines: int = 2) -> AsyncIterator[There]:
    with stand_in() as provider:
        async with quick_agent(folder) as agent:
            port = free_port()
            settings = OutcallSettings.model_validate(
                {
                    "caller": "+15550199",
                    "allowed_prefixes": ["+49"],
                    "provider": provider.settings(f"http://127.0.0.1:{port}"),
                }
            )
            dialler = FaxDialler(settings, lines, 5.0, asyncio.get_running_loop())
            edge = MediaEdge(agent.parts, agent.tokens, agent.calls, [dialler])
            listener = await edge.listen("127.0.0.1", port)
            try:
                yield There(agent, dialler, Network(provider), provider)
            finally:
                listener.close()
                await listener.wait_closed()


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[There]:
    async with dialling_at(tmp_path / "agent") as found:
        yield found


async def answer(invitation: Invitation, machine: FaxTerminal, most: int = 50 * 600) -> None:
    """The machine that was called speaks until the line is closed, or it hangs up."""
    sender = Sender()
    async with connect(invitation.url) as socket:
        await socket.send(sender.connected())
        await socket.send(sender.start(invitation.parameters))
        await socket.send(sender.media(ulaw_encode(machine.exchange(b"", FRAME))))
        try:
            async for message in socket:
                event = read(message, sender.stream)
                if isinstance(event, Media):
                    heard = ulaw_decode(event.audio)
                    said = machine.exchange(heard, len(heard) // 2)
                    await socket.send(sender.media(ulaw_encode(said)))
                most -= 1
                if not most:
                    await socket.send(sender.stop())
                    return
        except ConnectionClosed:
            return


def send(there: There, tmp_path: Path, count: int = 2, folder: str = "work"):
    work = Work(tmp_path / folder)
    work.folder.mkdir(exist_ok=True)
    step = fax(there.dialler)
    return asyncio.create_task(asyncio.to_thread(step.run, pages(tmp_path, count), TO, work))


async def test_a_fax_is_sent_by_way_of_the_provider(there: There, tmp_path: Path) -> None:
    machine = FaxTerminal(receive(tmp_path / "got.tif"))
    sending = send(there, tmp_path)
    await answer(await there.network.invitation(), machine)
    sent = await sending
    assert sent.details["pages"] == 2
    assert sent.details["ident"] == "+15550199"
    got = pixels(tmp_path / "got.tif")
    assert [np.array_equal(i, np.array(page(n, 150))) for n, i in enumerate(got, 1)] == [True] * 2
    ((kind, form),) = there.provider.got
    assert (kind, form["To"], form["From"]) == ("Calls", "+4930123456", "+15550199")
    assert len(there.dialler) == 0


async def test_busy_and_a_dropped_call_may_be_tried_again(there: There, tmp_path: Path) -> None:
    sending = send(there, tmp_path)
    await there.network.nobody("busy")
    with pytest.raises(UnavailableError, match="the line is busy"):
        await sending
    sending = send(there, tmp_path)
    await answer(await there.network.invitation(), FaxTerminal(receive(tmp_path / "a")), most=40)
    with pytest.raises(UnavailableError, match="no page arrived"):
        await sending
    assert len(there.dialler) == 0


async def test_whom_nobody_may_call_is_not_called(there: There, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="allowed_prefixes"):
        await asyncio.to_thread(lambda: there.dialler.call("+15550100", "k").__enter__())
    assert there.provider.got == []


async def test_a_request_that_broke_off_has_sent_no_page(there: There, tmp_path: Path) -> None:
    there.provider.answers.append("drop")
    with pytest.raises(UnavailableError, match="no fax was sent"):
        await send(there, tmp_path)


async def test_a_stopping_agent_ends_calls_that_ring_and_that_talk(
    there: There, tmp_path: Path
) -> None:
    ringing = send(there, tmp_path)
    await there.network.asked()
    there.dialler.shut_down("the agent was stopped")
    with pytest.raises(UnavailableError, match="the agent was stopped"):
        await ringing
    talking = send(there, tmp_path)
    machine = FaxTerminal(receive(tmp_path / "got.tif"))
    answering = asyncio.create_task(answer(await there.network.invitation(), machine))
    async with asyncio.timeout(10):
        while not there.dialler.talking:  # noqa: ASYNC110 - the edge has no event for it
            await asyncio.sleep(0.01)
    there.dialler.shut_down("the agent was stopped")
    with pytest.raises(UnavailableError, match="arrived"):
        await talking
    await answering


async def test_hanging_up_closes_the_line(there: There) -> None:
    def call() -> str:
        with there.dialler.call("+4930123456", "k") as line:
            try:
                while True:
                    line.exchange(bytes(2 * FRAME))
            except LineClosed as error:
                return str(error)

    calling = asyncio.create_task(asyncio.to_thread(call))
    invitation = await there.network.invitation()
    sender = Sender()
    async with connect(invitation.url) as socket:
        await socket.send(sender.connected())
        await socket.send(sender.start(invitation.parameters))
        await socket.send(sender.stop())
        assert await calling == "the network ended the stream"
