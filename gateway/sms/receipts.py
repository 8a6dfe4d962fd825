"""Delivery receipts: what became of messages after the network had taken them."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

MOST_KEPT: Final = 10_000
KEPT_SECONDS: Final = 2 * 3600.0
"""How long a receipt lies on the shelf: longer than anybody waits for one."""
_SWEEP_EVERY: Final = 100  # receipts
_FIELD: Final = re.compile(r"\b(id|stat|err):\s*(\S+)", re.IGNORECASE)
_POLL: Final = 0.2  # seconds


class Fate(StrEnum):
    """What became of a message."""

    UNDER_WAY = "under way"
    DELIVERED = "delivered"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Will nothing else be said about it?"""
        return self is not Fate.UNDER_WAY


_FATES: Final[Mapping[str, Fate]] = {
    # SMPP 3.4, appendix B
    "DELIVRD": Fate.DELIVERED,
    "EXPIRED": Fate.FAILED,
    "DELETED": Fate.FAILED,
    "UNDELIV": Fate.FAILED,
    "REJECTD": Fate.FAILED,
    # Twilio's MessageStatus
    "DELIVERED": Fate.DELIVERED,
    "READ": Fate.DELIVERED,
    "UNDELIVERED": Fate.FAILED,
    "FAILED": Fate.FAILED,
    "CANCELED": Fate.FAILED,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The network's word on message `id`: its `status` as sent, and the `error` code or ''."""

    id: str
    status: str
    error: str = ""

    @property
    def fate(self) -> Fate:
        """What the status means; unknown ones mean that it is under way."""
        return _FATES.get(self.status.upper(), Fate.UNDER_WAY)


def read_receipt(text: str, receipted: str = "") -> Receipt | None:
    """The receipt that a message centre wrote as text; `receipted` is the id beside it, if any.

    None when it names no message. Source: SMPP 3.4, appendix B.
    """
    fields = {name.lower(): value for name, value in reversed(_FIELD.findall(text[:1000]))}
    number = (receipted or fields.get("id", ""))[:65]
    if not number:
        return None
    error = fields.get("err", "")[:8]
    return Receipt(number, fields.get("stat", "")[:16], "" if not error.strip("0") else error)


class Shelf:
    """Receipts in a folder: they come in by the door of one process, and another waits for them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._added = 0

    def add(self, receipt: Receipt) -> None:
        """Keep a receipt for a while. Raises OSError."""
        if self._added % _SWEEP_EVERY == 0:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
        self._added += 1
        path = self._path(receipt.id)
        part = path.with_suffix(f".{threading.get_native_id()}.part")
        part.write_text(json.dumps([receipt.id, receipt.status, receipt.error]), encoding="utf-8")
        part.replace(path)

    def of(self, message: str) -> Receipt | None:
        """The receipt of a message, if it has come."""
        try:
            return Receipt(*json.loads(self._path(message).read_bytes()))
        except (FileNotFoundError, ValueError):  # they are written whole
            return None

    def _sweep(self) -> None:
        oldest = time.time() - KEPT_SECONDS
        for path in self._folder.iterdir():
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
            except FileNotFoundError:  # another process sweeps, too
                continue

    def _path(self, message: str) -> Path:
        return self._folder / f"{hashlib.sha256(message.encode()).hexdigest()[:32]}.json"


class Receipts:
    """The receipts that came lately; `on_receipt` is told of each. For several threads.

    With a `shelf`, those that other processes put there count, too.
    """

    def __init__(
        self,
        on_receipt: Callable[[Receipt], None] = lambda _: None,
        shelf: Shelf | None = None,
    ) -> None:
        self._on_receipt = on_receipt
        self._shelf = shelf
        self._known: dict[str, Receipt] = {}
        self._changed = threading.Condition()

    def add(self, receipt: Receipt) -> None:
        """A receipt has come. A final one is not replaced: networks tell things out of order."""
        with self._changed:
            former = self._find(receipt.id)
            if former is not None and former.fate.final:
                return
            self._known[receipt.id] = receipt
            if self._shelf is not None:
                self._shelf.add(receipt)
            if len(self._known) > MOST_KEPT:
                del self._known[next(iter(self._known))]
            self._changed.notify_all()
        self._on_receipt(receipt)

    def of(self, message: str) -> Receipt | None:
        """The last word on a message."""
        with self._changed:
            return self._find(message)

    def _find(self, message: str) -> Receipt | None:
        found = self._known.get(message)
        if self._shelf is None or (found is not None and found.fate.final):
            return found
        return self._shelf.of(message) or found

    def wait(
        self, messages: Collection[str], seconds: float, going_on: Callable[[], None]
    ) -> dict[str, Receipt]:
        """The receipts of `messages`: when all are final, one failed, or the time is up.

        `going_on` is called several times a second; what it raises ends the waiting.
        """
        until = time.monotonic() + seconds
        while True:
            with self._changed:
                found = {m: r for m in messages if (r := self._find(m)) is not None}
                fates = [receipt.fate for receipt in found.values()]
                complete = len(found) == len(messages) and all(fate.final for fate in fates)
                left = until - time.monotonic()
                if complete or Fate.FAILED in fates or left <= 0:
                    return found
                self._changed.wait(min(left, _POLL))
            going_on()
