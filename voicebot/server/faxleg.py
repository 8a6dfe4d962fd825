"""A call that turns out to be a fax: from its tone on, the audio belongs to the receiver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from voicebot.audio.faxtones import calling_tone
from voicebot.audio.pcm import from_bytes
from voicebot.conversation.commands import EndFax, ReceiveFax
from voicebot.conversation.events import FaxEnded, FaxHeard
from voicebot.server.faxline import FaxCall, FaxService, QueueLine

log = structlog.get_logger(__name__)

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class FaxLeg:
    """What a call has to do with fax; nothing, where there is no `service`.

    `send` puts audio on the wire, on the event loop's thread; `clock` gives seconds since the call
    began.
    """

    def __init__(
        self,
        service: FaxService | None,
        call: FaxCall,
        clock: Callable[[], float],
        dispatch: Callable[[FaxHeard | FaxEnded], None],
        spawn: Spawn,
        send: Callable[[bytes], None],
    ) -> None:
        self._service = service
        self._call = call
        self._clock = clock
        self._dispatch = dispatch
        self._spawn = spawn
        self._send = send
        self._tone = calling_tone()
        self._line: QueueLine | None = None

    @property
    def active(self) -> bool:
        """Does the line belong to the fax receiver?"""
        return self._line is not None

    def takes(self, pcm: bytes) -> bool:
        """Is this audio for the fax receiver, and so for nobody else?"""
        if self._line is None and self._service is not None and self._tone.feed(from_bytes(pcm)):
            self._dispatch(FaxHeard(round(self._clock(), 3)))
        if self._line is None:
            return False
        self._line.put(pcm)
        return True

    def receive(self, _: ReceiveFax) -> None:
        """Give the line to the receiver."""
        if self._service is None:
            self._dispatch(FaxEnded(0, complete=False, reason="faxes are not taken here"))
            return
        loop = asyncio.get_running_loop()
        self._line = QueueLine(lambda pcm: _on(loop, self._send, pcm))
        self._spawn(self._received(self._service, self._line))

    def end(self, command: EndFax) -> None:
        """No more audio will come."""
        if self._line is not None:
            self._line.close(command.reason)

    def close(self) -> None:
        """The call is over."""
        self.end(EndFax("the call is over"))

    async def _received(self, service: FaxService, line: QueueLine) -> None:
        log.info("a fax is calling", call=self._call.call_id)
        report = await service.receive(self._call, line)
        log.info(
            "a fax call is over",
            call=self._call.call_id,
            pages=report.pages,
            complete=report.complete,
            reason=report.reason,
        )
        self._dispatch(FaxEnded(report.pages, report.complete, report.reason))


def _on(loop: asyncio.AbstractEventLoop, send: Callable[[bytes], None], pcm: bytes) -> None:
    """Call `send` on the loop; a loop that is closed sends nothing any more."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(send, pcm)
