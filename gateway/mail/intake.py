"""What is decided about a mail that has arrived: read it, or refuse it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.errors import RefusedError
from gateway.mail import dkim_check, guard
from gateway.mail.dkim_check import Lookup
from gateway.mail.envelope import Envelope
from gateway.mail.headers import Address
from gateway.mail.message import Message
from gateway.mail.parse import parse
from gateway.mail.settings import MailSettings


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that a person who may send it has sent, read."""

    envelope: Envelope
    message: Message
    sender: Address


def judge(
    envelope: Envelope, settings: MailSettings, *, lookup: Lookup = dkim_check.ask_dns
) -> Arrived:
    """Read and check a mail. Blocking: it may ask the DNS for keys of signatures.

    Raises:
        RefusedError: it is damaged, in a loop, sent automatically, or its sender may not send it.
        UnavailableError: the sender's signature can't be checked just now.
    """
    message = parse(envelope.data, settings.parse)
    guard.check_loop(message, settings.door, settings.address)
    reason = guard.automatic(message, envelope.sender)
    if reason:
        raise RefusedError(f"the mail is not converted: {reason}")
    door = settings.door

    def signed_by() -> tuple[str, ...]:
        return dkim_check.signers(
            envelope.data, lookup=lookup, seconds=door.dns_seconds, most=door.signatures
        )

    sender = guard.check_sender(
        message, door, trusted=guard.is_trusted(envelope.peer, door), signed_by=signed_by
    )
    return Arrived(envelope, message, sender)
