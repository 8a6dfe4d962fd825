"""The system that is measured: anything that takes calls as Twilio Media Streams."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import psutil

from evaluation.bench.agentprocess import AgentProcess
from evaluation.bench.trace import CallTrace, read_trace
from voicebot.caller.ring import Agent, Invitation, ring


class SystemUnderTest(Protocol):
    """A voice agent: ours, or a peer that is compared with it."""

    name: str

    async def start(self, going_on: Callable[[], bool]) -> None:
        """Start it and wait until it takes calls. Raises AgentNotRunning."""

    async def stop(self) -> None:
        """Stop it and everything it started."""

    async def invite(self, number: str, call_id: str) -> Invitation:
        """Where the stream of a call from `number` is to be opened.

        Raises CallFailed; LineBusy when it politely takes no more calls.
        """

    def process(self) -> psutil.Process:
        """Its main process, which carries the calls."""

    async def trace(self, number: str) -> CallTrace | None:
        """What it wrote down of the call from `number`; None where it keeps no such record."""


class OurAgent:
    """`voicebot serve`."""

    def __init__(self, folder: Path, settings: dict[str, str] | None = None) -> None:
        self.name = "voicebot"
        self.agent = AgentProcess(folder, settings)

    async def start(self, going_on: Callable[[], bool]) -> None:
        """Start the agent and its children."""
        await asyncio.to_thread(self.agent.start, going_on)

    async def stop(self) -> None:
        """Stop the agent and its children."""
        await asyncio.to_thread(self.agent.stop)

    async def invite(self, number: str, call_id: str) -> Invitation:
        """Ring as Twilio does."""
        asked = {"CallSid": call_id, "From": number, "To": "+15550199"}
        return await ring(Agent(url=self.agent.edge), asked)

    def process(self) -> psutil.Process:
        """The process of `voicebot serve`."""
        return psutil.Process(self.agent.process.pid)

    async def trace(self, number: str) -> CallTrace | None:
        """The call's record and journal."""
        return await asyncio.to_thread(read_trace, self.agent, number)
