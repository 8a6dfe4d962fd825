"""Fax calls by way of a telephone provider: `FaxCalls` at the media edge."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from gateway.errors import GatewayError, UnavailableError, UncertainError
from gateway.outcall.placing import OutboundCalls, Placed
from gateway.outcall.settings import OutcallSettings
from voicebot.conversation.events import CallerHungUp
from voicebot.server.faxline import FaxLine, QueueLine
from voicebot.server.outbox import Outbox, Wire, WireClosed
from voicebot.telephony.base import (
    AudioReceived,
    Dialect,
    ProtocolViolation,
    StreamStarted,
    WireMessage,
)

log = structlog.get_logger(__name__)

STREAM_PATH: Final = "/faxout"
DRAIN: Final = 2.0
"""Seconds that the last signals may take to leave."""
_GOODBYE: Final = 5.0
"""Seconds that a call may take to be over when the fax machines are done."""


class FaxDialler(OutboundCalls[None]):
    """Makes fax calls; lives on the loop of the media edge, which is `loop`."""

    def __init__(
        self,
        settings: OutcallSettings,
        lines: int,
        patience: float,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """`lines` at once; a network that takes no audio for `patience` seconds is lost."""
        super().__init__(settings, STREAM_PATH, lines)
        self._patience = patience
        self._loop = loop

    @contextmanager
    def call(self, number: str, key: str) -> Iterator[FaxLine]:
        """Call `number` and give us the line; see `FaxCalls`. Blocking, in a worker thread."""
        leg = _Leg(self._loop, self._patience)
        log.info("a fax call is placed", key=key)
        placing = asyncio.run_coroutine_threadsafe(
            self.place(Placed(number, leg.conduct, leg.end)), self._loop
        )
        placing.add_done_callback(leg.not_placed)
        try:
            yield leg.wait()
        finally:
            self._loop.call_soon_threadsafe(leg.end, "the fax is over")
            with contextlib.suppress(
                GatewayError, TimeoutError, concurrent.futures.CancelledError
            ):  # the fax machines know how it went
                placing.result(_GOODBYE)
            placing.cancel()


class _Leg:
    """One call's audio, between its stream on the loop and the thread of the fax machine."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patience: float) -> None:
        self._loop = loop
        self._patience = patience
        self._line: concurrent.futures.Future[QueueLine] = concurrent.futures.Future()
        self._over = asyncio.Event()

    def wait(self) -> QueueLine:
        """The line, as soon as somebody takes the call. Raises why nobody does."""
        try:
            return self._line.result()
        except UncertainError as error:  # without our line no page can have been sent
            raise UnavailableError(f"no fax was sent: {error}") from error

    def not_placed(self, placing: concurrent.futures.Future[None]) -> None:
        """The call is over; whoever still waits for its line learns why."""
        if self._line.done():
            return
        error: BaseException | None = UnavailableError("the call was called off")
        if not placing.cancelled():
            error = placing.exception() or error
        self._line.set_exception(error)

    def end(self, reason: str) -> None:
        """Hang up; called on the loop."""
        if self._line.done() and self._line.exception() is None:
            self._line.result().close(reason)
        self._over.set()

    async def conduct(
        self,
        started: StreamStarted,
        dialect: Dialect,
        wire: Wire,
        messages: AsyncIterator[WireMessage],
    ) -> None:
        """Carry audio until `end`; the other side's hanging up closes the line."""
        outbox: Outbox

        def send(pcm: bytes) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(_put, outbox, dialect, pcm)

        line = QueueLine(send)
        outbox = Outbox(wire, self._patience, line.close)
        reader = asyncio.create_task(_read(dialect, messages, line))
        self._line.set_result(line)
        try:
            await self._over.wait()
            await outbox.drained(DRAIN)
            outbox.put(dialect.hang_up())
            await outbox.drained(DRAIN)
        finally:
            line.close("the call is over")
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            await outbox.close()
            await wire.close(1000, "the fax is over")


def _put(outbox: Outbox, dialect: Dialect, pcm: bytes) -> None:
    outbox.put(dialect.audio(pcm), audio=True)


async def _read(dialect: Dialect, messages: AsyncIterator[WireMessage], line: QueueLine) -> None:
    try:
        async for message in messages:
            for event in dialect.receive(message):
                if isinstance(event, AudioReceived):
                    line.put(event.pcm)
                elif isinstance(event, CallerHungUp):
                    line.close(event.reason)
        line.close("the other side hung up")
    except WireClosed:
        line.close("the connection was lost")
    except ProtocolViolation as error:
        line.close(f"protocol violation: {error}")
