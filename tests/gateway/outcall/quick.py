"""A media edge that makes outbound calls: real edge and lines, stand-ins for the models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.outcall.service import ReadOutService
from gateway.outcall.settings import OutcallSettings
from tests.gateway.outcall.provider import Network
from tests.gateway.standin import StandIn, stand_in
from tests.server.agent_parts import QuickAgent, quick_agent
from voicebot.server.edge import MediaEdge
from voicebot.server.parts import Parts
from voicebot.server.ports import free_port


@dataclass
class Exchange:
    """The agent's parts, the service at its edge, and the network."""

    agent: QuickAgent
    service: ReadOutService
    network: Network
    provider: StandIn


@asynccontextmanager
async def exchange(
    folder: Path, alter: Callable[[Parts], Parts] = lambda parts: parts, **more: object
) -> AsyncIterator[Exchange]:
    """`alter` may exchange parts of the agent; `more` are settings of outbound calls."""
    with stand_in() as provider:
        async with quick_agent(folder) as agent:
            port = free_port()
            base = {
                "caller": "+15550199",
                "allowed_prefixes": ["+1555"],
                "provider": provider.settings(f"http://127.0.0.1:{port}"),
            }
            parts = alter(agent.parts)
            service = ReadOutService(OutcallSettings.model_validate(base | more), parts)
            edge = MediaEdge(parts, agent.tokens, agent.calls, [service])
            listener = await edge.listen("127.0.0.1", port)
            try:
                yield Exchange(agent, service, Network(provider), provider)
            finally:
                listener.close()
                await listener.wait_closed()
