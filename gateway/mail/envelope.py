"""A mail that has arrived, with what the transport said about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Envelope:
    """`sender` is the return path ('': a bounce, None: not known), `recipients` for whom it came.

    `peer` is the address it came from, `key` names the mail: handed in twice (because an answer
    got lost), it has the same key, so that it is accepted once.
    """

    data: bytes = field(repr=False)
    sender: str | None
    recipients: tuple[str, ...]
    peer: str = ""
    key: str = ""


def content_key(data: bytes, sender: str, recipients: tuple[str, ...]) -> str:
    """The key of a mail that came by SMTP: what a client sends again, byte by byte the same."""
    digest = hashlib.sha256()
    for piece in (sender, *sorted(recipients)):
        digest.update(piece.encode("utf-8", "surrogateescape") + b"\0")
    digest.update(data)
    return f"mail-{digest.hexdigest()[:40]}"
