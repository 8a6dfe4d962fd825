"""The agent's outbound lines: calls and faxes that jobs of the gateway ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from gateway.config import GatewaySettings
from gateway.fax.dialling import FaxDialler
from gateway.fax.send import transforms as faxing
from gateway.lines.office import LineOffice
from gateway.lines.records import Records
from gateway.lines.server import LineDoor, LineServer
from gateway.outcall.calling import Answered, Edge
from gateway.outcall.calling import transforms as calling
from gateway.outcall.service import ReadOutService
from voicebot.server.othercalls import OtherCalls
from voicebot.server.parts import Parts

log = structlog.get_logger(__name__)

_DAY: Final = 24 * 3600.0


class Telephone:
    """Made on the loop of the media edge, which takes the streams of `others`."""

    def __init__(
        self,
        settings: GatewaySettings,
        parts: Parts,
        door: LineDoor,
        answered: Answered,
        busy: Callable[[], str] = lambda: "",
    ) -> None:
        """`busy` says why no further call is to begin, or '': who calls the agent comes first."""
        loop = asyncio.get_running_loop()
        outcall, fax = settings.outcall, settings.fax
        self._reading = ReadOutService(outcall, parts)
        self._faxing = FaxDialler(outcall, fax.lines, parts.settings.limits.send_seconds, loop)
        (call,) = calling(Edge(self._reading, loop), answered)
        (send,) = faxing(fax, settings.pages, self._faxing)
        self._records = Records(parts.data_dir / "gateway")
        self._keep = settings.jobs.keep_days * _DAY
        self._office = LineOffice(
            self._records, {"call": call, "fax": send}, outcall.calls + fax.lines, busy
        )
        self._server = LineServer(door, self._office)
        self._pruning: asyncio.Task[None] | None = None

    @property
    def others(self) -> list[OtherCalls]:
        """Whose streams and webhooks the edge must know."""
        return [self._reading, self._faxing]

    def __len__(self) -> int:
        return len(self._reading) + len(self._faxing)

    def start(self) -> None:
        """Take orders, from when the edge listens."""
        self._server.start()
        self._pruning = asyncio.create_task(self._prune_for_ever())

    async def stop(self, reason: str, patience: float) -> None:
        """End all calls decently; whoever asked for them may still learn how they ended."""
        self._reading.shut_down(reason)
        self._faxing.shut_down(reason)
        await asyncio.to_thread(self._office.close, patience)
        await self._server.stop()
        if self._pruning is not None:
            self._pruning.cancel()
            await asyncio.gather(self._pruning, return_exceptions=True)

    async def _prune_for_ever(self) -> None:
        while True:
            if removed := await asyncio.to_thread(self._records.prune, self._keep):
                log.info("records of old calls were removed", count=removed)
            await asyncio.sleep(_DAY)
