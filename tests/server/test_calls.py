"""The calls of a process, and experts whose line fails in the middle of one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.server.agent_parts import QuickAgent, quick_agent, tone, until
from tests.server.phones import Phone, good_call, phone_call
from voicebot.conversation import prompts
from voicebot.server.calls import BUSY, LiveCalls
from voicebot.server.runner import CallRunner
from voicebot.store.records import CallRecord, Outcome


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[QuickAgent]:
    async with quick_agent(tmp_path) as agent:
        yield agent


async def test_a_process_that_stops_takes_no_more_calls(agent: QuickAgent) -> None:
    async with phone_call(agent) as phone:
        await phone.heard(1)
        assert agent.calls.busy() == ""
        await agent.calls.shut_down("the agent was stopped", 5.0)
        assert agent.calls.busy() == BUSY
        assert len(agent.calls) == 0
        await phone.closed()


def test_room_for_so_many_and_no_more() -> None:
    assert LiveCalls(1).busy() == ""
    assert LiveCalls(0).busy() == BUSY
    assert LiveCalls(1).get("nobody") is None


def test_no_call_is_taken_that_could_not_be_served_well() -> None:
    pressed = [True]
    calls = LiveCalls(5, lambda: pressed[0])
    assert calls.busy() == BUSY
    pressed.clear()
    pressed.append(False)
    assert calls.busy() == ""


# ── experts ───────────────────────────────────────────────────────────────────────────────────


class Seat:
    """The page of one seat: takes every call that rings."""

    def __init__(self, agent: QuickAgent) -> None:
        self.agent = agent
        self.token = ""
        self.told: list[str] = []
        agent.desk.connect("anna", "Anna", self.receive)
        agent.desk.receive("anna", {"type": "available"})

    def receive(self, message: Mapping[str, Any]) -> None:
        kind = message["type"]
        self.told.append(str(message.get("state", kind)))
        if kind == "ringing":
            call = message["dossier"]["call_id"]
            self.agent.desk.receive("anna", {"type": "accept", "call_id": call})
        elif kind == "connect":
            self.token = message["media_token"]


@asynccontextmanager
async def with_expert(agent: QuickAgent) -> AsyncIterator[tuple[Phone, ClientConnection]]:
    """A caller who talks with an expert; nobody else is signed in."""
    seat = Seat(agent)
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("a person")
        await until(lambda: bool(seat.token))
        async with connect(f"{agent.ws}/seat") as audio:
            start = {"type": "start", "token": seat.token, "rate": 8000}
            await audio.send(json.dumps(start))
            await until(lambda: [call.expert for call in agent.calls] == ["Anna"])
            yield phone, audio
            agent.desk.disconnect("anna", seat.receive)
            if not phone.over:
                await phone.closed()
    await agent.quiet()


def is_given_another(record: CallRecord, why: str) -> None:
    """The caller heard that the expert was lost, and was promised a call back."""
    assert record.call.outcome is Outcome.CALLBACK
    assert [i.what for i in record.call.incidents] == [f"the expert was lost: {why}"]
    said = [turn.text for turn in record.turns if turn.party == "bot"]
    assert said[-2:] == [prompts.LOST_EXPERT, prompts.NO_SEAT]
    assert len(record.transfers) == 2
    assert record.transfers[0].seat == "anna"
    assert all(transfer.ended_at is not None for transfer in record.transfers)
    assert len(record.callbacks) == 1


async def test_an_expert_whose_connection_is_lost(agent: QuickAgent) -> None:
    async with with_expert(agent) as (_, audio):
        audio.transport.abort()
        await until(lambda: [call.expert for call in agent.calls] != ["Anna"])
    is_given_another(await agent.newest(), "the connection was lost")
    await good_call(agent)


async def test_an_expert_whose_page_breaks_the_protocol(agent: QuickAgent) -> None:
    async with with_expert(agent) as (_, audio):
        await audio.send(bytes(321))
        await audio.wait_closed()
        assert audio.close_code == 1007
    reason = "audio of an odd number of bytes; samples have 16 bits"
    is_given_another(await agent.newest(), f"protocol violation: {reason}")
    await good_call(agent)


async def test_a_bug_in_the_experts_line(
    agent: QuickAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    async with with_expert(agent) as (_, audio):
        monkeypatch.setattr(CallRunner, "_from_expert", broken)
        await audio.send(bytes(320))
        await audio.wait_closed()
        assert (audio.close_code, audio.close_reason) == (1011, "an error inside the agent")
    monkeypatch.undo()
    is_given_another(await agent.newest(), "an error inside the agent: ZeroDivisionError")
    await good_call(agent)


async def test_an_expert_who_comes_when_the_caller_has_just_gone(agent: QuickAgent) -> None:
    seat = Seat(agent)
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("a person")
        await until(lambda: bool(seat.token))
        await phone.hang_up()
    await agent.quiet()
    async with connect(f"{agent.ws}/seat") as audio:
        await audio.send(json.dumps({"type": "start", "token": seat.token, "rate": 8000}))
        await audio.wait_closed()
        assert audio.close_code == 1008
    record = await agent.newest()
    assert record.call.outcome is Outcome.ABANDONED
    assert record.transfers[0].ended_at is not None
    await good_call(agent)


async def test_a_caller_who_goes_while_an_expert_talks(agent: QuickAgent) -> None:
    async with with_expert(agent) as (phone, audio):
        await until(lambda: [call._bridged for call in agent.calls] == [True])
        for _ in range(5):
            await audio.send(tone(400, 0.02).tobytes())
            await asyncio.sleep(0)
        phone.socket.transport.abort()
        await audio.wait_closed()
        assert audio.close_code == 1000
    record = await agent.newest()
    assert record.call.outcome is Outcome.EXPERT
    assert [i.what for i in record.call.incidents] == ["the connection to the caller was lost"]
    await good_call(agent)
