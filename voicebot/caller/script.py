"""What the caller does in a call, item after item, as written on the command line.

    FILE              say what is in an audio file, of any format
    say:TEXT          say TEXT with a synthetic voice
    keys:4821         press these keys
    silence:3         say nothing for 3 seconds when it is the caller's turn
    wait:2            go on 2 seconds after the item before, whatever the bot does
    barge:FILE@1.5    speak 1.5 seconds after the bot begins to; also barge:say:TEXT@1.5

An item begins when the bot has finished, unless it says otherwise. A file whose name looks like an
item is written with its folder: `./say:hello.wav`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KEYS = frozenset("0123456789*#ABCD")
MAX_ITEMS = 100
MAX_KEYS = 64
MAX_TEXT = 1000
"""Characters of a text to say."""
MAX_SECONDS = 600.0
DEFAULT_BARGE = 1.0
"""Seconds into the bot's speech, where a barge item does not say."""


class BadItem(ValueError):
    """An item of the script can't be understood; the message says how it is written."""


@dataclass(frozen=True, slots=True)
class Play:
    """Say what is in the audio file `path`."""

    path: Path

    @property
    def label(self) -> str:
        """How the item is shown in a report."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Speak:
    """Say `text` with a synthetic voice."""

    text: str

    @property
    def label(self) -> str:
        """How the item is shown in a report."""
        return self.text


@dataclass(frozen=True, slots=True)
class Keys:
    """Press `digits`, one after another."""

    digits: str

    @property
    def label(self) -> str:
        """How the item is shown in a report."""
        return f"[keys {self.digits}]"


@dataclass(frozen=True, slots=True)
class Silence:
    """Take the turn and say nothing for `seconds`."""

    seconds: float

    @property
    def label(self) -> str:
        """How the item is shown in a report."""
        return f"[silence {self.seconds:g} s]"


@dataclass(frozen=True, slots=True)
class Wait:
    """Let `seconds` pass after the item before; the next item starts then, bot or no bot."""

    seconds: float

    @property
    def label(self) -> str:
        """How the item is shown in a report."""
        return f"[wait {self.seconds:g} s]"


@dataclass(frozen=True, slots=True)
class Barge:
    """Begin `said` when the bot has been speaking for `after` seconds."""

    said: Play | Speak
    after: float

    @property
    def label(self) -> str:
        """How the item is shown in a report."""
        return self.said.label


Item = Play | Speak | Keys | Silence | Wait | Barge


def parse_script(arguments: Sequence[str]) -> tuple[Item, ...]:
    """The items in `arguments`. Raises BadItem."""
    if not arguments:
        raise BadItem("nothing to say: give an audio file, or say:TEXT, keys:1234, silence:3")
    if len(arguments) > MAX_ITEMS:
        raise BadItem(f"{len(arguments)} items, at most {MAX_ITEMS}")
    return tuple(parse_item(argument) for argument in arguments)


def parse_item(argument: str) -> Item:
    """The item in `argument`; what has no known word before a colon is a file. Raises BadItem."""
    word, colon, rest = argument.partition(":")
    if colon:
        match word:
            case "say":
                return _speak(rest)
            case "keys":
                return _keys(rest)
            case "silence":
                return Silence(_seconds(rest, argument))
            case "wait":
                return Wait(_seconds(rest, argument))
            case "barge":
                return _barge(rest, argument)
    return _play(argument)


def _play(name: str) -> Play:
    if not name or "\0" in name:
        raise BadItem("an audio file without a name; write the path of a file")
    return Play(Path(name))


def _speak(text: str) -> Speak:
    text = text.strip()
    if not text or len(text) > MAX_TEXT:
        raise BadItem(f"say: wants 1 to {MAX_TEXT} characters of text, like say:Good morning")
    return Speak(text)


def _keys(digits: str) -> Keys:
    digits = digits.strip().upper()
    if not 0 < len(digits) <= MAX_KEYS or not KEYS.issuperset(digits):
        raise BadItem(f"keys: wants 1 to {MAX_KEYS} of 0-9 * # A-D, like keys:4821#")
    return Keys(digits)


def _barge(rest: str, argument: str) -> Barge:
    name, at, after = rest.rpartition("@")
    if not at:
        name, after = rest, str(DEFAULT_BARGE)
    seconds = _seconds(after, argument)
    word, colon, text = name.partition(":")
    return Barge(_speak(text) if word == "say" and colon else _play(name), seconds)


def _seconds(written: str, argument: str) -> float:
    try:
        seconds = float(written)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= MAX_SECONDS:
        raise BadItem(f"{argument!r}: seconds are more than 0 and at most {MAX_SECONDS:g}")
    return seconds
