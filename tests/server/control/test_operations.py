from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tests.server.control.world import NOW, World
from voicebot.server.control import LiveCall, PartStatus
from voicebot.server.control.context import LoadStatus
from voicebot.server.lifecycle import State
from voicebot.store.records import Outcome

AddCall = Callable[..., Awaitable[None]]


def ignore(_message: object) -> None:
    """A page that nobody looks at."""


async def test_health_is_good_when_every_part_is_ready(world: World) -> None:
    async with world.visitor() as client:
        answer = await client.get("/health")
        assert answer.status_code == 200
        assert answer.json() == {"status": "ok", "parts": {"edge": "ready"}}


async def test_health_is_bad_when_one_part_is_not(world: World) -> None:
    world.parts.append(PartStatus("rasa", State.RESTARTING, "secret detail", NOW, 3))
    async with world.visitor() as client:
        answer = await client.get("/health")
        assert answer.status_code == 503
        assert answer.json()["parts"] == {"edge": "ready", "rasa": "restarting"}
        assert "secret" not in answer.text


async def test_health_says_what_is_lost_while_calls_go_on(world: World) -> None:
    world.parts.append(PartStatus("gateway mailbox", State.LOST, "has lost INBOX at secret"))
    async with world.visitor() as client:
        answer = await client.get("/health")
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "degraded",
            "parts": {"edge": "ready", "gateway mailbox": "lost"},
        }
        world.parts.append(PartStatus("rasa", State.FAILED, "no model"))
        answer = await client.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")


async def test_status_shows_what_goes_on(world: World, add_call: AddCall) -> None:
    await add_call("a")
    await add_call("b", minutes=1, outcome=Outcome.EXPERT)
    began = NOW - timedelta(seconds=90)
    world.calls.append(LiveCall("c", "+31612345678", "twilio", "speaking", began))
    world.parts.append(PartStatus("rasa", State.FAILED, "no model", NOW, 3))
    world.desk.connect("s1", "Jonas", ignore)
    world.desk.receive("s1", {"type": "available"})
    world.load = LoadStatus(2, "no_speculation", 0.3, 0.0126, 0.815)
    async with world.expert() as client:
        status = (await client.get("/api/status")).json()
    assert status["load"] == {
        "level": 2,
        "name": "no_speculation",
        "wait_ms": 300,
        "lag_ms": 13,
        "cpu_percent": 82,
    }
    assert status["calls"][0]["seconds"] == 90
    assert status["seats"] == [{"name": "Jonas", "state": "available"}]
    assert status["queue"] == []
    assert status["outcomes"] == {"contained": 1, "expert": 1}
    assert status["parts"][1] == {
        "name": "rasa",
        "state": "failed",
        "detail": "no model",
        "since": NOW.isoformat(),
        "restarts": 3,
    }


async def test_metrics_are_for_this_machine(world: World) -> None:
    world.calls.append(LiveCall("c", "+31612345678", "twilio", "speaking", NOW))
    world.load = LoadStatus(3, "full", 0.9)
    async with world.visitor(address="127.0.0.1") as client:
        text = (await client.get("/metrics")).text
    assert 'voicebot_calls{state="speaking"} 1.0' in text
    assert 'voicebot_part_up{part="edge"} 1.0' in text
    assert "voicebot_waiting 0.0" in text
    assert "voicebot_load_level 3.0" in text
    assert "voicebot_queue_wait_seconds 0.9" in text
    assert "+31612345678" not in text


async def test_metrics_are_for_nobody_else_unless_signed_in(world: World) -> None:
    app = world.app()
    async with world.visitor(app) as client:
        assert (await client.get("/metrics")).status_code == 403
    async with world.visitor(app, address="127.0.0.1") as proxied:
        headers = {"x-forwarded-for": "203.0.113.9"}
        assert (await proxied.get("/metrics", headers=headers)).status_code == 403
    async with world.expert(app) as client:
        assert (await client.get("/metrics")).status_code == 200
