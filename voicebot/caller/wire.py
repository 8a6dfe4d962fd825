"""Twilio's side of Media Streams: the messages that Twilio sends, and reading what a bot answers.

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages (counters are strings
there, rates are numbers; `dtmf` names its track `inbound_track`).
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FRAME = 160
"""Bytes of mu-law in one message: 20 ms."""
FRAME_SECONDS = 0.02
SILENT_FRAME = b"\xff" * FRAME


class BotMistake(ValueError):
    """The bot sent what Twilio would not accept."""


@dataclass(frozen=True, slots=True)
class Media:
    """Audio to play: mu-law, 8 kHz."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """Send the mark back when everything before it was played."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Drop what is buffered."""


def read(message: str | bytes, stream: str) -> Media | Mark | Clear:
    """What the bot asks for on stream `stream`. Raises BotMistake."""
    if isinstance(message, bytes):
        raise BotMistake("a binary message; Media Streams are JSON text")
    try:
        fields = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise BotMistake("a message that is not JSON") from error
    if not isinstance(fields, dict):
        raise BotMistake("a message that is not a JSON object")
    if fields.get("streamSid") != stream:
        raise BotMistake("a message without the streamSid of this stream")
    match fields.get("event"):
        case "media":
            return Media(_payload(fields.get("media")))
        case "mark":
            mark = fields.get("mark")
            if isinstance(mark, dict) and isinstance(mark.get("name"), str):
                return Mark(mark["name"])
            raise BotMistake("a mark without a name")
        case "clear":
            return Clear()
    raise BotMistake("a message with an unknown event")


def _payload(media: object) -> bytes:
    if not isinstance(media, dict) or not isinstance(media.get("payload"), str):
        raise BotMistake("media without a payload")
    try:
        return base64.b64decode(media["payload"], validate=True)
    except ValueError as error:
        raise BotMistake("media whose payload is not base64") from error


def new_id(prefix: str) -> str:
    """An id as Twilio's are: two letters (MZ stream, CA call, AC account), 32 hex digits."""
    return prefix + secrets.token_hex(16)


@dataclass(slots=True)
class Sender:
    """Makes Twilio's messages of one call, and counts them as Twilio does."""

    stream: str = field(default_factory=lambda: new_id("MZ"))
    call: str = field(default_factory=lambda: new_id("CA"))
    account: str = field(default_factory=lambda: new_id("AC"))
    _sequence: int = 0
    _chunk: int = 0

    def connected(self) -> str:
        """The first message of the socket."""
        return json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def start(self, parameters: Mapping[str, str]) -> str:
        """Who the stream is; `parameters` are those of the TwiML."""
        return self._message(
            "start",
            {
                "accountSid": self.account,
                "streamSid": self.stream,
                "callSid": self.call,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": dict(parameters),
            },
        )

    def media(self, audio: bytes) -> str:
        """20 ms of the caller's voice."""
        timestamp = round(self._chunk * FRAME_SECONDS * 1000)
        self._chunk += 1
        return self._message(
            "media",
            {
                "track": "inbound",
                "chunk": str(self._chunk),
                "timestamp": str(timestamp),
                "payload": base64.b64encode(audio).decode("ascii"),
            },
        )

    def lose(self) -> None:
        """20 ms of the caller's voice got lost on the way: they are counted and not sent."""
        self._chunk += 1

    def dtmf(self, digit: str) -> str:
        """The caller pressed a key."""
        return self._message("dtmf", {"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        """Everything before the mark was played."""
        return self._message("mark", {"name": name})

    def stop(self) -> str:
        """The caller hung up."""
        return self._message("stop", {"accountSid": self.account, "callSid": self.call})

    def _message(self, event: str, inside: Mapping[str, Any]) -> str:
        self._sequence += 1
        return json.dumps(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                "streamSid": self.stream,
                event: inside,
            }
        )
