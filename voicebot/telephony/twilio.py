"""Twilio Media Streams, bidirectional (`<Connect><Stream>`): JSON text over a websocket.

In come `connected`, `start`, `media` (base64 of mu-law at 8 kHz, usually 20 ms), `dtmf`, `mark` and
`stop`; out go `media`, `mark` and `clear`. A mark comes back when everything sent before it was
played, or at once after a `clear`. `start` names no telephone numbers: they and the token are
custom parameters that our own webhook wrote (`voicebot/server/webhook.py`).

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Callable
from enum import Enum, auto

from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.conversation.events import CallerHungUp, MarkEchoed
from voicebot.telephony.base import (
    LINE_RATE,
    AudioReceived,
    Capabilities,
    MessageIgnored,
    ProtocolViolation,
    StreamStarted,
    WireEvent,
    WireMessage,
)
from voicebot.telephony.messages import (
    Fields,
    checked,
    json_object,
    key_pressed,
    section,
    shown,
    text,
)

MAX_MESSAGE = 16 * 1024
"""Characters of one message; the biggest legitimate ones are `start` with many parameters."""

MAX_PAYLOAD = 4 * 1024
"""Bytes of audio in one message: half a second of mu-law. Twilio sends 160."""

MAX_PARAMETERS = 32
MAX_PARAMETER = 500
"""Characters of a parameter's value: Twilio's own limit for name and value together."""

FRAME = 160
"""Bytes of mu-law in an outgoing message: 20 ms."""

_BASE64_LIMIT = 4 * ((MAX_PAYLOAD + 2) // 3)


class StreamNotStarted(RuntimeError):
    """Something was to be sent before the peer's `start` said what the stream is called."""


class _State(Enum):
    NEW = auto()
    CONNECTED = auto()
    STARTED = auto()
    STOPPED = auto()


class TwilioDialect:
    """One media stream of Twilio's; see `Dialect` for the methods."""

    capabilities = Capabilities(
        name="twilio", marks=True, clear=True, clear_returns_marks=True, max_message=MAX_MESSAGE
    )

    def __init__(self) -> None:
        self._state = _State.NEW
        self._stream = ""
        self._prefix = ""
        self._handlers: dict[str, Callable[[Fields], WireEvent | None]] = {
            "media": self._media,
            "mark": self._mark,
            "dtmf": self._dtmf,
            "stop": self._stop,
        }

    def receive(self, message: WireMessage) -> list[WireEvent]:
        """Decode one wire message. Raises ProtocolViolation when the stream must be closed."""
        if not isinstance(message, str):
            raise ProtocolViolation("binary message; Media Streams are JSON text", 1003)
        fields = json_object(message, MAX_MESSAGE)
        name = fields.get("event")
        if not isinstance(name, str):
            raise ProtocolViolation("'event' is missing or not a string")
        if self._state is _State.STARTED:
            event = self._within_stream(name, fields)
        else:
            event = self._before_stream(name, fields)
        return [] if event is None else [event]

    def _before_stream(self, name: str, fields: Fields) -> WireEvent | None:
        if self._state is _State.STOPPED:
            raise ProtocolViolation(f"{shown(name)} after 'stop'")
        if name == "start":
            return self._start(fields)
        if self._state is _State.NEW:
            if name != "connected":
                raise ProtocolViolation(f"the first message is {shown(name)}, not 'connected'")
            self._state = _State.CONNECTED
            return None
        if name == "connected" or name in self._handlers:
            raise ProtocolViolation(f"{shown(name)} before 'start'")
        return MessageIgnored(f"unknown event {shown(name)}")

    def _within_stream(self, name: str, fields: Fields) -> WireEvent | None:
        # A socket carries one stream; a message of another one is somebody else's voice.
        if fields.get("streamSid", self._stream) != self._stream:
            raise ProtocolViolation("message of another stream on this socket", 1008)
        handler = self._handlers.get(name)
        if handler is not None:
            return handler(fields)
        if name in ("start", "connected"):
            raise ProtocolViolation(f"a second {shown(name)}")
        return MessageIgnored(f"unknown event {shown(name)}")

    def _start(self, fields: Fields) -> StreamStarted:
        start = section(fields, "start")
        stream = text(start if "streamSid" in start else fields, "streamSid", 64)
        call = text(start, "callSid", 64)
        _check_format(section(start, "mediaFormat"))
        tracks = start.get("tracks", ["inbound"])
        if not isinstance(tracks, list) or "inbound" not in tracks:
            raise ProtocolViolation("'tracks' has no inbound track: the caller can't be heard")
        parameters = _parameters(start)
        self._stream = stream
        self._prefix = json.dumps({"event": "media", "streamSid": stream})[:-1]
        self._prefix += ', "media": {"payload": "'
        self._state = _State.STARTED
        return StreamStarted(
            stream_id=stream,
            call_id=call,
            caller=parameters.get("From", ""),
            callee=parameters.get("To", ""),
            parameters=parameters,
        )

    def _media(self, fields: Fields) -> WireEvent | None:
        media = fields.get("media")
        if not isinstance(media, dict):
            raise ProtocolViolation("'media' is missing or not an object")
        # Chunk numbers and timestamps are not read: they order nothing that TCP has not ordered.
        if media.get("track", "inbound") == "outbound":
            return None  # our own voice
        payload = media.get("payload")
        if not isinstance(payload, str):
            raise ProtocolViolation("'payload' is missing or not a string")
        if len(payload) > _BASE64_LIMIT:
            raise ProtocolViolation(f"more than {MAX_PAYLOAD} bytes of audio in a message", 1009)
        try:
            audio = binascii.a2b_base64(payload, strict_mode=True)
        except ValueError as error:  # binascii.Error, or characters beyond ASCII
            raise ProtocolViolation("'payload' is not base64", 1007) from error
        return AudioReceived(ulaw_decode(audio)) if audio else None

    def _mark(self, fields: Fields) -> WireEvent:
        return MarkEchoed(text(section(fields, "mark"), "name"))

    def _dtmf(self, fields: Fields) -> WireEvent:
        return key_pressed(section(fields, "dtmf"))

    def _stop(self, _: Fields) -> WireEvent:
        self._state = _State.STOPPED
        return CallerHungUp("the network ended the stream")

    def audio(self, pcm: bytes) -> list[WireMessage]:
        """Encode outgoing audio (line format, any whole number of samples), 20 ms a message."""
        self._require_stream()
        coded = ulaw_encode(pcm)
        return [
            self._prefix
            + binascii.b2a_base64(coded[at : at + FRAME], newline=False).decode("ascii")
            + '"}}'
            for at in range(0, len(coded), FRAME)
        ]

    def mark(self, name: str) -> list[WireMessage]:
        """Ask to be told when everything sent so far was played."""
        self._require_stream()
        return [json.dumps({"event": "mark", "streamSid": self._stream, "mark": {"name": name}})]

    def clear(self) -> list[WireMessage]:
        """Drop what Twilio has buffered; it returns the marks that were waiting."""
        self._require_stream()
        return [json.dumps({"event": "clear", "streamSid": self._stream})]

    def hang_up(self) -> list[WireMessage]:
        """Nothing: the end of the stream lets the call run on to the end of its TwiML."""
        return []

    def _require_stream(self) -> None:
        if not self._stream:
            raise StreamNotStarted("the stream has not started: wait for StreamStarted")


def _check_format(media: Fields) -> None:
    """Raise ProtocolViolation unless `media` is the one format that Media Streams have."""
    encoding, rate = media.get("encoding"), media.get("sampleRate")
    channels = media.get("channels", 1)
    if (encoding, rate, channels) != ("audio/x-mulaw", LINE_RATE, 1):
        raise ProtocolViolation(
            f"'mediaFormat' is not audio/x-mulaw, {LINE_RATE} Hz, 1 channel", 1003
        )


def _parameters(start: Fields) -> dict[str, str]:
    """The custom parameters, all of them strings of bounded length."""
    given = start.get("customParameters")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise ProtocolViolation("'customParameters' is not an object")
    if len(given) > MAX_PARAMETERS:
        raise ProtocolViolation(f"more than {MAX_PARAMETERS} custom parameters", 1009)
    for name, value in given.items():
        checked(name, "name of a custom parameter")
        if not isinstance(value, str):
            raise ProtocolViolation(f"custom parameter {shown(name)} is not a string")
        checked(value, f"custom parameter {shown(name)}", MAX_PARAMETER)
    return dict(given)
