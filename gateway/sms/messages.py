"""A short message as a file, and the conversions between it and a text.

The file is JSON: `to` and `from` (E.164, or a name; '' while unknown), `text`, `alphabet` (gsm7 or
ucs2), `reference` and `segments` (the text as it is sent, part by part), `shortened` (was it cut?).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from defusedxml.ElementTree import fromstring
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.content import Content, Json, Kind
from gateway.errors import RefusedError
from gateway.sms.alphabet import Alphabet, composed, typewritten
from gateway.sms.segments import MOST_PARTS, Segment, shortened, split
from gateway.sms.settings import SENDER, SmsSettings
from gateway.speech.ssml import MEDIA_TYPE as MARKED
from gateway.speech.ssml import read_ssml
from gateway.transform import Transform, Wishes, Work
from gateway.wholefiles import write_whole

MEDIA_TYPE: Final = "application/json"
MOST_BYTES: Final = 4 << 20
"""Bytes of a text or message that are looked at: far more than any SMS holds."""
MOST_CHARACTERS: Final = MOST_PARTS * 153
FILE: Final = "message.json"
_LONGEST_PARTY: Final = 40  # characters


class ShortMessage(BaseModel):
    """One text on its way by SMS."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    to: str = Field("", max_length=_LONGEST_PARTY)
    sender: str = Field("", max_length=_LONGEST_PARTY, alias="from")
    text: str = Field(max_length=MOST_CHARACTERS)
    alphabet: Alphabet
    reference: int = Field(0, ge=0, le=255)
    segments: tuple[str, ...] = Field(min_length=1, max_length=MOST_PARTS)
    shortened: bool = False

    def parts(self) -> list[Segment]:
        """The segments as they are sent.

        Raises:
            RefusedError: they are not those of the text.
        """
        found = split(self.text, self.reference)
        if tuple(part.text for part in found) != self.segments:
            raise RefusedError("the segments of the short message are not those of its text")
        return found


def short_message(
    text: str, key: str, *, to: str = "", sender: str = "", shortened: bool = False
) -> ShortMessage:
    """The message that holds `text`; from `key` follows its reference, the same every time.

    Raises:
        TooManySegments: the text is too long for the header to count.
    """
    parts = split(text, hashlib.sha256(key.encode()).digest()[0])
    return ShortMessage(
        to=to,
        sender=sender,
        text=text,
        alphabet=parts[0].alphabet,
        reference=parts[0].reference,
        segments=tuple(part.text for part in parts),
        shortened=shortened,
    )


def as_content(message: ShortMessage, folder: Path, **details: Json) -> Content:
    """Write `message` into `folder`: all of it, or nothing."""
    path = folder / FILE
    write_whole(path, message.model_dump_json(by_alias=True, indent=1).encode())
    known: dict[str, Json] = {"from": message.sender, "to": message.to}
    known |= {"segments": len(message.segments), "alphabet": str(message.alphabet)}
    if message.shortened:
        known["shortened"] = True
    return Content(
        Kind.SMS, path, MEDIA_TYPE, {**{k: v for k, v in known.items() if v != ""}, **details}
    )


def read_message(content: Content) -> ShortMessage:
    """The message in a file.

    Raises:
        RefusedError: there is none in it.
    """
    try:
        return ShortMessage.model_validate_json(read_bounded(content.path))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "it"
        raise RefusedError(
            f"this is no short message: {where}: {error.errors()[0]['msg']}"
        ) from error


def read_bounded(path: Path) -> bytes:
    """The bytes of a file that a short message could come from.

    Raises:
        RefusedError: there are too many.
    """
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise RefusedError(f"a text of more than {MOST_BYTES >> 20} MB is no short message")
    return data


def text_of(content: Content) -> str:
    """The characters of a text, of SSML without its marks.

    Raises:
        RefusedError: it is no text.
    """
    data = read_bounded(content.path)
    if content.media_type.partition(";")[0].strip() == MARKED:
        read_ssml(data)  # refuses what is none, and entities; what it makes of the text is for ears
        return " ".join("".join(fromstring(data, forbid_dtd=True).itertext()).split())
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError("the text is not UTF-8: convert it first") from error


def segment(content: Content, wishes: Wishes, work: Work, settings: SmsSettings) -> Content:
    """TEXT to SMS. What is too long is cut, and says so at its end."""
    text = composed(text_of(content)).strip()
    if settings.typewritten:
        text = typewritten(text)
    if not text:
        raise RefusedError("there is nothing in the text that could be sent by SMS")
    fitting = shortened(text, settings.most_segments)
    message = short_message(
        fitting,
        work.key,
        to=_recipient(wishes.recipient or ""),
        sender=_sender(wishes.sender or "", settings),
        shortened=fitting != text,
    )
    work.progress(1.0)
    return as_content(message, work.folder)


def _recipient(wished: str) -> str:
    """Whether it is a number that may be written to is asked when it is sent."""
    if len(wished) > _LONGEST_PARTY or not wished.isprintable():
        raise RefusedError(
            "the recipient is no telephone number; write it in the international form, like "
            "+15550100123"
        )
    return wished


def _sender(wished: str, settings: SmsSettings) -> str:
    """The wish, if phones can show it; a mail address, say, they can't."""
    return wished if SENDER.fullmatch(wished) else settings.sender


def join(content: Content, _: Wishes, work: Work) -> Content:
    """SMS to TEXT."""
    message = read_message(content)
    path = work.folder / "message.txt"
    write_whole(path, message.text.encode())
    details = {
        name: value
        for name, value in {**content.details, "from": message.sender, "to": message.to}.items()
        if name not in ("segments", "alphabet") and value != ""
    }
    work.progress(1.0)
    return Content(Kind.TEXT, path, "text/plain", details)


def conversions(settings: SmsSettings) -> list[Transform]:
    """The transforms that need no network: `segment` and `join`."""
    return [
        Transform(
            "segment",
            Kind.TEXT,
            Kind.SMS,
            cost=0.01,
            loss=0.1,
            run=lambda content, wishes, work: segment(content, wishes, work, settings),
        ),
        Transform("join", Kind.SMS, Kind.TEXT, cost=0.01, loss=0.0, run=join),
    ]
