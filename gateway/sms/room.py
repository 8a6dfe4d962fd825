"""Short messages that have come in become jobs: passed on by mail, or kept as texts.

For the line to the message centre and for the provider's callbacks. Blocking; accepted means:
written down durably, once, however often the network hands the message in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import structlog

from gateway.content import Kind
from gateway.jobs.intake import Intake, Request
from gateway.numbers import masked
from gateway.planner import Goal, Plan, find
from gateway.sms.messages import MOST_BYTES, ShortMessage, as_content
from gateway.sms.settings import InboundSettings
from gateway.transform import Transform, Wishes

OWNER: Final = "sms"

log = structlog.get_logger(__name__)


class MessageRoom:
    """Takes short messages in; `take` is an `Inbound`."""

    def __init__(
        self, intake: Intake, settings: InboundSettings, transforms: Iterable[Transform]
    ) -> None:
        """Raises MissingPartError: they are to be passed on by mail, but no mail can be sent."""
        self._intake = intake
        self._settings = settings
        known = tuple(transforms)
        self._kept = find(known, Kind.SMS, Goal(Kind.TEXT))
        self._mailed: Plan | None = None
        if settings.mail_to or any(settings.by_number.values()):
            self._mailed = find(known, Kind.SMS, Goal(Kind.EMAIL, delivered=True))

    def take(self, message: ShortMessage, key: str) -> None:
        """Make a job of a message; the same `key` gives the same job.

        Raises:
            UnavailableError: not now; the disk is full, or too much is waiting.
        """
        to = self.address_for(message.to)
        plan = self._mailed if to and self._mailed else self._kept
        request = Request(
            plan=plan,
            wishes=Wishes(recipient=to or None, subject=f"SMS from {message.sender}"[:100]),
            name="message.sms.json",
            key=key,
            owner=OWNER,
        )
        with self._intake.stage(MOST_BYTES) as folder:
            content = as_content(message, folder / "source")
            job = self._intake.accept(folder, content, request)
        log.info("short message taken", job=job, sender=masked(message.sender))

    def address_for(self, number: str) -> str:
        """The mail address that messages to a number of ours go to, '' if they are kept."""
        bare = number.removeprefix("+")
        for ours, address in self._settings.by_number.items():
            if ours.removeprefix("+") == bare:
                return address
        return self._settings.mail_to
