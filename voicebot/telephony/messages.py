"""Reading JSON messages from a peer that is not trusted: strict, bounded, with precise refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from voicebot.conversation.events import Digit
from voicebot.telephony.base import MessageIgnored, ProtocolViolation

Fields = Mapping[str, Any]

KEYS = frozenset("0123456789*#ABCD")
"""The keys of a telephone (ITU-T Q.23)."""

LONGEST_NAME = 256
"""Characters of a mark's name, a stream's id and the like."""


def json_object(message: str, limit: int) -> Fields:
    """The JSON object in `message`, which may have `limit` characters.

    Raises ProtocolViolation when it is too big (1009), not JSON, nested too deep (1007), or JSON
    that is not an object (1003).
    """
    if len(message) > limit:
        raise ProtocolViolation(f"message of {len(message)} characters, at most {limit}", 1009)
    try:
        fields = json.loads(message)
    except RecursionError as error:
        raise ProtocolViolation("JSON is nested too deep", 1007) from error
    except ValueError as error:
        raise ProtocolViolation("message is not JSON", 1007) from error
    if not isinstance(fields, dict):
        raise ProtocolViolation("JSON message is not an object", 1003)
    return fields


def section(fields: Fields, name: str) -> Fields:
    """The object `name` within `fields`."""
    value = fields.get(name)
    if not isinstance(value, dict):
        raise ProtocolViolation(f"'{name}' is missing or not an object")
    return value


def text(fields: Fields, name: str, limit: int = LONGEST_NAME) -> str:
    """The string `name` within `fields`: 1 to `limit` characters that a file or page can hold."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise ProtocolViolation(f"'{name}' is missing or not a string")
    return checked(value, name, limit)


def checked(value: str, name: str, limit: int = LONGEST_NAME) -> str:
    """`value` again, if it is short enough and holds neither control characters nor half ones."""
    if len(value) > limit:
        raise ProtocolViolation(f"'{name}' has {len(value)} characters, at most {limit}", 1009)
    if not value.isprintable():  # lone surrogates are not printable either
        raise ProtocolViolation(f"'{name}' holds unprintable characters", 1007)
    return value


def shown(value: object) -> str:
    """`value` from a peer, fit for one line of a log: its first characters, escaped."""
    return ascii(value[:40] if isinstance(value, str) else type(value).__name__)


def key_pressed(fields: Fields) -> Digit | MessageIgnored:
    """The key in field `digit`; one that no telephone has is ignored, not an offence."""
    key = text(fields, "digit").upper()
    return Digit(key) if key in KEYS else MessageIgnored(f"unknown key {shown(key)}")
