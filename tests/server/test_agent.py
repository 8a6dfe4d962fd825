"""What the pages get to know of a running agent."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from tests.server.agent_parts import QuickAgent, quick_agent
from voicebot.server.admission import Gauges
from voicebot.server.agent import Agent, _context
from voicebot.server.children import Supervisor
from voicebot.server.control import create_app
from voicebot.server.secrets import load_secrets

ORIGIN = "http://127.0.0.1"


def pages_of(quick: QuickAgent) -> httpx.AsyncClient:
    """A visitor of the control plane that the agent would serve."""
    agent = Agent(
        quick.settings,
        load_secrets(quick.settings),
        quick.parts,
        quick.store,
        quick.tokens,
        quick.calls,
        Supervisor([]),
        Gauges(lambda: 0.0),
    )
    app = httpx.ASGITransport(create_app(_context(agent)))
    return httpx.AsyncClient(transport=app, base_url=ORIGIN, headers={"origin": ORIGIN})


@pytest.mark.parametrize("chosen", ["", "chosen by the operator"])
async def test_the_password_in_force_opens_the_seat(tmp_path: Path, chosen: str) -> None:
    async with quick_agent(tmp_path, seat_password=SecretStr(chosen)) as quick:
        made = load_secrets(quick.settings).seat_password.get_secret_value()
        assert (tmp_path / "secrets.toml").exists()
        assert made == chosen or not chosen
        async with pages_of(quick) as visitor:
            for password, status in (("", 401), ("harbour", 401), (made, 303)):
                form = {"name": "Anna Smith", "password": password}
                assert (await visitor.post("/sign-in", data=form)).status_code == status
            assert "Anna Smith" in (await visitor.get("/seat")).text
            parts = (await visitor.get("/api/status")).json()["parts"]
            assert {part["name"] for part in parts} >= {"recognition", "record", "edge"}
        async with pages_of(quick) as restarted:  # the key of the cookies is kept, too
            restarted.cookies.update(visitor.cookies)
            assert (await restarted.get("/seat")).status_code == 200
