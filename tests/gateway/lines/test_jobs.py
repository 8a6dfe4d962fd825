"""A call as a durable job: the real worker process, killed in the middle of the call."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from gateway.content import Content, Kind
from gateway.jobs.intake import Request
from gateway.jobs.job import Job, State, What
from gateway.planner import Goal, find
from gateway.transform import Wishes
from tests.gateway.lines.test_telephone import telephone_at
from tests.server.agent_parts import until
from voicebot.config import Settings
from voicebot.server.children import Supervisor
from voicebot.server.control.context import GatewayDoor
from voicebot.server.gateway_child import gateway_child, gateway_door

MODULE = "gateway.jobs.process"


def accepted(door: GatewayDoor) -> str:
    plan = find(door.transforms, Kind.TEXT, Goal(Kind.TEXT, delivered=True))
    assert [step.name for step in plan] == ["call"]
    with door.intake.stage() as staged:
        path = staged / "source" / "text.txt"
        path.write_text("Lunch at noon?")
        content = Content(Kind.TEXT, path, "text/plain")
        request = Request(plan, Wishes(recipient="+15550100"))
        return door.intake.accept(staged, content, request)


def worker_process() -> psutil.Process:
    (found,) = [
        process
        for process in psutil.Process().children(recursive=True)
        if process.name().startswith("python") and process.cmdline()[1:3] == ["-m", MODULE]
    ]
    return found


@pytest.mark.slow
async def test_a_worker_that_is_killed_on_the_call_ends_the_job_with_one_call(
    tmp_path: Path,
) -> None:
    async with telephone_at(tmp_path) as there:
        settings = Settings(data_dir=tmp_path, gateway=there.settings)
        door = await asyncio.to_thread(gateway_door, settings)
        child = gateway_child(settings, there.door.environment)
        async with Supervisor([child]):
            job = await asyncio.to_thread(accepted, door)
            talking = asyncio.create_task(
                there.network.connect(["wait:2", "keys:1", "keys:9"], gap=0.3)
            )
            await until(lambda: there.telephone._reading.talking > 0, 20.0)
            worker_process().kill()
            await talking

            def now() -> Job:
                return door.intake.job(job)

            await until(lambda: now().over, 60.0)
        assert (now().state, now().reason) == (State.DONE, "")
        whats = [event.what for event in door.intake.events(job)]
        assert whats.count(What.BEGAN) == 2
        assert whats.count(What.SENT) == 1
        assert there.placed == 1
        result = door.intake.result_of(door.intake.order(job), now())
        assert result is not None
        assert result.details["heard"] is True
        await asyncio.to_thread(door.intake.close)
