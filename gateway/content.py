"""What travels through the gateway: a text, a voice, an e-mail, fax pages or an SMS, as a file.

A `Content` names a file and says what is in it. It is written to a job's database row between two
steps, so everything in it is plain data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Kind(StrEnum):
    """The media between which the gateway converts; each has one canonical file.

    TEXT   UTF-8 plain text (text/plain), or SSML (application/ssml+xml)
    VOICE  audio in any form that ffmpeg reads (audio/*, video/*)
    EMAIL  one message in its wire form, RFC 5322 (message/rfc822)
    FAX    pages: TIFF in fax resolution (image/tiff) or PDF (application/pdf)
    SMS    short messages of one text (application/json, see `gateway.sms`)
    """

    TEXT = "text"
    VOICE = "voice"
    EMAIL = "email"
    FAX = "fax"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Content:
    """A file and what is in it.

    `details` is what later steps want to know: `from`, `to`, `subject`, `date`, `language`,
    `pages`, `seconds`, `words` (the name of a file beside `path` with the words and their times).
    File names in it are relative to the folder of `path`.
    """

    kind: Kind
    path: Path
    media_type: str
    details: Mapping[str, Json] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain data, from which `from_json` makes the same content."""
        return {
            "kind": str(self.kind),
            "path": str(self.path),
            "media_type": self.media_type,
            "details": dict(self.details),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The content that `as_json` wrote down.

        Raises:
            KeyError, ValueError: it is none.
        """
        return cls(
            Kind(data["kind"]), Path(data["path"]), str(data["media_type"]), dict(data["details"])
        )
