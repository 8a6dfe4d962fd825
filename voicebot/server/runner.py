"""One call on the wire: carries events to the call machine and its commands to the parts.

Everything here runs on the event loop's thread. `dispatch` is the one door into the machine; it
never waits. What takes time (recognition, the dialogue, rendering) runs in tasks that come back
with an event.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable
from datetime import datetime
from typing import Any

import structlog

from voicebot.audio.echo import SentAudio
from voicebot.audio.pcm import from_bytes
from voicebot.conversation import commands as do
from voicebot.conversation.call import CallMachine
from voicebot.conversation.commands import Command
from voicebot.conversation.events import (
    CallerHungUp,
    CallStarted,
    Digit,
    Event,
    ExpertJoined,
    ExpertLeft,
    MarkEchoed,
    NoSeat,
    Shutdown,
)
from voicebot.conversation.journal import Step
from voicebot.conversation.states import Phase
from voicebot.desk.dossier import DossierBuilder
from voicebot.engines.base import VoiceSettings
from voicebot.server.archive import CallArchive
from voicebot.server.counsel import Counsel
from voicebot.server.door import Door
from voicebot.server.faxleg import FaxLeg
from voicebot.server.faxline import FaxCall
from voicebot.server.hearing import Hearing
from voicebot.server.outbox import Outbox, Wire, WireClosed
from voicebot.server.pace import Pace
from voicebot.server.parts import Parts
from voicebot.server.player import Player
from voicebot.server.seatleg import SeatLine
from voicebot.server.timers import Timers
from voicebot.store.records import TransferResult
from voicebot.telephony.base import (
    AudioReceived,
    Dialect,
    MessageIgnored,
    ProtocolViolation,
    ShowsTranscript,
    StreamStarted,
    WireMessage,
)

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 2.0
"""How long a goodbye message may take to leave."""
BROKEN = "an error inside the agent"


class CallRunner:
    """Runs one call from its start message to its record's last line."""

    def __init__(
        self, parts: Parts, dialect: Dialect, wire: Wire, started: CallStarted, archive: CallArchive
    ) -> None:
        self.call_id = started.call_id
        self._parts = parts
        self._dialect = dialect
        self._page = dialect if isinstance(dialect, ShowsTranscript) else None
        self._wire = wire
        self._started = started
        self._archive = archive
        self._loop = asyncio.get_running_loop()
        self._epoch = self._loop.time()
        self._machine = CallMachine(parts.policy)
        self._door = Door(self._step, self._break)
        self._timers = Timers(self._loop, self._epoch, self.dispatch)
        self._over = asyncio.Event()
        self._broken = False
        self._pace = Pace()
        self._outbox = Outbox(wire, parts.settings.limits.send_seconds, self._stuck)
        self._sent = SentAudio()
        self._player = Player(
            self._outbox,
            dialect,
            self.clock,
            self.dispatch,
            self._bot_audio,
            on_broken=self._break,
        )
        call = started.call_id
        self._hearing = Hearing(
            call,
            parts,
            self.clock,
            self.dispatch,
            self._door.spawn,
            self._sent,
            lambda: self._page is not None or self._seat is not None,
        )
        self._counsel = Counsel(
            call, parts.dialogue, self.dispatch, self._door.spawn, parts.may_prepare
        )
        self._fax = FaxLeg(
            parts.fax,
            FaxCall(call, started.caller, started.callee),
            self.clock,
            self.dispatch,
            self._door.spawn,
            lambda pcm: self._outbox.put(dialect.audio(pcm), audio=True),
        )
        self._seat: SeatLine | None = None
        self._bridged = False
        self._dossier = DossierBuilder(
            started.call_id, started.caller, started.callee, archive.started_at
        )
        self._shown_state = ""
        self._carry_out: dict[type[Command], Callable[[Any], None]] = self._table()

    # ── the call's clock, and what others ask ─────────────────────────────────────────────────

    def clock(self) -> float:
        """Seconds since the call began."""
        return self._loop.time() - self._epoch

    @property
    def state(self) -> str:
        """The name of the call's situation, for the status page."""
        return self._machine.state.value

    @property
    def caller(self) -> str:
        """The caller's number, '' when unknown."""
        return self._started.caller

    @property
    def network(self) -> str:
        """The telephone network that the call came by."""
        return self._started.network

    @property
    def started_at(self) -> datetime:
        """When the call began, UTC."""
        return self._archive.started_at

    @property
    def expert(self) -> str:
        """Who talks with the caller, '' while it is the bot."""
        return self._seat.name if self._seat is not None else ""

    def tick(self) -> None:
        """A tenth of a second has passed: fill gaps in audio that does not come."""
        now = self.clock()
        if self._fax.active:
            return
        try:
            self._hearing.caller.tick(now)
            if self._seat is not None:
                self._seat.listener.tick(now)
        except Exception as error:  # noqa: BLE001 - the call's boundary: all calls share the clock
            self._break(error)

    # ── the caller's stream ───────────────────────────────────────────────────────────────────

    async def run(self, messages: AsyncIterable[WireMessage]) -> None:
        """Conduct the call until it is over and everything about it is stored."""
        self._archive.on_lost = self.dispatch
        self._show(lambda page: page.started())
        reader = self._door.spawn(self._read(messages))
        try:
            self.dispatch(self._started)
            await self._over.wait()
        finally:
            reader.cancel()
            await self._tidy_up()

    def shut_down(self, reason: str) -> None:
        """The process stops: end the call decently."""
        self.dispatch(Shutdown(reason))

    async def _read(self, messages: AsyncIterable[WireMessage]) -> None:
        try:
            async for message in messages:
                self._pace.message(self.clock())
                for event in self._dialect.receive(message):
                    self._received(event)
            self.dispatch(CallerHungUp("the caller hung up"))
        except WireClosed as error:
            log.info("connection lost", call=self.call_id, reason=str(error))
            self.dispatch(CallerHungUp("the connection to the caller was lost", fault=True))
        except ProtocolViolation as error:
            log.warning("protocol violation", call=self.call_id, reason=str(error))
            self._close_wire(error.code, str(error))
            self.dispatch(CallerHungUp(f"protocol violation: {error}", fault=True))

    def _received(self, event: object) -> None:
        match event:
            case AudioReceived(pcm) if self._fax.takes(pcm):
                return
            case AudioReceived(pcm):
                self._pace.audio(self._hearing.caller.now, self.clock())
                began = self._hearing.caller.feed(pcm, self.clock())
                if began is not None:
                    self._archive.caller_audio(pcm, began)
                if self._bridged and self._seat is not None:
                    self._seat.send_audio(pcm)
            case Digit() | MarkEchoed() | CallerHungUp():
                self.dispatch(event)
            case StreamStarted():
                return
            case MessageIgnored(what):
                log.debug("message ignored", call=self.call_id, what=what)

    def _stuck(self, reason: str) -> None:
        self._close_wire(1008, reason)
        self.dispatch(CallerHungUp(reason, fault=True))

    def _close_wire(self, code: int, reason: str) -> None:
        self._door.spawn(self._wire.close(code, reason[:120]))

    # ── the door into the machine ─────────────────────────────────────────────────────────────

    def dispatch(self, event: Event) -> None:
        """Feed an event to the machine and carry out what it wants.

        Never raises: what breaks in here ends this call, and no other.
        """
        self._door.dispatch(event)

    def _step(self, event: Event) -> None:
        now = round(self.clock(), 4)
        sensitive = self._machine.sensitive
        commands = self._machine.handle(event, now)
        self._archive.step(Step(now, event, tuple(commands)), sensitive=sensitive)
        for command in commands:
            self._dossier.apply(command)
            self._carry_out[type(command)](command)
        self._show_state()

    def _table(self) -> dict[type[Command], Callable[[Any], None]]:
        desk, call = self._parts.desk, self.call_id
        return {
            do.Transcribe: self._hearing.transcribe,
            do.CancelTranscribe: self._hearing.cancel,
            do.JudgeTurn: self._hearing.judge,
            do.AskDialogue: self._counsel.ask,
            do.PrepareDialogue: self._counsel.prepare,
            do.TellDialogue: self._counsel.tell,
            do.Say: self._say,
            do.RenderAhead: self._render_ahead,
            do.PlayRingback: lambda _: self._player.ring(),
            do.ClearAudio: self._clear,
            do.SetTimer: self._timers.set,
            do.CancelTimer: self._timers.cancel,
            do.RingSeat: self._ring,
            do.CancelRing: self._cancel_ring,
            do.Bridge: self._bridge,
            do.ReleaseSeat: lambda c: desk.release(call, c.reason),
            do.StoreCallback: self._archive.callback,
            do.ReceiveFax: self._fax.receive,
            do.EndFax: self._fax.end,
            do.PauseRecording: lambda _: self._archive.pause(self.clock()),
            do.ResumeRecording: lambda _: self._archive.resume(self.clock()),
            do.RecordTurn: self._record,
            do.ShowPartial: self._show_partial,
            do.UpdateDossier: self._update_dossier,
            do.NoteIncident: lambda c: self._archive.incident(c.what),
            do.HangUp: self._hang_up,
            do.CloseRecord: self._close,
        }

    # ── speaking ──────────────────────────────────────────────────────────────────────────────

    def _say(self, command: do.Say) -> None:
        settings = VoiceSettings(rate=command.rate)
        self._player.say(
            command.piece,
            lambda: self._parts.voice.speak(command.text, settings),
            command.since,
            command.resumes,
        )

    def _render_ahead(self, command: do.RenderAhead) -> None:
        self._parts.voice.render_ahead(command.text, VoiceSettings(rate=command.rate))

    def _bot_audio(self, pcm: bytes, at: float) -> None:
        self._archive.bot_audio(pcm, at)
        self._sent.write(from_bytes(pcm), at)
        if self._seat is not None and not self._bridged:
            self._seat.send_audio(pcm)  # the expert hears being announced, and when to begin

    def _clear(self, _: do.ClearAudio) -> None:
        self._player.clear()
        self._archive.bot_cut(self.clock())

    # ── the desk ──────────────────────────────────────────────────────────────────────────────

    def _ring(self, command: do.RingSeat) -> None:
        self._archive.transfer_started(command)
        self._parts.desk.ring(self.call_id, command, self._dossier.build(), self._seat_event)

    def _seat_event(self, event: Event) -> None:
        if isinstance(event, NoSeat):
            self._archive.transfer_ended(TransferResult.NO_SEAT)
        elif isinstance(event, ExpertLeft) and self._machine.phase is Phase.WITH_EXPERT:
            self._archive.transfer_ended(None)
        self.dispatch(event)

    def _cancel_ring(self, _: do.CancelRing) -> None:
        self._archive.transfer_ended(TransferResult.WITHDRAWN)
        self._parts.desk.withdraw(self.call_id)

    async def seat_joined(
        self,
        seat: str,
        name: str,
        dialect: Dialect,
        wire: Wire,
        messages: AsyncIterable[WireMessage],
    ) -> None:
        """The expert's audio is there: carry it until either side goes."""
        if self._machine.phase is not Phase.TRANSFERRING or self._seat is not None:
            if self._seat is None:
                self._parts.desk.release(self.call_id, "the caller does not wait any more")
            await wire.close(1008, "the call is not waiting for an expert")
            return
        outbox = Outbox(
            wire,
            self._parts.settings.limits.send_seconds,
            lambda reason: self._seat_event(ExpertLeft(seat, reason)),
        )
        line = SeatLine(name, dialect, outbox, self._hearing.expert_joins())
        self._seat = line
        line.started()
        self._archive.transfer_answered(seat, name)
        self.dispatch(ExpertJoined(seat, name))
        code, reason = 1000, "the call is over"
        try:
            await line.carry(self._read_seat(seat, line, dialect, messages))
        except ProtocolViolation as error:
            code, reason = error.code, str(error)
            self._seat_event(ExpertLeft(seat, f"protocol violation: {error}"))
        except Exception as error:  # the expert's part ends; the caller is given another one
            code, reason = 1011, "an error inside the agent"
            log.exception("the expert's line broke", call=self.call_id)
            self._seat_event(ExpertLeft(seat, f"an error inside the agent: {type(error).__name__}"))
        finally:
            self._seat, self._bridged = None, False
            await line.close(wire, code, reason)

    async def _read_seat(
        self, seat: str, line: SeatLine, dialect: Dialect, messages: AsyncIterable[WireMessage]
    ) -> None:
        pace = Pace()
        since = self.clock()
        try:
            async for message in messages:
                pace.message(self.clock() - since)
                for event in dialect.receive(message):
                    if isinstance(event, AudioReceived):
                        pace.audio(line.listener.now, self.clock())
                        self._from_expert(line, event.pcm)
        except WireClosed as error:
            log.info("connection to a seat lost", call=self.call_id, reason=str(error))
        self._seat_event(ExpertLeft(seat, "the connection was lost"))

    def _from_expert(self, line: SeatLine, pcm: bytes) -> None:
        if self._bridged:  # before that nobody hears it, so nobody may read it
            line.listener.feed(pcm, self.clock())
            self._player.pass_on(pcm)

    def _bridge(self, _: do.Bridge) -> None:
        self._bridged = True

    # ── the record, and who is watching ───────────────────────────────────────────────────────

    def _record(self, command: do.RecordTurn) -> None:
        self._archive.turn(command)
        self._parts.desk.line(self.call_id, command)
        self._show(lambda page: page.line(command))

    def _show_partial(self, command: do.ShowPartial) -> None:
        self._parts.desk.partial(self.call_id, command)
        self._show(lambda page: page.partial(command))

    def _update_dossier(self, command: do.UpdateDossier) -> None:
        self._archive.slots(command)
        self._parts.desk.update(self.call_id, self._dossier.build())

    def _show(self, messages: Callable[[ShowsTranscript], list[WireMessage]]) -> None:
        if self._page is not None:
            self._outbox.put(messages(self._page))

    def _show_state(self) -> None:
        state = self.state
        if state != self._shown_state:
            self._shown_state = state
            self._show(lambda page: page.state(state))
        if self._seat is not None and self._machine.phase is not Phase.WITH_EXPERT:
            self._bridged = False
            self._seat.end()

    # ── ending ────────────────────────────────────────────────────────────────────────────────

    def _hang_up(self, command: do.HangUp) -> None:
        self._show(lambda page: page.ended(command.reason))
        self._outbox.put(self._dialect.hang_up())

    def _close(self, command: do.CloseRecord) -> None:
        self._archive.outcome(command)
        self._over.set()

    async def _tidy_up(self) -> None:
        if self._machine.phase is not Phase.ENDED:
            self.dispatch(Shutdown("the call was cut off"))
        self._timers.close()
        self._fax.close()
        if self._seat is not None:
            self._seat.end()
        try:
            await self._leave_the_line()
        finally:
            await self._door.end_tasks()
            self._archive.close()
            self._parts.desk.withdraw(self.call_id)
        await self._counsel.end()

    async def _leave_the_line(self) -> None:
        await self._player.close()
        await self._outbox.drained(DRAIN_SECONDS)
        await self._outbox.close()
        if self._broken:
            await self._wire.close(1011, BROKEN)
        else:
            await self._wire.close(1000, "the call is over")

    def _break(self, error: BaseException) -> None:
        """Something of ours broke: this call ends with a record that says so, and only this one."""
        log.error("a part of the call broke", call=self.call_id, exc_info=error)
        if self._broken:
            return
        self._broken = True
        self._door.shut()
        self._archive.incident(f"{BROKEN}: {type(error).__name__}")
        if not self._over.is_set():
            self._archive.outcome(do.CloseRecord("failed", BROKEN))
            self._over.set()
