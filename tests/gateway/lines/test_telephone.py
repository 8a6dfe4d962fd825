"""A job's step in the worker, the agent's telephone, the provider, the edge, and a listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.config import GatewaySettings
from gateway.content import Content, Kind
from gateway.errors import RefusedError, UnavailableError
from gateway.fax import dialling
from gateway.fax.spandsp import FaxTerminal
from gateway.lines.client import LineClient
from gateway.lines.server import LineDoor
from gateway.transform import Transform, Wishes
from gateway.transforms import assemble
from tests.gateway.fax.papers import pixels, receive, tiff
from tests.gateway.fax.test_dialling import answer
from tests.gateway.lines.agent import WISHES, Step, kill, step, text, worker
from tests.gateway.outcall.provider import Network
from tests.gateway.standin import StandIn, stand_in
from tests.server.agent_parts import quick_agent, tone, until
from tests.server.test_faxcalls import LockstepLine
from voicebot.server.edge import MediaEdge
from voicebot.server.ports import free_port
from voicebot.server.telephone import Telephone


@dataclass
class There:
    root: Path
    door: LineDoor
    network: Network
    provider: StandIn
    telephone: Telephone
    settings: GatewaySettings
    answers: list[Content] = field(default_factory=list)

    def transform(self, name: str) -> Transform:
        """As the worker has it."""
        line = LineClient.from_environment(self.door.environment)
        steps = assemble(self.settings, lines=line)
        return next(one for one in steps if one.delivers and one.name == name)

    def run(self, name: str, content: Content, wishes: Wishes, work: Step) -> asyncio.Task[Content]:
        run = self.transform(name).run
        return asyncio.create_task(asyncio.to_thread(run, content, wishes, work))

    def call(self, work: Step | None = None) -> asyncio.Task[Content]:
        return self.run("call", text(self.root), WISHES, work or step(self.root))

    @property
    def placed(self) -> int:
        """How often somebody was called."""
        return [kind for kind, _ in self.provider.got].count("Calls")


@asynccontextmanager
async def telephone_at(folder: Path) -> AsyncIterator[There]:
    with stand_in() as provider:
        async with quick_agent(folder) as agent:
            port = free_port()
            outcall = {
                "caller": "+15550199",
                "allowed_prefixes": ["+1555"],
                "provider": provider.settings(f"http://127.0.0.1:{port}"),
            }
            settings = GatewaySettings.model_validate({"outcall": outcall})
            answers: list[Content] = []
            door = LineDoor.open()
            telephone = Telephone(settings, agent.parts, door, answers.append)
            edge = MediaEdge(agent.parts, agent.tokens, agent.calls, telephone.others)
            listener = await edge.listen("127.0.0.1", port)
            telephone.start()
            root = folder / "gateway"
            network = Network(provider)
            try:
                yield There(root, door, network, provider, telephone, settings, answers)
            finally:
                await telephone.stop("the agent was stopped", 5.0)
                door.close()
                listener.close()
                await listener.wait_closed()


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[There]:
    async with telephone_at(tmp_path) as found:
        yield found


async def test_a_text_is_read_out_and_the_answer_handed_on(there: There) -> None:
    there.network.synthesize = lambda _: tone(400, 1.5).tobytes()
    reading = there.call()
    script = ["keys:1", "keys:4", "say:yes, gladly", "wait:0.3", "keys:#", "keys:9"]
    await there.network.connect(script, gap=0.3)
    read = await reading
    assert (read.details["heard"], read.details["answered"]) == (True, True)
    assert read.path.read_text() == "Lunch?"
    (voice,) = there.answers
    assert (voice.kind, voice.details["key"]) == (Kind.VOICE, "job-0/answer-000")
    assert (await there.call()).details["heard"] is True  # asked again with the same key
    assert there.placed == 1


async def test_busy_is_called_again_by_the_next_attempt(there: There) -> None:
    reading = there.call()
    await there.network.nobody("busy")
    with pytest.raises(UnavailableError, match="the line is busy"):
        await reading
    reading = there.call()
    await there.network.connect(["keys:1", "keys:9"], gap=0.3)
    assert (await reading).details["heard"] is True
    assert there.placed == 2


async def test_whom_nobody_may_call_is_not_called(there: There) -> None:
    wishes = Wishes(recipient="+4930123456")
    with pytest.raises(RefusedError, match="allowed_prefixes"):
        await there.run("call", text(there.root), wishes, step(there.root))
    assert there.placed == 0


async def test_a_worker_killed_on_the_call_does_not_call_twice(there: There) -> None:
    victim = await worker(there.door, there.root)
    talking = asyncio.create_task(there.network.connect(["wait:1.5", "keys:1", "keys:9"], gap=0.3))
    await until(lambda: there.telephone._reading.talking > 0, 20.0)
    await kill(victim)
    taken_up = there.call()  # by the next worker
    await talking
    assert (await taken_up).details["heard"] is True
    assert there.placed == 1


async def test_an_agent_that_stops_tells_what_was_heard(there: There) -> None:
    reading = there.call()
    talking = asyncio.create_task(there.network.connect(["wait:9"]))
    await until(lambda: there.telephone._reading.talking > 0)
    await there.telephone.stop("the agent was stopped", 5.0)
    assert (await reading).details["reason"] == "the agent was stopped"
    await talking


async def test_a_fax_goes_out(
    there: There, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialling, "QueueLine", LockstepLine)
    work = step(there.root, "job-7")
    content = Content(Kind.FAX, tiff(work.folder / "given.tif", 1, 150), "image/tiff")
    sending = there.run("fax", content, Wishes(recipient="+15550100"), work)
    await answer(await there.network.invitation(), FaxTerminal(receive(tmp_path / "got.tif")))
    sent = await sending
    assert sent.details["pages"] == 1
    assert sent.path.parent == work.folder
    assert len(pixels(tmp_path / "got.tif")) == 1
    assert work.done == sorted(work.done) != []


def test_without_an_agent_they_are_only_named() -> None:
    steps = {one.name: one for one in assemble(GatewaySettings()) if one.delivers}
    for name in ("call", "fax"):
        assert "voicebot serve" in steps[name].missing()
