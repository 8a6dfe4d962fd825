"""Delivery receipts: what became of messages after the network had taken them."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_KEPT: Final = 10_000
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


class Receipts:
    """The receipts that came lately; `on_receipt` is told of each. For several threads."""

    def __init__(self, on_receipt: Callable[[Receipt], None] = lambda _: None) -> None:
        self._on_receipt = on_receipt
        self._known: dict[str, Receipt] = {}
        self._changed = threading.Condition()

    def add(self, receipt: Receipt) -> None:
        """A receipt has come. A final one is not replaced: networks tell things out of order."""
        with self._changed:
            former = self._known.get(receipt.id)
            if former is not None and former.fate.final:
                return
            self._known[receipt.id] = receipt
            if len(self._known) > MOST_KEPT:
                del self._known[next(iter(self._known))]
            self._changed.notify_all()
        self._on_receipt(receipt)

    def of(self, message: str) -> Receipt | None:
        """The last word on a message."""
        with self._changed:
            return self._known.get(message)

    def wait(
        self, messages: Collection[str], seconds: float, going_on: Callable[[], None]
    ) -> dict[str, Receipt]:
        """The receipts of `messages`: when all are final, one failed, or the time is up.

        `going_on` is called several times a second; what it raises ends the waiting.
        """
        until = time.monotonic() + seconds
        while True:
            with self._changed:
                found = {m: r for m in messages if (r := self._known.get(m)) is not None}
                fates = [receipt.fate for receipt in found.values()]
                complete = len(found) == len(messages) and all(fate.final for fate in fates)
                left = until - time.monotonic()
                if complete or Fate.FAILED in fates or left <= 0:
                    return found
                self._changed.wait(min(left, _POLL))
            going_on()
