"""The agent's side: carries out what is asked for, one attempt at a time; keeps how it ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from gateway.errors import CancelledError, GatewayError, UnavailableError, UncertainError
from gateway.jobs.attempt import trace
from gateway.lines.messages import Asked, Failure, Standing
from gateway.lines.records import Records
from gateway.transform import Transform

log = structlog.get_logger(__name__)

BROKEN: Final = "something unexpected went wrong on the telephone; it has been logged"
_STOPPED: Final = "the agent is being stopped"


@dataclass(slots=True)
class _Attempt:
    """One attempt at one key; also the `Work` of its transform."""

    key: str
    number: int
    folder: Path
    done: float = 0.0
    cancelled: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    def progress(self, done: float) -> None:
        """So much is done. Raises CancelledError."""
        self.done = done
        if self.cancelled:
            raise CancelledError("it was called off")


class LineOffice:
    """Takes orders. Its methods block for a moment (files) and may be called in several threads.

    An attempt runs in a thread of its own: calls last for minutes, and nobody waits for a thread.
    """

    def __init__(
        self,
        records: Records,
        transforms: Mapping[str, Transform],
        most: int,
        busy: Callable[[], str] = lambda: "",
    ) -> None:
        """`transforms` by service, `most` attempts at once.

        `busy` says why no call is to begin now, or ''; it is asked in any thread.
        """
        self._busy = busy
        self._records = records
        self._transforms = dict(transforms)
        self._most = most
        self._lock = threading.Lock()
        self._running: dict[str, _Attempt] = {}
        self._closed = False

    def ask(self, service: str, asked: Asked) -> Standing:
        """Start what is asked for, or join it; how it stands.

        Raises:
            RefusedError: the key was used for something else, or the file is none of ours.
            UnavailableError: no call can begin now.
        """
        with self._lock:
            if attempt := self._running.get(asked.key):
                return Standing(attempt=attempt.number, done=attempt.done)
            last = self._records.outcome(asked.key)
            if last is not None and not _again(last, asked.after):
                return last
            if self._closed:
                raise UnavailableError(_STOPPED)
            if len(self._running) >= self._most:
                raise UnavailableError("all telephone lines are busy")
            if reason := self._busy():
                raise UnavailableError(reason)
            self._records.admit(service, asked)
            number = 1 if last is None else last.attempt + 1
            attempt = _Attempt(asked.key, number, self._records.work(asked.key))
            self._running[asked.key] = attempt
        log.info("a line is used", key=asked.key, service=service, attempt=number)
        threading.Thread(
            target=self._carry_out, args=(service, asked, attempt), name="line", daemon=True
        ).start()
        return Standing(attempt=number)

    def news(self, standing: Standing, key: str, seen: float) -> bool:
        """Has anything changed since it stood so? Never waits, reads no file."""
        attempt = self._running.get(key)
        return standing.over or attempt is None or attempt.done != seen

    def cancel(self, key: str) -> None:
        """Call it off; it ends soon, if it is still under way."""
        if attempt := self._running.get(key):
            attempt.cancelled = True

    def close(self, patience: float) -> None:
        """Take nothing more, and wait for what is under way; end the calls first."""
        with self._lock:
            self._closed = True
            running = list(self._running.values())
        until = time.monotonic() + patience
        for attempt in running:
            if not attempt.over.wait(max(0.0, until - time.monotonic())):
                log.warning("a call is still going on at the end", key=attempt.key)

    def _carry_out(self, service: str, asked: Asked, attempt: _Attempt) -> None:
        standing = self._outcome(self._transforms[service], asked, attempt)
        try:
            self._records.ended(attempt.key, standing)
        except OSError as error:  # the next one who asks starts it again, with what it has kept
            log.error("the end of a call can't be kept", key=attempt.key, reason=str(error))
        finally:
            with self._lock:
                del self._running[attempt.key]
            attempt.over.set()
        failure = standing.failure.name if standing.failure else ""
        log.info("a line is free", key=attempt.key, service=service, failure=failure)

    def _outcome(self, transform: Transform, asked: Asked, attempt: _Attempt) -> Standing:
        try:
            made = transform.run(self._records.source(asked), asked.wishes, attempt)
        except GatewayError as error:
            return Standing(attempt=attempt.number, over=True, failure=Failure.of(error))
        except Exception as error:  # noqa: BLE001 - a mistake of ours ends this call only
            log.error("a call broke", key=attempt.key, **trace(error))
            failure = Failure.of(UncertainError(BROKEN))
            return Standing(attempt=attempt.number, over=True, failure=failure)
        return Standing(attempt=attempt.number, over=True, done=1.0, content=made.as_json())


def _again(last: Standing, after: int) -> bool:
    """Is another attempt wanted, by somebody who knows how the last one ended?"""
    return last.failure is not None and last.failure.retry and after >= last.attempt
