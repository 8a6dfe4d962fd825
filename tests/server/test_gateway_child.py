"""The gateway's worker as a real process beside the agent."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.board import Board
from gateway.content import Content, Kind
from gateway.jobs import command
from gateway.jobs.intake import Request
from gateway.jobs.job import State
from gateway.planner import Goal, find
from tests.gateway.test_board import at_work
from voicebot.config import Settings
from voicebot.server.children import Supervisor, Unhealthy
from voicebot.server.gateway_child import (
    door_states,
    gateway_child,
    gateway_door,
    worker_health,
)
from voicebot.server.lifecycle import State as PartState


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


async def test_it_does_what_the_door_accepts_and_the_command_line_shows_it(
    settings: Settings,
) -> None:
    child = gateway_child(settings)
    with pytest.raises(Unhealthy):
        await child.health()
    door = await asyncio.to_thread(gateway_door, settings)
    try:
        async with Supervisor([child]):
            await child.health()
            job = await asyncio.to_thread(_converted, door)
        shown = command.show_job(settings, job)
        assert "segment" in shown
        assert "done" in command.list_jobs(settings, 5)
        assert "over already" in command.cancel_job(settings, job)
        assert "removed 0 conversions" in command.clean_jobs(settings, None)
    finally:
        door.intake.close()
    with pytest.raises(Unhealthy):  # it is gone with the agent
        await worker_health(settings.data_dir / "gateway", "local")()


def _converted(door) -> str:
    plan = find(door.transforms, Kind.TEXT, Goal(Kind.SMS))
    with door.intake.stage() as staged:
        path = staged / "source" / "text.txt"
        path.write_text("Hello from the gateway")
        job = door.intake.accept(staged, Content(Kind.TEXT, path, "text/plain"), Request(plan))
    until = time.monotonic() + 30
    while not (now := door.intake.job(job)).over:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert now.state is State.DONE
    return job


def test_a_lost_mailbox_is_lost_and_nothing_else_is(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    root = tmp_path / "gateway"
    root.mkdir()
    board = Board(root, "local")
    board.post("mail", "SMTP on 127.0.0.1:2525")
    board.post("mailbox", "has lost INBOX", lost=True)
    with at_work(root):
        states = {part.name: part.state for part in door_states(settings)}
    assert states == {"gateway mail": PartState.READY, "gateway mailbox": PartState.LOST}


async def test_the_status_says_where_mail_comes_in(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert door_states(settings) == []
    file = tmp_path / "voicebot.toml"
    file.write_text(
        '[gateway.mail.server]\nenabled = true\n[gateway.mail.door]\nsenders = ["@example.org"]\n'
        'recipients = ["@gw.example"]\n[gateway.mail.submission]\nhost = "127.0.0.1"\n'
    )
    child = gateway_child(settings)
    child = replace(child, env={**child.env, "VOICEBOT_CONFIG": str(file)})
    async with Supervisor([child]):
        (state,) = door_states(settings)  # it is not up before its doors are open
        assert (state.name, state.state) == ("gateway mail", PartState.READY)
        port = int(state.detail.removeprefix("SMTP on 127.0.0.1:"))
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
    assert door_states(settings) == []
