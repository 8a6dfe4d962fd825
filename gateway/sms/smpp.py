"""Short messages over SMPP 3.4: one bound connection, kept up by a thread.

Messages wait in a short queue for the connection. What was written to it and not answered when it
breaks is uncertain; what was not written can be tried again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotDone
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from gateway.errors import RefusedError, UnavailableError, UncertainError
from gateway.sms import pdus
from gateway.sms.inbox import Inbox
from gateway.sms.line import Line, LineLost, NotLetIn
from gateway.sms.receipts import Receipt, Receipts
from gateway.sms.sending import Parcel
from gateway.sms.settings import SmppSettings

log = structlog.get_logger(__name__)

MOST_WAITING: Final = 1000
"""Messages in the queue; one more is told "later"."""
_TICK: Final = 30.0  # seconds between looks at overdue parts
_THROTTLED_FOR: Final = 1.0
"""Seconds for which nothing is sent after "too many messages a second"."""


@dataclass(slots=True, eq=False)
class _Job:
    parcel: Parcel
    answer: Future[str] = field(default_factory=Future)
    sent_at: float | None = None


class SmppCarrier:
    """A `Carrier`. The thread starts with the first message, or by `start` to receive any."""

    whole = False

    def __init__(
        self,
        settings: SmppSettings,
        receipts: Receipts,
        inbox: Inbox | None = None,
        tell: Callable[[str, bool], None] = lambda _, __: None,
    ) -> None:
        """`inbox` takes what phones send us; without one the centre is told that nobody does.

        `tell` is told how the line is, and whether it is lost.
        """
        self._tell = tell
        self._settings = settings
        self._receipts = receipts
        self._inbox = inbox
        self._waiting: deque[_Job] = deque()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._line: Line | None = None
        self._trouble = "the message centre was not asked yet"

    @property
    def _where(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    def missing(self) -> str:
        """What has to be set."""
        return "" if self._settings.host else "no message centre: set smpp.host"

    def start(self) -> None:
        """Connect and stay connected."""
        with self._lock:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="smpp", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Unbind and stop. What waits is told "later"."""
        self._stopping.set()
        self._wake()
        if self._thread is not None:
            self._thread.join(self._settings.answer_seconds + 1)
        self._fail_waiting(UnavailableError("the gateway is stopping"))

    def submit(self, parcel: Parcel) -> str:
        """Hand over a segment; the id of the message centre. See `Carrier.submit`."""
        job = _Job(parcel)
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                raise UnavailableError("too many short messages wait for the message centre")
            self._waiting.append(job)
        self.start()
        self._wake()
        try:
            return job.answer.result(self._settings.wait_seconds)
        except NotDone:
            return self._out_of_patience(job)

    def _out_of_patience(self, job: _Job) -> str:
        with self._lock:
            if job in self._waiting:
                self._waiting.remove(job)
                raise UnavailableError(f"the message centre can't be reached: {self._trouble}")
        # It was written: the thread answers it within `answer_seconds`, one way or the other.
        try:
            return job.answer.result(self._settings.answer_seconds + 5)
        except NotDone as error:
            raise UncertainError("the message centre did not answer") from error

    def _wake(self) -> None:
        line = self._line
        if line is not None:
            line.wake()

    # ── the thread ────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        pause = self._settings.reconnect_first
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._converse()
            except NotLetIn as error:
                self._trouble = f"it refuses our system_id or password ({error})"
                self._fail_waiting(RefusedError(f"the message centre: {self._trouble}"))
            except LineLost as error:
                self._trouble = str(error)
            except Exception as error:  # the thread's boundary: it must live on
                log.exception("the line to the message centre broke")
                self._trouble = type(error).__name__
            if self._stopping.is_set():
                return
            if time.monotonic() - began > self._settings.reconnect_most:
                pause = self._settings.reconnect_first  # it had worked for a while
            log.warning("message centre lost", reason=self._trouble, again_in=pause)
            self._tell(f"SMPP to {self._where} is lost: {self._trouble}", True)
            self._stopping.wait(pause)
            pause = min(pause * 2, self._settings.reconnect_most)

    def _converse(self) -> None:
        line = Line(self._settings)
        self._line = line
        log.info("message centre bound")
        self._tell(f"SMPP to {self._where}", False)
        try:
            conversation = _Conversation(
                line, self._settings, self._receipts, self._inbox, self._next
            )
            while not self._stopping.is_set():
                conversation.step(time.monotonic())
        finally:
            self._line = None
            line.close()

    def _next(self) -> _Job | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _fail_waiting(self, error: UnavailableError | RefusedError) -> None:
        while (job := self._next()) is not None:
            job.answer.set_exception(error)


class _Conversation:
    """What is going on on one bound line."""

    def __init__(
        self,
        line: Line,
        settings: SmppSettings,
        receipts: Receipts,
        inbox: Inbox | None,
        next_job: Callable[[], _Job | None],
    ) -> None:
        self._line = line
        self._settings = settings
        self._receipts = receipts
        self._inbox = inbox
        self._next_job = next_job
        self._unanswered: dict[int, _Job] = {}
        now = time.monotonic()
        self._heard_at = now
        self._enquired_at: float | None = None
        self._paused_until = now
        self._tick_at = now + _TICK

    def step(self, now: float) -> None:
        """Send what there is to send, wait for something, and read it. Raises LineLost."""
        try:
            self._send(now)
            self._check(now)
            if self._line.wait(self._sleep(now)):
                self._take(self._line.read(), time.monotonic())
        except BaseException:
            for job in self._unanswered.values():
                job.answer.set_exception(
                    UncertainError(
                        "the line to the message centre broke before it confirmed the message: "
                        "look into its log before sending it again"
                    )
                )
            self._unanswered.clear()
            raise

    def _send(self, now: float) -> None:
        while now >= self._paused_until and len(self._unanswered) < self._settings.window:
            job = self._next_job()
            if job is None:
                return
            try:
                fields = pdus.submission(job.parcel)
            except RefusedError as error:
                job.answer.set_exception(error)
                continue
            job.sent_at = now
            try:
                sequence = self._line.request("submit_sm", **fields)
            except BaseException:
                self._unanswered[-1] = job  # part of it may have left
                raise
            self._unanswered[sequence] = job

    def _sleep(self, now: float) -> float:
        """Seconds until something is due."""
        settings = self._settings
        due = [self._tick_at, self._heard_at + settings.enquire_every]
        if self._enquired_at is not None:
            due.append(self._enquired_at + settings.answer_seconds)
        due += [job.sent_at + settings.answer_seconds for job in self._unanswered.values()
                if job.sent_at is not None]  # fmt: skip
        if self._paused_until > now:
            due.append(self._paused_until)
        return max(min(due) - now, 0.0)

    def _check(self, now: float) -> None:
        settings = self._settings
        late = now - settings.answer_seconds
        if self._enquired_at is not None and self._enquired_at <= late:
            raise LineLost("the centre does not answer")
        if any(j.sent_at is not None and j.sent_at <= late for j in self._unanswered.values()):
            raise LineLost("the centre did not answer a message")
        if self._enquired_at is None and now - self._heard_at >= settings.enquire_every:
            self._line.request("enquire_link")
            self._enquired_at = now
        if now >= self._tick_at:
            self._tick_at = now + _TICK
            if self._inbox is not None:
                self._inbox.tick()

    def _take(self, pdu: Any, now: float) -> None:
        self._heard_at, self._enquired_at = now, None
        match pdu.command:
            case "submit_sm_resp" | "generic_nack":
                self._answered(pdu, now)
            case "deliver_sm":
                self._line.respond("deliver_sm_resp", pdu.sequence, self._delivered(pdu))
            case "enquire_link":
                self._line.respond("enquire_link_resp", pdu.sequence)
            case "unbind":
                self._line.respond("unbind_resp", pdu.sequence)
                raise LineLost("the centre unbound us")
            case command:
                log.debug("PDU ignored", command=command)

    def _answered(self, pdu: Any, now: float) -> None:
        job = self._unanswered.pop(pdu.sequence, None)
        if job is None:
            return
        if pdu.status == pdus.OK and pdu.command == "submit_sm_resp":
            identity = pdu.message_id or b""
            job.answer.set_result(bytes(identity).decode("latin-1")[:65] or "unnamed")
            return
        if pdu.status == pdus.THROTTLED:
            self._paused_until = now + _THROTTLED_FOR
        job.answer.set_exception(pdus.refusal(pdu.status))

    def _delivered(self, pdu: Any) -> int:
        """Take a receipt or a message; the status to answer."""
        try:
            found = pdus.delivery(pdu)
        except pdus.Unreadable as error:
            log.warning("what the message centre delivered can't be read", reason=str(error))
            return pdus.PERMANENT
        try:
            if isinstance(found, Receipt):
                self._receipts.add(found)
            elif self._inbox is None:
                return pdus.PERMANENT
            else:
                self._inbox.take(found.sender, found.recipient, found.text, found.place)
        except Exception:  # whoever was told failed: the centre has to tell again
            log.exception("a delivery of the message centre could not be kept")
            return pdus.TEMPORARY
        return pdus.OK
