"""What every telephone network's dialect offers: wire messages in, events out, and back.

A dialect is a sans-I/O codec: it never touches a socket or a clock. It turns the messages of one
stream into the wire events below, and audio, marks and clears into messages. The line inside the
agent is always 8 kHz, 16-bit linear PCM, little-endian, one channel; a dialect converts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from voicebot.conversation.commands import RecordTurn, ShowPartial
from voicebot.conversation.events import CallerHungUp, Digit, MarkEchoed

LINE_RATE = 8000
"""Samples per second of the line inside the agent."""


class ProtocolViolation(ValueError):
    """The peer broke the protocol; the stream is to be closed with `code` and this message.

    `code` is a websocket close code (RFC 6455, 7.4): 1002 protocol error, 1003 unsupported data,
    1007 invalid payload, 1008 policy violation, 1009 too big.
    """

    def __init__(self, reason: str, code: int = 1002) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """The stream says who it is. `parameters` are the network's custom parameters as sent."""

    stream_id: str
    call_id: str
    caller: str = ""
    callee: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AudioReceived:
    """A chunk of the caller's voice: 8 kHz 16-bit linear PCM, little-endian."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class MessageIgnored:
    """A message that is well-formed but not known here; kept for the log."""

    what: str


WireEvent = StreamStarted | AudioReceived | Digit | MarkEchoed | CallerHungUp | MessageIgnored
WireMessage = str | bytes


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a network can do natively; the rest is made up by the core.

    `marks`: echoes marks; `clear`: can drop what it has buffered; `clear_returns_marks`: echoes
    pending marks after a clear; `max_message`: largest acceptable wire message in bytes.
    """

    name: str
    marks: bool
    clear: bool
    clear_returns_marks: bool
    max_message: int = 64 * 1024


class Dialect(Protocol):
    """One stream of one network."""

    capabilities: Capabilities

    def receive(self, message: WireMessage) -> list[WireEvent]:
        """Decode one wire message. Raises ProtocolViolation when the stream must be closed."""

    def audio(self, pcm: bytes) -> list[WireMessage]:
        """Encode outgoing audio (line format, any whole number of samples)."""

    def mark(self, name: str) -> list[WireMessage]:
        """Ask to be told when everything sent so far was played; [] where marks are missing."""

    def clear(self) -> list[WireMessage]:
        """Drop what the network has buffered; [] where it can't."""

    def hang_up(self) -> list[WireMessage]:
        """Messages to send before the socket is closed; [] where closing is enough."""


@runtime_checkable
class ShowsTranscript(Protocol):
    """What a dialect offers besides when the caller has a screen and not only an ear."""

    def started(self) -> list[WireMessage]:
        """Tell the screen that the call was let in."""

    def line(self, turn: RecordTurn) -> list[WireMessage]:
        """Show a line of the conversation, or replace the one of the same number."""

    def partial(self, words: ShowPartial) -> list[WireMessage]:
        """Show what somebody is saying, or take it away."""

    def state(self, name: str) -> list[WireMessage]:
        """Show what the agent is doing."""

    def ended(self, reason: str) -> list[WireMessage]:
        """Tell the screen that the call is over."""
