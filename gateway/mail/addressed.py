"""For whom a mail in a mailbox is meant: one mailbox takes the mail of all the gateway's addresses.

By SMTP the envelope says it; here only fields of the mail do. Pure.
"""

from __future__ import annotations

from typing import Final

from gateway.mail.addressing import Service, not_wanted
from gateway.mail.guard import refuse_recipient
from gateway.mail.headers import addresses
from gateway.mail.message import Message
from gateway.mail.settings import MailSettings

_DELIVERED: Final = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
"""Fields in which systems that deliver write down the recipient of the envelope."""
_WRITTEN: Final = ("to", "cc")


def meant_for(message: Message, settings: MailSettings) -> tuple[str, ...]:
    """The addresses of ours that ask for something and that a mail was sent to.

    What the delivering system wrote down counts more than whom the sender has written to: a mail
    to two of our addresses is delivered twice. Where nothing is said, it is for
    `mailbox.recipient`, or to be read out.
    """
    for names in (_DELIVERED, _WRITTEN):
        if found := _ours(message, names, settings):
            return found
    domain = settings.address.rpartition("@")[2]
    return (settings.mailbox.recipient or f"{Service.VOICE}@{domain}",)


def _ours(message: Message, names: tuple[str, ...], settings: MailSettings) -> tuple[str, ...]:
    named = (
        one.address for name in names for field in message.all(name) for one in addresses(field)
    )
    ours = (
        one for one in named if refuse_recipient(one, settings.door) is None and not not_wanted(one)
    )
    return tuple(dict.fromkeys(ours))[: settings.server.recipients]
