"""The web phone's own protocol: JSON text and binary audio over a websocket.

From the page, each text message an object with `type`:

    {"type": "start", "token": "...", "rate": 8000}   first, once; the token comes from the page
    binary                                            the caller's voice, 16-bit little-endian PCM,
                                                      one channel, 8 kHz, at most 8 KiB
    {"type": "dtmf", "digit": "5"}                    a key was pressed
    {"type": "mark", "name": "..."}                   all audio before this mark was played, or
                                                      dropped by a clear
    {"type": "stop"}                                  the caller hangs up

To the page:

    {"type": "started", "call_id": "..."}             the token was good, the call has begun
    binary                                            the voice to play, same format
    {"type": "mark", "name": "..."}                   send it back when played up to here
    {"type": "clear"}                                 drop what is not played yet, return its marks
    {"type": "line", "number", "party", "text", "heard", "kind"}   a line of the conversation; the
                                                      same number again replaces it
    {"type": "partial", "party", "stable", "tentative"}   what somebody is saying just now; replaces
                                                      the last one, and without words removes it
    {"type": "state", "name": "..."}                  what the agent is doing
    {"type": "ended", "reason": "..."}                the call is over
"""

from __future__ import annotations

import json
from collections.abc import Callable

from voicebot.conversation.commands import RecordTurn, ShowPartial
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
from voicebot.telephony.messages import Fields, json_object, key_pressed, shown, text

MAX_AUDIO = 8 * 1024
"""Bytes of one audio message in either direction: about half a second."""

MAX_TEXT = 4 * 1024
"""Characters of one text message from the page."""


class BrowserDialect:
    """One call of the web phone, known as `call_id`; also a `ShowsTranscript`."""

    capabilities = Capabilities(
        name="browser", marks=True, clear=True, clear_returns_marks=True, max_message=MAX_AUDIO
    )

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id
        self._started = False
        self._stopped = False
        self._handlers: dict[str, Callable[[Fields], WireEvent]] = {
            "start": self._start,
            "dtmf": key_pressed,
            "mark": lambda fields: MarkEchoed(text(fields, "name")),
            "stop": self._stop,
        }

    def receive(self, message: WireMessage) -> list[WireEvent]:
        """Decode one wire message. Raises ProtocolViolation when the stream must be closed."""
        if self._stopped:
            raise ProtocolViolation("message after 'stop'")
        if not isinstance(message, str):
            return self._voice(message)
        fields = json_object(message, MAX_TEXT)
        name = fields.get("type")
        if not isinstance(name, str):
            raise ProtocolViolation("'type' is missing or not a string")
        if not self._started and name != "start":
            raise ProtocolViolation(f"the first message is {shown(name)}, not 'start'")
        handler = self._handlers.get(name)
        if handler is None:
            return [MessageIgnored(f"unknown type {shown(name)}")]
        return [handler(fields)]

    def _voice(self, pcm: bytes) -> list[WireEvent]:
        if not self._started:
            raise ProtocolViolation("audio before 'start'")
        if len(pcm) > MAX_AUDIO:
            raise ProtocolViolation(f"audio of {len(pcm)} bytes, at most {MAX_AUDIO}", 1009)
        if len(pcm) % 2:
            raise ProtocolViolation("audio of an odd number of bytes; samples have 16 bits", 1007)
        return [AudioReceived(pcm)] if pcm else []

    def _start(self, fields: Fields) -> WireEvent:
        if self._started:
            raise ProtocolViolation("a second 'start'")
        rate = fields.get("rate")
        if rate != LINE_RATE:
            raise ProtocolViolation(f"'rate' is {shown(rate)}, only {LINE_RATE} is spoken", 1003)
        token = text(fields, "token")
        self._started = True
        return StreamStarted(
            stream_id=self._call_id, call_id=self._call_id, parameters={"token": token}
        )

    def _stop(self, _: Fields) -> WireEvent:
        self._stopped = True
        return CallerHungUp("the caller hung up")

    def audio(self, pcm: bytes) -> list[WireMessage]:
        """Encode outgoing audio (line format, any whole number of samples)."""
        if len(pcm) % 2:
            raise ValueError("audio of an odd number of bytes; samples have 16 bits")
        return [pcm[at : at + MAX_AUDIO] for at in range(0, len(pcm), MAX_AUDIO)]

    def mark(self, name: str) -> list[WireMessage]:
        """Ask to be told when everything sent so far was played."""
        return [json.dumps({"type": "mark", "name": name})]

    def clear(self) -> list[WireMessage]:
        """Drop what the page has buffered; it returns the marks that were waiting."""
        return ['{"type": "clear"}']

    def hang_up(self) -> list[WireMessage]:
        """Nothing: `ended` tells the page, and closing the socket is enough."""
        return []

    def started(self) -> list[WireMessage]:
        """Tell the page that its call was let in."""
        return [json.dumps({"type": "started", "call_id": self._call_id})]

    def line(self, turn: RecordTurn) -> list[WireMessage]:
        """Show a line of the conversation, or replace the one of the same number."""
        return [
            json.dumps(
                {
                    "type": "line",
                    "number": turn.number,
                    "party": turn.party.value,
                    "text": turn.text,
                    "heard": turn.heard,
                    "kind": turn.kind,
                }
            )
        ]

    def partial(self, words: ShowPartial) -> list[WireMessage]:
        """Show what somebody is saying, or take it away."""
        return [
            json.dumps(
                {
                    "type": "partial",
                    "party": words.party.value,
                    "stable": words.stable,
                    "tentative": words.tentative,
                }
            )
        ]

    def state(self, name: str) -> list[WireMessage]:
        """Show what the agent is doing, for example `listening`."""
        return [json.dumps({"type": "state", "name": name})]

    def ended(self, reason: str) -> list[WireMessage]:
        """Tell the page that the call is over."""
        return [json.dumps({"type": "ended", "reason": reason})]
