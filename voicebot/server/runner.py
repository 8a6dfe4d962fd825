"""One call on the wire: carries events to the call machine and its commands to the parts.

Everything here runs on the event loop's thread. `dispatch` is the one door into the machine; it
never waits. What takes time (recognition, the dialogue, rendering) runs in tasks that come back
with an event.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Callable, Coroutine
from datetime import datetime
from typing import Any

import structlog

from voicebot.audio.echo import SentAudio
from voicebot.audio.pcm import from_bytes
from voicebot.conversation import commands as do
from voicebot.conversation.activity import ActivitySettings, SpeechDetector
from voicebot.conversation.call import CallMachine
from voicebot.conversation.commands import Command
from voicebot.conversation.events import (
    CallerHungUp,
    CallStarted,
    DialogueFailed,
    DialoguePrepared,
    Digit,
    Event,
    ExpertJoined,
    ExpertLeft,
    MarkEchoed,
    NoSeat,
    Party,
    RecognitionFailed,
    Reply,
    Shutdown,
    TimerFired,
    Transcript,
    TurnHint,
    Word,
)
from voicebot.conversation.journal import Step
from voicebot.conversation.states import Phase
from voicebot.desk.dossier import DossierBuilder
from voicebot.dialogue.base import DialogueError
from voicebot.engines.base import EngineError, Int16, Recognition, VoiceSettings
from voicebot.server.archive import CallArchive
from voicebot.server.listener import Listener
from voicebot.server.outbox import Outbox, Wire, WireClosed
from voicebot.server.pace import Pace
from voicebot.server.parts import Parts, TurnJudgement
from voicebot.server.player import Player
from voicebot.server.seatleg import SeatLine
from voicebot.store.records import TransferResult
from voicebot.telephony.base import (
    LINE_RATE,
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
JUDGE_SECONDS = 2.0
"""After this a turn predictor's opinion is of no use any more."""


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
        self._inbox: deque[Event] = deque()
        self._dispatching = False
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._recognizing: dict[Party, asyncio.Task[None]] = {}
        self._judging: dict[Party, asyncio.Task[None]] = {}
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
        self._caller = self._listener(Party.CALLER)
        self._seat: SeatLine | None = None
        self._expert_heard: Listener | None = None  # stays when the seat is gone
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
        try:
            self._caller.tick(now)
            if self._seat is not None:
                self._seat.listener.tick(now)
        except Exception as error:  # noqa: BLE001 - the call's boundary: all calls share the clock
            self._break(error)

    # ── the caller's stream ───────────────────────────────────────────────────────────────────

    async def run(self, messages: AsyncIterable[WireMessage]) -> None:
        """Conduct the call until it is over and everything about it is stored."""
        self._archive.on_lost = self.dispatch
        self._show(lambda page: page.started())
        reader = self._spawn(self._read(messages))
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
            case AudioReceived(pcm):
                self._pace.audio(self._caller.now, self.clock())
                began = self._caller.feed(pcm, self.clock())
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
        self._spawn(self._wire.close(code, reason[:120]))

    # ── the door into the machine ─────────────────────────────────────────────────────────────

    def dispatch(self, event: Event) -> None:
        """Feed an event to the machine and carry out what it wants.

        Never raises: what breaks in here ends this call, and no other.
        """
        self._inbox.append(event)
        if self._dispatching:
            return
        self._dispatching = True
        try:
            while self._inbox and not self._broken:
                self._step(self._inbox.popleft())
        except Exception as error:  # noqa: BLE001 - the call's boundary: it is logged and recorded
            self._break(error)
        finally:
            self._dispatching = False

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
            do.Transcribe: self._transcribe,
            do.CancelTranscribe: self._cancel_transcribe,
            do.JudgeTurn: self._judge,
            do.AskDialogue: self._ask,
            do.PrepareDialogue: self._prepare,
            do.TellDialogue: self._tell,
            do.Say: self._say,
            do.RenderAhead: self._render_ahead,
            do.PlayRingback: lambda _: self._player.ring(),
            do.ClearAudio: self._clear,
            do.SetTimer: self._set_timer,
            do.CancelTimer: self._cancel_timer,
            do.RingSeat: self._ring,
            do.CancelRing: self._cancel_ring,
            do.Bridge: self._bridge,
            do.ReleaseSeat: lambda c: desk.release(call, c.reason),
            do.StoreCallback: self._archive.callback,
            do.PauseRecording: lambda _: self._archive.pause(self.clock()),
            do.ResumeRecording: lambda _: self._archive.resume(self.clock()),
            do.RecordTurn: self._record,
            do.UpdateDossier: self._update_dossier,
            do.NoteIncident: lambda c: self._archive.incident(c.what),
            do.HangUp: self._hang_up,
            do.CloseRecord: self._close,
        }

    # ── hearing and thinking ──────────────────────────────────────────────────────────────────

    def _listener(self, party: Party) -> Listener:
        settings = self._parts.settings.turns
        detector = SpeechDetector(ActivitySettings(pause=settings.pause), party)
        return Listener(
            self._parts.activity(),
            detector,
            self.dispatch,
            settings.longest,
            self.clock(),
            self._sent if party is Party.CALLER else None,
        )

    def _transcribe(self, command: do.Transcribe) -> None:
        former = self._recognizing.get(command.party)
        if former is not None:
            former.cancel()
        listener = self._caller if command.party is Party.CALLER else self._expert_heard
        if listener is None:
            self.dispatch(RecognitionFailed(command.attempt, "there is no expert"))
            return
        pcm = listener.slice(command.since, command.until + self._parts.settings.turns.pause)
        self._recognizing[command.party] = self._spawn(self._recognize(command, pcm))

    def _cancel_transcribe(self, command: do.CancelTranscribe) -> None:
        for tasks in (self._recognizing, self._judging):
            task = tasks.pop(command.party, None)
            if task is not None:
                task.cancel()

    def _judge(self, command: do.JudgeTurn) -> None:
        judgement = self._parts.judgement
        listener = self._caller if command.party is Party.CALLER else self._expert_heard
        if judgement is None or listener is None:
            return
        pcm = listener.slice(command.since, command.until + self._parts.settings.turns.pause)
        former = self._judging.get(command.party)
        if former is not None:
            former.cancel()
        self._judging[command.party] = self._spawn(self._predict(judgement, command, pcm))

    async def _predict(self, judgement: TurnJudgement, command: do.JudgeTurn, pcm: Int16) -> None:
        try:
            probability = await judgement.pool.run(
                judgement.predictor.probability, pcm, LINE_RATE, timeout=JUDGE_SECONDS
            )
        except EngineError as error:  # no hint: the turn ends by its words and by silence
            log.debug("a turn was not judged", call=self.call_id, reason=str(error))
            return
        if probability is not None:
            self.dispatch(TurnHint(command.attempt, round(probability, 4)))

    async def _recognize(self, command: do.Transcribe, pcm: Int16) -> None:
        began = self.clock()
        try:
            heard: Recognition = await self._parts.recognition.run(
                self._parts.recognizer.recognize,
                pcm,
                LINE_RATE,
                command.hints,
                timeout=self._parts.settings.limits.recognition_seconds,
            )
        except EngineError as error:
            self.dispatch(RecognitionFailed(command.attempt, str(error)))
            return
        except Exception as error:
            # Engines wrap foreign libraries: whatever these raise, the call must go on.
            log.exception("recognition broke", call=self.call_id)
            self.dispatch(RecognitionFailed(command.attempt, type(error).__name__))
            return
        words = tuple(
            Word(w.text, command.since + w.start, command.since + w.end, w.confidence)
            for w in heard.words
        )
        self.dispatch(
            Transcript(
                command.attempt,
                heard.text,
                heard.confidence,
                heard.alternatives,
                words,
                seconds=round(self.clock() - began, 4),
            )
        )

    def _ask(self, command: do.AskDialogue) -> None:
        self._spawn(
            self._answer(
                command.turn,
                self._parts.dialogue.turn(
                    self.call_id,
                    command.turn,
                    command.text,
                    confidence=command.confidence,
                    alternatives=command.alternatives,
                ),
            )
        )

    def _prepare(self, command: do.PrepareDialogue) -> None:
        if self._parts.may_prepare():
            self._spawn(self._look_ahead(command))

    async def _look_ahead(self, command: do.PrepareDialogue) -> None:
        try:
            reply = await self._parts.dialogue.prepare(
                self.call_id,
                command.text,
                confidence=command.confidence,
                alternatives=command.alternatives,
            )
        except DialogueError as error:  # the turn itself will tell, if it is more than a moment
            log.debug("no answer was prepared", call=self.call_id, reason=str(error))
            return
        except Exception:  # the call does not depend on it
            log.exception("preparing an answer broke", call=self.call_id)
            return
        if reply is not None:
            self.dispatch(DialoguePrepared(command.attempt, reply.texts, reply.rate))

    def _tell(self, command: do.TellDialogue) -> None:
        event = self._parts.dialogue.event(
            self.call_id, command.turn, command.name, command.payload
        )
        self._spawn(self._answer(command.turn, event))

    async def _answer(self, turn: int, question: Coroutine[Any, Any, Reply]) -> None:
        try:
            self.dispatch(await question)
        except DialogueError as error:
            self.dispatch(DialogueFailed(turn, str(error)))
        except Exception as error:  # a bug on the way to the dialogue: a person can still help
            log.exception("the dialogue broke", call=self.call_id)
            self.dispatch(DialogueFailed(turn, type(error).__name__))

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

    # ── timers ────────────────────────────────────────────────────────────────────────────────

    def _set_timer(self, command: do.SetTimer) -> None:
        self._cancel_timer(do.CancelTimer(command.name))
        self._timers[command.name] = self._loop.call_at(
            self._epoch + command.at, self._fire, command.name
        )

    def _cancel_timer(self, command: do.CancelTimer) -> None:
        timer = self._timers.pop(command.name, None)
        if timer is not None:
            timer.cancel()

    def _fire(self, name: str) -> None:
        self._timers.pop(name, None)
        self.dispatch(TimerFired(name))

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
        line = SeatLine(name, dialect, outbox, self._listener(Party.EXPERT))
        self._seat, self._expert_heard = line, line.listener
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
        for timer in self._timers.values():
            timer.cancel()
        if self._seat is not None:
            self._seat.end()
        try:
            await self._leave_the_line()
        finally:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._archive.close()
            self._parts.desk.withdraw(self.call_id)
        try:
            await self._parts.dialogue.end(self.call_id)
        except DialogueError as error:
            log.info("the dialogue was not told of the end", call=self.call_id, reason=str(error))

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
        self._inbox.clear()
        self._archive.incident(f"{BROKEN}: {type(error).__name__}")
        if not self._over.is_set():
            self._archive.outcome(do.CloseRecord("failed", BROKEN))
            self._over.set()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._break(error)
