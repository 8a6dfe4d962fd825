"""Tells whoever sent a job by mail how it ended: a delivery report (RFC 3464) by mail.

Before, a mail that its listener has deleted on the telephone is deleted in the mailbox.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from gateway.content import Kind
from gateway.errors import GatewayError
from gateway.jobs.job import Job, Order, State
from gateway.mail.charsets import one_line
from gateway.mail.compose import Letter, party
from gateway.mail.headers import Address
from gateway.mail.report import Action, Outcome, report
from gateway.mail.send import send
from gateway.mail.settings import MailSettings

NAME: Final = "mail"
"""What orders call this reporter."""

Delete = Callable[[str, str], bool]
"""Deletes a mail, as `gateway.mail.deleting.Deleting`."""

_log = structlog.get_logger("gateway.mail")

_TYPES: Final[Mapping[Kind, str]] = {
    Kind.FAX: "fax",
    Kind.SMS: "sms",
    Kind.TEXT: "tel",
    Kind.EMAIL: "rfc822",
    Kind.VOICE: "tel",
}
_NAMES: Final[Mapping[Kind, str]] = {
    Kind.FAX: "fax",
    Kind.SMS: "short message",
    Kind.TEXT: "telephone call",
    Kind.EMAIL: "mail",
    Kind.VOICE: "recording",
}
_PATIENCE: Final = 3600.0  # seconds for which a mailbox may be out of reach
_MOST_HEADER: Final = 16_384  # bytes


class MailReporter:
    """A `gateway.jobs.workflow.Reporter`."""

    def __init__(
        self, settings: MailSettings, delete: Delete, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._settings = settings
        self._delete = delete
        self._clock = clock

    def __call__(self, order: Order, job: Job, key: str, /) -> None:
        """Send a report; none about a mail that was sent: it speaks for itself.

        Raises:
            RefusedError, UnavailableError, UncertainError: it can't be sent.
        """
        if job.state is State.DONE and order.target is Kind.EMAIL:
            return
        self._tidy(order, job)
        to = party(str(order.sender["address"]))
        data = report(self._letter(order, job, key, to), _outcome(order, job), _header(order))
        submission, hostname = self._settings.submission, self._settings.hostname
        send(data, "", to.address, submission, hostname=hostname)

    def _tidy(self, order: Order, job: Job) -> None:
        """Delete what was to be deleted. It is no business of the sender's: only the log tells.

        Raises:
            UnavailableError: not now; after an hour the report goes out all the same.
        """
        key = str(order.sender.get("mailbox") or "")
        if not key or not (job.result or {}).get("details", {}).get("deleted"):
            return
        try:
            found = self._delete(key, str(order.sender.get("message_id") or ""))
        except GatewayError as error:
            if error.retry and self._clock() - job.changed < _PATIENCE:
                raise
            _log.error("mail_not_deleted", mail=key, reason=str(error))
            return
        _log.info("mail_deleted" if found else "mail_to_delete_is_gone", mail=key)

    def _letter(self, order: Order, job: Job, key: str, to: Address) -> Letter:
        subject = one_line(str(order.sender.get("subject", "")), 150)
        what = "Delivered" if job.state is State.DONE else "Not delivered"
        return Letter(
            key=key,
            sender=Address(self._settings.address, self._settings.name),
            recipient=to,
            subject=f"{what}: {subject}" if subject else what,
            text=_text(order, job, subject),
            when=datetime.fromtimestamp(job.changed, UTC),
            hostname=self._settings.hostname,
            answers=str(order.sender.get("message_id", "")),
            automatic="auto-replied",
        )


def _outcome(order: Order, job: Job) -> Outcome:
    recipient = order.wishes.recipient or str(order.sender["address"])
    done = job.state is State.DONE
    return Outcome(
        Action.DELIVERED if done else Action.FAILED,
        f"{_TYPES[order.target]};{recipient}",
        _reason(job),
        datetime.fromtimestamp(job.changed, UTC),
    )


def _text(order: Order, job: Job, subject: str) -> str:
    mail = f'Your mail "{subject}"' if subject else "Your mail"
    what, number = _NAMES[order.target], order.wishes.recipient or ""
    if job.state is State.DONE:
        return f"{mail} was delivered as a {what} to {number}.{_pages(job.result)}"
    if job.state is State.UNCERTAIN:
        return (
            f"{mail} may or may not have been delivered as a {what} to {number}; it is not tried"
            f" again.\n\nReason: {_reason(job)}"
        )
    if order.target is Kind.EMAIL:  # what was wanted comes back by mail
        return f"{mail} could not be converted.\n\nReason: {_reason(job)}"
    return f"{mail} was not delivered as a {what} to {number}.\n\nReason: {_reason(job)}"


def _reason(job: Job) -> str:
    if job.state is State.DONE:
        return "delivered"
    if job.state is State.CANCELLED:
        return "it was called off"
    return job.reason or "unknown"


def _pages(result: Mapping[str, Any] | None) -> str:
    pages = (result or {}).get("details", {}).get("pages")
    return f" Pages: {pages}." if isinstance(pages, int) else ""


def _header(order: Order) -> bytes:
    """The header of the mail that it is about, if the job began with one and it is still there."""
    if order.source.kind is not Kind.EMAIL or not order.source.path.is_file():
        return b""
    with order.source.path.open("rb") as file:
        return file.read(_MOST_HEADER)
