"""Delivery reports by mail: multipart/report with message/delivery-status (RFC 3462, RFC 3464)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import Final

from gateway.mail.charsets import one_line, tidy
from gateway.mail.compose import Letter, begun, wire

_MOST_HEADER: Final = 16_384  # bytes of the original's header that are sent back


class Action(StrEnum):
    """What has become of a message (RFC 3464, 2.3.3)."""

    DELIVERED = "delivered"
    RELAYED = "relayed"
    DELAYED = "delayed"
    FAILED = "failed"


_DEFAULT_STATUS: Final = {
    Action.DELIVERED: "2.0.0",
    Action.RELAYED: "2.0.0",
    Action.DELAYED: "4.0.0",
    Action.FAILED: "5.0.0",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has become of a message for one recipient.

    `recipient` is an address with its type: `rfc822;a@b`, `fax;+4930123`, `sms;+49170`. `status` is
    a code of RFC 3463, '' for the usual one; `reason` says in plain English what happened.
    """

    action: Action
    recipient: str
    reason: str
    when: datetime
    status: str = ""


def report(letter: Letter, outcome: Outcome, original_header: bytes = b"") -> bytes:
    """A delivery report in its wire form; its return path must be empty.

    `original_header` is the header of the mail that it is about.
    """
    mail = begun(letter)
    mail["Content-Type"] = "multipart/report; report-type=delivery-status"
    mail["MIME-Version"] = "1.0"
    text = EmailMessage(policy=SMTP)
    text.set_content(tidy(letter.text).rstrip("\n") + "\n", cte="quoted-printable")
    mail.attach(text)
    mail.attach(_status(letter, outcome))
    if original_header:
        header = original_header.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0][:_MOST_HEADER]
        returned = EmailMessage(policy=SMTP)
        shown = header.decode("ascii", "replace").replace("�", "?")
        returned.set_content(shown + "\n", subtype="rfc822-headers", cte="quoted-printable")
        mail.attach(returned)
    return wire(mail, letter.key)


def _status(letter: Letter, outcome: Outcome) -> EmailMessage:
    """message/delivery-status: groups of fields, the first about the message, then one each."""
    about = EmailMessage(policy=SMTP)
    about["Reporting-MTA"] = f"dns; {letter.hostname}"
    about["Arrival-Date"] = format_datetime(letter.when)
    each = EmailMessage(policy=SMTP)
    each["Final-Recipient"] = one_line(outcome.recipient, 300).replace(";", "; ", 1)
    each["Action"] = str(outcome.action)
    each["Status"] = outcome.status or _DEFAULT_STATUS[outcome.action]
    each["Diagnostic-Code"] = f"x-gateway; {one_line(outcome.reason, 500)}"
    each["Last-Attempt-Date"] = format_datetime(outcome.when)
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = "message/delivery-status"
    part["MIME-Version"] = "1.0"
    part.set_payload([about, each])
    return part
