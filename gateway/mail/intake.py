"""What is decided about a mail that has arrived: read it, or refuse it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.errors import RefusedError, UnavailableError
from gateway.mail import dkim_check, guard, spf
from gateway.mail.dkim_check import Lookup
from gateway.mail.envelope import Envelope
from gateway.mail.headers import Address
from gateway.mail.message import Message
from gateway.mail.parse import parse
from gateway.mail.resolving import ask_dns
from gateway.mail.settings import DoorSettings, MailSettings
from gateway.mail.spf import Resolve


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that a person who may send it has sent, read."""

    envelope: Envelope
    message: Message
    sender: Address


def judge(
    envelope: Envelope,
    settings: MailSettings,
    *,
    lookup: Lookup = dkim_check.ask_dns,
    resolve: Resolve = ask_dns,
) -> Arrived:
    """Read and check a mail. Blocking: it may ask the DNS for keys (`lookup`) and SPF (`resolve`).

    Raises:
        RefusedError: it is damaged, in a loop, sent automatically, or its sender may not send it.
        UnavailableError: its sender can't be confirmed just now.
    """
    message = parse(envelope.data, settings.parse)
    guard.check_loop(message, settings.door, settings.address)
    reason = guard.automatic(message, envelope.sender)
    if reason:
        raise RefusedError(f"the mail is not converted: {reason}")
    door = settings.door

    def confirmed_by() -> Iterator[str]:
        return _certain(
            lambda: dkim_check.signers(
                envelope.data, lookup=lookup, seconds=door.dns_seconds, most=door.signatures
            ),
            lambda: _allowed_by(envelope, door, resolve),
        )

    sender = guard.check_sender(
        message, door, trusted=guard.is_trusted(envelope.peer, door), confirmed_by=confirmed_by
    )
    return Arrived(envelope, message, sender)


def _certain(*ways: Callable[[], tuple[str, ...]]) -> Iterator[str]:
    """The domains that any of the ways confirms; one that can't be gone now is told at the end."""
    postponed: UnavailableError | None = None
    for way in ways:
        try:
            yield from way()
        except UnavailableError as error:
            postponed = error
    if postponed is not None:
        raise postponed


def _allowed_by(envelope: Envelope, door: DoorSettings, resolve: Resolve) -> tuple[str, ...]:
    """The domain of the return path, if it lets the system send that the mail came from (SPF)."""
    domain = (envelope.sender or "").rpartition("@")[2].lower()
    if not (door.spf and domain and _is_far(envelope.peer)):
        return ()
    try:
        said = spf.check(envelope.peer, envelope.sender or "", resolve)
    except OSError as error:
        raise UnavailableError(
            "it can't be found out who may send mail for the sender's domain (DNS); try later"
        ) from error
    return (domain,) if said is spf.Result.PASS else ()


def _is_far(peer: str) -> bool:
    """Nobody's SPF record speaks of this machine itself."""
    try:
        return not ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
