"""What goes through the pipe between the gateway and its fax process.

A message is one byte that says what it is, its length in four bytes (big-endian), and its body:

    T  task, JSON: the first one                       to the process
    A  audio heard: two bytes (samples wanted), PCM    to the process
    M  audio missed: four bytes (samples)              to the process
    H  hang up                                         to the process
    P  a page has crossed the line, JSON               from the process
    R  result, JSON: the session is over               from the process
    E  the session can't begin, the reason in words    from the process
    A  audio to send, PCM: ends the answer             from the process

Every A and H is answered by any number of P, at most one R, and then one A.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

LONGEST: Final = 256 * 1024
"""Bytes of a body: 16 s of audio."""

TASK, AUDIO, MISSED, HANG_UP, PAGE, RESULT, REFUSED = (b"T", b"A", b"M", b"H", b"P", b"R", b"E")
_KINDS: Final = frozenset((TASK, AUDIO, MISSED, HANG_UP, PAGE, RESULT, REFUSED))
_HEAD: Final = struct.Struct(">cI")
_WANTED: Final = struct.Struct(">H")
_COUNT: Final = struct.Struct(">I")


class BadMessageError(ValueError):
    """What came through the pipe is no message."""


class PipeClosedError(EOFError):
    """The other end of the pipe is gone."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    kind: bytes
    body: bytes = b""

    def encode(self) -> bytes:
        """Its bytes in the pipe."""
        return _HEAD.pack(self.kind, len(self.body)) + self.body

    def json(self) -> dict[str, Any]:
        """The JSON object in it. Raises BadMessageError."""
        try:
            data = json.loads(self.body)
        except ValueError as error:
            raise BadMessageError("a message that should be JSON is not") from error
        if not isinstance(data, dict):
            raise BadMessageError("a message that should be a JSON object is not")
        return data

    def heard(self) -> tuple[int, bytes]:
        """How many samples are wanted for the PCM that was heard. Raises BadMessageError."""
        pcm = self.body[_WANTED.size :]
        if len(self.body) < _WANTED.size or len(pcm) % 2:
            raise BadMessageError("audio that ends in half a sample")
        return _WANTED.unpack_from(self.body)[0], pcm

    def missed(self) -> int:
        """How many samples were missed. Raises BadMessageError."""
        if len(self.body) != _COUNT.size:
            raise BadMessageError("a number of samples has four bytes")
        return int(_COUNT.unpack(self.body)[0])


def of_json(kind: bytes, data: Mapping[str, Any]) -> Message:
    """A message with a JSON object."""
    return Message(kind, json.dumps(data).encode())


def of_heard(pcm: bytes, wanted: int) -> Message:
    """Audio that was heard, and how many samples to answer."""
    return Message(AUDIO, _WANTED.pack(wanted) + pcm)


def of_missed(samples: int) -> Message:
    """Audio that was missed."""
    return Message(MISSED, _COUNT.pack(samples))


def read(read_exactly: Callable[[int], bytes]) -> Message:
    """The next message; `read_exactly` gives so many bytes, or fewer at the end.

    Raises:
        PipeClosedError: there is none.
        BadMessageError: it is none.
    """
    head = read_exactly(_HEAD.size)
    if len(head) < _HEAD.size:
        raise PipeClosedError("the pipe is closed")
    kind, length = _HEAD.unpack(head)
    if kind not in _KINDS or length > LONGEST:
        raise BadMessageError(f"no message begins with {head!r}")
    body = read_exactly(length)
    if len(body) < length:
        raise PipeClosedError("the pipe was closed within a message")
    return Message(kind, body)
