"""Short messages that come in part by part, kept on disk until they are whole.

A part is acknowledged to the network as soon as it is here, so it must outlive the process.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from gateway.sms.alphabet import composed
from gateway.sms.messages import ShortMessage, short_message
from gateway.sms.segments import MOST_PARTS, Joined, Joiner, Place, shortened
from gateway.sms.sending import Inbound
from gateway.wholefiles import write_whole

log = structlog.get_logger(__name__)

MOST_WAITING: Final = 1000
"""Messages of which parts are missing."""


class Inbox:
    """Takes parts and hands whole messages to `on_message`. For several threads.

    `clock` is the wall clock: parts are waited for across restarts.
    """

    def __init__(
        self,
        folder: Path,
        patience: float,
        on_message: Inbound,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`folder` holds the parts; `patience` (s) is how long the others are waited for."""
        self._folder = folder
        self._on_message = on_message
        self._clock = clock
        self._joiner = Joiner(patience, MOST_WAITING)
        self._refused: list[Joined] = []
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._read_again()

    def take(self, sender: str, recipient: str, text: str, place: Place | None) -> None:
        """A part, or a whole message, has come; when this returns it is kept.

        Raises what `on_message` does with a message that is all: the network has to send it again.
        """
        with self._lock:
            now = self._clock()
            if place is None or place.total == 1:
                self._on_message(*_with_key(Joined(sender, recipient, text, now)))
                return
            file = self._file(sender, recipient, place)
            if not file.exists():
                kept = [sender, recipient, text, place.reference, place.number, place.total, now]
                write_whole(file, json.dumps(kept).encode())
            self._hand_on(self._joiner.add(sender, recipient, text, place, now))

    def tick(self) -> None:
        """Some time has passed: give up on what is overdue. Call it every minute or so."""
        with self._lock:
            refused, self._refused = self._refused, []
            self._hand_on([*refused, *self._joiner.overdue(self._clock())])

    def _read_again(self) -> None:
        """The parts that an earlier process kept."""
        kept = []
        for file in self._folder.glob("*.json"):
            try:
                kept.append(json.loads(file.read_bytes()))
            except ValueError:  # ours are written whole or not at all
                log.warning("a file among the parts of short messages is none", file=file.name)
        for sender, recipient, text, reference, number, total, at in sorted(
            kept, key=lambda part: float(part[-1])
        ):
            place = Place(reference, number, total)
            self._hand_on(self._joiner.add(sender, recipient, text, place, at))

    def _hand_on(self, whole: list[Joined]) -> None:
        """Pass messages on, then forget their parts: a crash in between repeats one, by its key."""
        for joined in whole:
            if joined.missing:
                log.warning("parts of a short message never came", missing=len(joined.missing))
            try:
                self._on_message(*_with_key(joined))
            except Exception:  # its parts are on disk: the next tick tries again, or a restart
                log.exception("a short message could not be handed on")
                self._refused.append(joined)
                continue
            for number in range(1, joined.total + 1):
                place = Place(joined.reference, number, joined.total)
                self._file(joined.sender, joined.recipient, place).unlink(missing_ok=True)

    def _file(self, sender: str, recipient: str, place: Place) -> Path:
        group = hashlib.sha256(f"{sender}\0{recipient}".encode()).hexdigest()[:24]
        return self._folder / f"{group}-{place.reference}-{place.total}-{place.number}.json"


def _with_key(joined: Joined) -> tuple[ShortMessage, str]:
    told = f"{joined.sender}\0{joined.recipient}\0{joined.since:.3f}\0{joined.text}"
    key = "sms-" + hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    text = shortened(composed(joined.text), MOST_PARTS)
    return short_message(text, key, to=joined.recipient, sender=joined.sender), key
