"""Tells whoever sent a job by mail how it ended: a delivery report (RFC 3464) by mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from gateway.content import Kind
from gateway.jobs.job import Job, Order, State
from gateway.mail.charsets import one_line
from gateway.mail.compose import Letter, party
from gateway.mail.headers import Address
from gateway.mail.report import Action, Outcome, report
from gateway.mail.send import send
from gateway.mail.settings import MailSettings

NAME: Final = "mail"
"""What orders call this reporter."""

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
_MOST_HEADER: Final = 16_384  # bytes


class MailReporter:
    """A `gateway.jobs.workflow.Reporter`."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    def __call__(self, order: Order, job: Job, key: str, /) -> None:
        """Send a report; none about a mail that was sent: it speaks for itself.

        Raises:
            RefusedError, UnavailableError, UncertainError: it can't be sent.
        """
        if job.state is State.DONE and order.target is Kind.EMAIL:
            return
        to = party(str(order.sender["address"]))
        data = report(self._letter(order, job, key, to), _outcome(order, job), _header(order))
        submission, hostname = self._settings.submission, self._settings.hostname
        send(data, "", to.address, submission, hostname=hostname)

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
