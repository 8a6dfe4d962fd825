"""One read-out on the wire: carries events to `ReadOut` and its commands to the agent's parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
from functools import partial
from typing import Any, Final

import numpy as np
import structlog

from gateway.outcall.commands import Finish, PlayTone, StartRecording, StopRecording
from gateway.outcall.readout import ReadOut
from gateway.outcall.recording import Recorder
from gateway.outcall.terms import Outcome
from voicebot.audio.echo import SentAudio
from voicebot.audio.pcm import from_bytes
from voicebot.conversation import commands as do
from voicebot.conversation.events import (
    CallerHungUp,
    CallStarted,
    Digit,
    Event,
    MarkEchoed,
    Shutdown,
)
from voicebot.engines.base import Int16, VoiceSettings
from voicebot.server.door import Door
from voicebot.server.hearing import Hearing
from voicebot.server.outbox import Outbox, Wire, WireClosed
from voicebot.server.pace import Pace
from voicebot.server.parts import Parts
from voicebot.server.player import Player
from voicebot.server.timers import Timers
from voicebot.telephony.base import (
    LINE_RATE,
    AudioReceived,
    Dialect,
    ProtocolViolation,
    WireMessage,
)

log = structlog.get_logger(__name__)

TICK: Final = 0.1
"""Seconds between looks at a line that sends no audio."""
DRAIN: Final = 2.0
"""Seconds that the last words may take to leave."""
_TONE_HERTZ: Final = 1000.0
_TONE_SECONDS: Final = 0.3
_BROKEN: Final = "an error inside the gateway"

Answer = Callable[[str, bytes], None]
"""Is given an item and the spoken answer to it (line audio). Called on the loop: must not wait."""


class ReadOutCall:
    """Runs one read-out from the stream's start to its end."""

    def __init__(
        self,
        started: CallStarted,
        read_out: ReadOut,
        parts: Parts,
        dialect: Dialect,
        wire: Wire,
        on_answer: Answer,
        longest_answer: float,
    ) -> None:
        self._started = started
        self._read_out = read_out
        self._parts = parts
        self._dialect = dialect
        self._wire = wire
        self._on_answer = on_answer
        self._recorder = Recorder(longest_answer)
        self._loop = asyncio.get_running_loop()
        self._epoch = self._loop.time()
        self._door = Door(self._step, self._break)
        self._over = asyncio.Event()
        self._pace = Pace()
        self._timers = Timers(self._loop, self._epoch, self.dispatch)
        self._outbox = Outbox(wire, parts.settings.limits.send_seconds, self._lost)
        sent = SentAudio()
        self._player = Player(
            self._outbox,
            dialect,
            self.clock,
            self.dispatch,
            lambda pcm, at: sent.write(from_bytes(pcm), at),
            on_broken=self._break,
        )
        self._hearing = Hearing(
            started.call_id, parts, self.clock, self.dispatch, self._door.spawn, sent, lambda: False
        )
        self._carry_out: dict[type[Any], Callable[[Any], None]] = self._table()

    def clock(self) -> float:
        """Seconds since the call began."""
        return self._loop.time() - self._epoch

    async def run(self, messages: AsyncIterable[WireMessage]) -> Outcome:
        """Conduct the call until it is over; what came of it."""
        reader = self._door.spawn(self._read(messages))
        ticker = self._door.spawn(self._tick())
        try:
            self.dispatch(self._started)
            await self._over.wait()
        finally:
            reader.cancel()
            ticker.cancel()
            await self._tidy_up()
        return self._read_out.outcome

    def shut_down(self, reason: str) -> None:
        """End the call decently."""
        self.dispatch(Shutdown(reason))

    def dispatch(self, event: Event) -> None:
        """Feed an event to the read-out and carry out what it wants. Never raises."""
        self._door.dispatch(event)

    def _step(self, event: Event) -> None:
        for command in self._read_out.handle(event, round(self.clock(), 4)):
            self._carry_out[type(command)](command)

    def _table(self) -> dict[type[Any], Callable[[Any], None]]:
        return {
            do.Say: self._say,
            do.ClearAudio: lambda _: self._player.clear(),
            do.SetTimer: self._timers.set,
            do.CancelTimer: self._timers.cancel,
            do.Transcribe: self._hearing.transcribe,
            do.CancelTranscribe: self._hearing.cancel,
            do.JudgeTurn: self._hearing.judge,
            do.HangUp: lambda _: self._outbox.put(self._dialect.hang_up()),
            PlayTone: lambda command: self._player.say(command.piece, _tone),
            StartRecording: lambda command: self._recorder.start(command.since),
            StopRecording: self._stop_recording,
            Finish: lambda _: self._over.set(),
        }

    def _say(self, command: do.Say) -> None:
        speak = partial(self._parts.voice.speak, command.text, VoiceSettings(rate=command.rate))
        self._player.say(command.piece, speak, command.since, command.resumes)

    def _stop_recording(self, command: StopRecording) -> None:
        pcm = self._recorder.stop(command.until)
        if command.keep:
            self._on_answer(command.item, pcm)

    # ── the listener's stream ─────────────────────────────────────────────────────────────────

    async def _read(self, messages: AsyncIterable[WireMessage]) -> None:
        try:
            async for message in messages:
                self._pace.message(self.clock())
                for event in self._dialect.receive(message):
                    self._received(event)
            self.dispatch(CallerHungUp("the listener hung up"))
        except WireClosed:
            self.dispatch(CallerHungUp("the connection was lost", fault=True))
        except ProtocolViolation as error:
            log.warning("protocol violation", call=self._started.call_id, reason=str(error))
            self._door.spawn(self._wire.close(error.code, str(error)[:120]))
            self.dispatch(CallerHungUp(f"protocol violation: {error}", fault=True))

    def _received(self, event: object) -> None:
        match event:
            case AudioReceived(pcm):
                self._pace.audio(self._hearing.caller.now, self.clock())
                began = self._hearing.caller.feed(pcm, self.clock())
                if began is not None:
                    self._recorder.feed(pcm, began)
            case Digit() | MarkEchoed() | CallerHungUp():
                self.dispatch(event)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._hearing.caller.tick(self.clock())

    def _lost(self, reason: str) -> None:
        self.dispatch(CallerHungUp(reason, fault=True))

    # ── ending ────────────────────────────────────────────────────────────────────────────────

    async def _tidy_up(self) -> None:
        if not self._over.is_set():
            self.dispatch(Shutdown("the call was cut off"))
        self._timers.close()
        try:
            await self._player.close()
            await self._outbox.drained(DRAIN)
            await self._outbox.close()
            await self._wire.close(1000, "the call is over")
        finally:
            await self._door.end_tasks()

    def _break(self, error: BaseException) -> None:
        """Something of ours broke: this call ends, and no other."""
        log.error("a read-out broke", call=self._started.call_id, exc_info=error)
        self._door.shut()
        self._read_out.outcome.reason = _BROKEN
        self._over.set()


async def _tone() -> AsyncIterator[Int16]:
    time = np.arange(round(_TONE_SECONDS * LINE_RATE)) / LINE_RATE
    edge = np.minimum(np.minimum(time, time[::-1]) / 0.01, 1.0)  # without clicks
    yield np.asarray(6000 * edge * np.sin(2 * np.pi * _TONE_HERTZ * time), np.int16)
