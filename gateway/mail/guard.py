"""Whom mail is accepted for and from, and which mail gets no answer. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from gateway.errors import RefusedError
from gateway.mail.headers import Address, address
from gateway.mail.message import Message
from gateway.mail.settings import DoorSettings

LOOP_FIELD: Final = "X-Loop"
"""The field that everything the gateway sends carries; a mail with ours comes back to us."""

_ROBOT: Final = re.compile(
    r"(?i)^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?[+_-]?.*|.*-(?:request|bounces)"
    r"|owner-.*|listserv|majordomo|nobody)$"
)
_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_LIST_FIELDS: Final = ("list-id", "list-unsubscribe", "list-post", "list-help", "mailing-list")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the mail server: a code of RFC 5321, one of RFC 3463, and words."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.enhanced} {self.text}"


def matches(tested: str, patterns: Iterable[str]) -> bool:
    """Is an address one of `patterns` (address, with any +detail; @domain; * for all)?"""
    tested = tested.casefold()
    local, _, domain = tested.rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    for pattern in patterns:
        wanted = pattern.strip().casefold()
        if wanted == "*" or wanted in (tested, plain):
            return True
        if wanted.startswith("@") and wanted[1:] == domain:
            return True
    return False


def refuse_recipient(recipient: str, door: DoorSettings) -> Reply | None:
    """Why there is no such recipient here; None: there is. The gateway relays nothing."""
    found = address(recipient)
    if found is None or any(mark in found.address for mark in "%!"):  # old ways to relay
        return Reply(553, "5.1.3", "that is no mail address")
    if matches(found.address, door.recipients):
        return None
    ours = {pattern.rpartition("@")[2].casefold() for pattern in door.recipients}
    if found.domain in ours:
        return Reply(550, "5.1.1", "no such recipient here")
    return Reply(554, "5.7.1", "mail for other systems is not relayed")


def is_trusted(peer: str, door: DoorSettings) -> bool:
    """Does the mail come from a system that has checked its sender?"""
    try:
        tested = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return any(tested in ipaddress.ip_network(one, strict=False) for one in door.trusted_peers)


def check_sender(
    message: Message,
    door: DoorSettings,
    *,
    trusted: bool,
    confirmed_by: Callable[[], Iterable[str]],
) -> Address:
    """The address that has sent a mail, if it may use the gateway.

    `confirmed_by` names the domains that the mail is from for certain: by a valid DKIM signature of
    the whole message and its From field, or by SPF. It is only asked where it matters.

    Raises:
        RefusedError: it may not, or it is not certain that it is from there.
    """
    if len(message.senders) != 1 or len(message.all("from")) != 1:
        raise RefusedError("the mail must have one From address")
    sender = message.senders[0]
    if not matches(sender.address, door.senders):
        raise RefusedError(f"{sender.address} is not allowed to send to this gateway")
    if trusted or not door.dkim:
        return sender
    if not any(aligned(sender.domain, domain) for domain in confirmed_by()):
        raise RefusedError(
            f"{sender.domain} has not signed this mail (DKIM) and does not confirm the system that "
            "sends it (SPF), so its sender is not certain"
        )
    return sender


def aligned(sender: str, signer: str) -> bool:
    """Is the signing domain that of the sender, or above it (RFC 7489, 3.1.1, relaxed)?

    Without the list of public suffixes, a signer must have a dot; nobody signs as co.uk.
    """
    sender, signer = sender.casefold().rstrip("."), signer.casefold().rstrip(".")
    return sender == signer or ("." in signer and sender.endswith(f".{signer}"))


def check_loop(message: Message, door: DoorSettings, own_address: str) -> None:
    """Refuse what has come round in a circle.

    Raises:
        RefusedError: the gateway has sent it itself, or too many systems have passed it on.
    """
    if any(own_address.casefold() in mark.casefold() for mark in message.all(LOOP_FIELD)):
        raise RefusedError("the mail is one that this gateway has sent (a loop)")
    if len(message.all("received")) > door.hops:
        raise RefusedError(f"more than {door.hops} systems have passed the mail on (a loop)")


def automatic(message: Message, return_path: str | None = None) -> str:
    """Why a mail was not written by a person to us and gets no answer; '' if it was (RFC 3834).

    `return_path` is the sender in the envelope, None where that is not known.
    """
    submitted = message.first("auto-submitted").partition(";")[0].strip().casefold()
    if submitted and submitted != "no":
        return "it was sent automatically"
    if return_path == "" or message.first("return-path").strip() == "<>":
        return "it is a bounce"
    if message.media_type == "multipart/report":
        return "it is a report"
    precedence = message.first("precedence").strip().casefold()
    if precedence in _BULK or any(message.first(name) for name in _LIST_FIELDS):
        return "it came by a mailing list"
    if message.first("x-auto-response-suppress") or message.first("x-autoreply"):
        return "it was sent automatically"
    sender = return_path or (message.sender.address if message.sender else "")
    if not sender:
        return "it has no sender"
    if _ROBOT.match(sender.rpartition("@")[0]):
        return "its sender is a program"
    return ""
