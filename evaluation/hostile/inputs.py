"""What a hostile input is, and what is due when it comes in. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Door(StrEnum):
    """Where an input comes in.

    FILE  a file for the planner and its transforms, as by `voicebot convert` and REST
    MAIL  a mail: by SMTP first, then, as a file, through the transforms
    TALK  bytes on the connection of the SMTP door, commands and all
    LINE  bytes of a message centre on a bound SMPP line
    CALL  audio of a fax call, mu-law
    """

    FILE = "file"
    MAIL = "mail"
    TALK = "talk"
    LINE = "line"
    CALL = "call"


class Due(StrEnum):
    """What has to come of an input: a result, a clear error, or either of them."""

    MADE = "made"
    REFUSED = "refused"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Bait:
    """What a hostile input would like to reach: an address that counts who asks, and a file with a
    `secret` that must come out nowhere."""

    url: str
    file: Path
    secret: str


Make = Callable[[Bait], bytes]


@dataclass(frozen=True, slots=True)
class Input:
    """One hostile input.

    `name` is unique. `filename` and `media_type` are the sender's words. If it is refused, one of
    the errors matches `says`. `wishes` go with the conversion. By mail, the door's answer matches
    `reply`; `sender` is the return path; with `strict`, it goes to the door that trusts nobody.
    On a connection (`TALK`), at most `mails` mails may be accepted. `quick`: in the small sample.
    """

    name: str
    group: str
    make: Make = field(repr=False)
    door: Door = Door.FILE
    due: Due = Due.EITHER
    says: str = ""
    filename: str = ""
    media_type: str = ""
    wishes: Mapping[str, str] = field(default_factory=dict)
    reply: str = r"(250|5\d\d) "
    sender: str = "mallory@example.org"
    strict: bool = False
    mails: int = 0
    quick: bool = False


def fixed(data: bytes) -> Make:
    """Makes the same bytes whatever the bait is."""
    return lambda _: data


def chance(name: str) -> random.Random:
    """The random numbers of one input: the same in every run, whatever else is made."""
    return random.Random(f"hostile {name}")  # noqa: S311 - the same bytes in every run
