"""A mail as the rest of the gateway sees it: plain values, read by `gateway.mail.parse`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gateway.mail.headers import Address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail.

    `name` is safe as a file name and unique in its mail; `media_type` is what the bytes are, not
    what the sender called them. `inline`: it is a picture of the text, no file that was sent.
    """

    name: str
    media_type: str
    data: bytes = field(repr=False)
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A mail.

    `senders` are the addresses of all From fields: more than one is a forgery or a curiosity.
    `text` is its plain text, `html` its HTML; either may be ''. `enclosed` are mails that came as
    attachments. `left_out` says in plain English what was too much. `fields` are the header
    fields (name in lower case, value on one line, not decoded), in their order.
    """

    senders: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    date: datetime | None = None
    message_id: str = ""
    references: tuple[str, ...] = ()
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    attachments: tuple[Attachment, ...] = ()
    enclosed: tuple[Message, ...] = ()
    encrypted: bool = False
    media_type: str = "text/plain"
    left_out: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def sender(self) -> Address | None:
        """The first address of the first From field."""
        return self.senders[0] if self.senders else None

    def all(self, name: str) -> tuple[str, ...]:
        """The values of all fields called `name`."""
        name = name.lower()
        return tuple(value for called, value in self.fields if called == name)

    def first(self, name: str) -> str:
        """The value of the first field called `name`, or ''."""
        return next(iter(self.all(name)), "")
