"""What the address of a mail asks for. Pure.

`voice@`, `text@`, `fax+4930123456@`, `sms+4917012345@`, `call+4930123456@` the gateway's domain;
also the form of RFC 3191 and RFC 3192, `FAX=+49-30-123456@`. To `voice`, `text` and `call` may be
added in which language, and that attachments are to be read, too: `voice+de+attachments@`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.errors import GatewayError, RefusedError
from gateway.numbers import e164

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,4})?")
_ATTACHMENTS: Final = "attachments"


class Service(StrEnum):
    """What becomes of a mail: a voice or a text by return mail, a fax, an SMS, a telephone call."""

    VOICE = "voice"
    TEXT = "text"
    FAX = "fax"
    SMS = "sms"
    CALL = "call"


NUMBERED: Final = frozenset({Service.FAX, Service.SMS, Service.CALL})
"""Services that need a telephone number."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A service; `number` is E.164 or ''."""

    service: Service
    number: str = ""
    language: str | None = None
    attachments: bool = False


def wanted(recipient: str) -> Wanted:
    """What a mail to `recipient` asks for.

    Raises:
        RefusedError: there is no such service, or its number is missing or none.
    """
    local = recipient.rpartition("@")[0].lower()
    name, mark, rest = _split(local)
    try:
        service = Service(name)
    except ValueError:
        known = ", ".join(f"{one}@" for one in Service)
        raise RefusedError(f"mail to this address is not converted; {known} is") from None
    options = [option for option in re.split(r"[+/]", rest) if option]
    number = ""
    if service in NUMBERED:
        if not options:
            raise RefusedError(f"the number is missing: write {service}+15550100123@ and so on")
        number = e164(f"+{options.pop(0)}")
    if mark == "=":  # RFC 3191: what follows the number qualifies it for other systems
        options = []
    return Wanted(service, number, _language(options), _ATTACHMENTS in options)


def _split(local: str) -> tuple[str, str, str]:
    found = re.match(r"([^+=]*)([+=]?)(.*)", local, re.DOTALL)
    return (found[1], found[2], found[3]) if found else (local, "", "")


def _language(options: list[str]) -> str | None:
    names = [option for option in options if option != _ATTACHMENTS]
    for name in names:
        if not _LANGUAGE.fullmatch(name):
            raise RefusedError(f"{name[:20]!r} is neither a language nor {_ATTACHMENTS!r}")
    return names[0] if names else None


def not_wanted(recipient: str) -> str:
    """Why nothing is done for mail to `recipient`; '' if something is."""
    try:
        wanted(recipient)
    except GatewayError as error:
        return str(error)
    return ""
