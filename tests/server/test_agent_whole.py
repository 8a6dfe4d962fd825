"""The whole agent with its gateway, but for the dialogue, which lives elsewhere."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.engines.realaudio import MODELS, needs_silero, needs_whisper
from voicebot.config import Settings
from voicebot.server.agent import start

pytestmark = [pytest.mark.real, pytest.mark.slow, needs_whisper, needs_silero]


async def converted(http: httpx.AsyncClient, **what: object) -> dict[str, object]:
    """The conversion, when it is over."""
    answer = await http.post("/v1/conversions", json=what)
    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(60):
        while True:
            job = (await http.get(answer.headers["location"])).json()
            if job["state"] not in ("accepted", "running"):
                return dict(job)
            await asyncio.sleep(0.05)


async def test_it_starts_converts_and_stops(tmp_path: Path) -> None:
    notes: list[str] = []
    caller = {"caller": "+15550199", "allowed_prefixes": ["+1555"]}
    provider = {"account": "AC1", "auth_token": "x", "public_url": "http://127.0.0.1:9"}
    outcall = {**caller, "provider": {**provider, "api_url": "http://127.0.0.1:9"}}
    settings = Settings(
        data_dir=tmp_path,
        models_dir=MODELS,
        control_port=0,
        edge_port=0,
        rasa_url="http://127.0.0.1:9",
        gateway={"outcall": outcall},
    )
    async with AsyncExitStack() as stack:
        agent = await start(settings, stack, notes.append)
        base = agent.control_address
        async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
            health = (await http.get("/health")).json()
            assert {"gateway", "edge", "lines"} <= set(health["parts"])
            targets = (await http.get("/v1/targets")).json()
            assert "text" in targets["deliveries"]["email"]  # read out by telephone
            message = await converted(http, text="hello there", to="sms")
            assert message["state"] == "done"
            forbidden = await converted(
                http, text="hello", to="text", deliver=True, wishes={"recipient": "+4930123456"}
            )
            assert forbidden["state"] == "failed"  # said by the agent, reported by the worker
            assert "allowed_prefixes" in str(forbidden["reason"])
    assert any(line.startswith("gateway: ready") for line in notes)
