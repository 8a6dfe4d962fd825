"""AudioSocket, by which Asterisk hands a call's audio over a TCP connection.

Either side sends packets: one byte that says what it is, the length of the payload in two bytes
(big-endian), the payload. First comes the call's UUID; then audio, 20 ms a packet, and pressed
keys. There are no marks, and what was sent can't be taken back: we send in real time.

Source: https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable
from typing import Final

import numpy as np

from voicebot.audio.pcm import from_bytes, to_bytes
from voicebot.audio.resample import Resampler
from voicebot.conversation.events import CallerHungUp, Digit
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
from voicebot.telephony.messages import KEYS, shown

HANG_UP: Final = 0x00
UUID: Final = 0x01
DTMF: Final = 0x03
AUDIO: Final = 0x10
ERROR: Final = 0xFF
RATES: Final = {
    0x10: 8000,
    0x11: 12000,
    0x12: 16000,
    0x13: 24000,
    0x14: 32000,
    0x15: 44100,
    0x16: 48000,
    0x17: 96000,
    0x18: 192_000,
}
"""Kinds of audio and their samples per second; 16-bit linear, little-endian, one channel."""

MAX_SECONDS: Final = 0.5
"""Audio in one packet; Asterisk sends 20 ms."""
FRAME: Final = LINE_RATE // 50 * 2
"""Bytes of audio in an outgoing packet: 20 ms."""

_HEAD: Final = struct.Struct(">BH")
_UUID_BYTES: Final = 16
_ERRORS: Final = {0x01: "hung up", 0x02: "a frame could not be forwarded", 0x04: "out of memory"}


class AudioSocketDialect:
    """One call's connection; see `Dialect` for the methods.

    A message is any piece of what arrives: packets may be cut anywhere.
    """

    capabilities = Capabilities(
        name="audiosocket", marks=False, clear=False, clear_returns_marks=False
    )

    def __init__(self) -> None:
        self._pending = bytearray()
        self._started = False
        self._over = False
        self._audio_kind = AUDIO
        self._resampler: Resampler | None = None
        self._handlers: dict[int, Callable[[bytes], WireEvent | None]] = {
            UUID: self._identified,
            DTMF: self._key,
            HANG_UP: self._hung_up,
            ERROR: self._failed,
        }

    def receive(self, message: WireMessage) -> list[WireEvent]:
        """Decode what arrived. Raises ProtocolViolation when the connection must be closed."""
        if isinstance(message, str):
            raise ProtocolViolation("text; AudioSocket is binary", 1003)
        self._pending += message
        events: list[WireEvent] = []
        while len(self._pending) >= _HEAD.size and not self._over:
            kind, length = _HEAD.unpack_from(self._pending)
            self._check(kind, length)
            end = _HEAD.size + length
            if len(self._pending) < end:
                break
            payload = bytes(self._pending[_HEAD.size : end])
            del self._pending[:end]
            event = self._packet(kind, payload)
            if event is not None:
                events.append(event)
            if kind == UUID:
                break  # what follows is for whoever lets the call in: it comes with the next piece
        return events

    def _check(self, kind: int, length: int) -> None:
        """Before the payload is waited for: may it come?"""
        if not self._started and (kind, length) != (UUID, _UUID_BYTES):
            raise ProtocolViolation("the first packet is not the call's UUID")
        if kind in RATES and length > RATES[kind] * 2 * MAX_SECONDS:
            raise ProtocolViolation(f"more than {MAX_SECONDS} s of audio in a packet", 1009)
        if kind not in RATES and length > 1024:
            raise ProtocolViolation(f"packet of {length} bytes", 1009)

    def _packet(self, kind: int, payload: bytes) -> WireEvent | None:
        if kind in RATES:
            return self._heard(kind, payload)
        handler = self._handlers.get(kind)
        if handler is not None:
            return handler(payload)
        return MessageIgnored(f"unknown kind of packet 0x{kind:02x}")

    def _identified(self, payload: bytes) -> StreamStarted:
        if self._started:
            raise ProtocolViolation("a second UUID")
        self._started = True
        name = str(uuid.UUID(bytes=payload))
        return StreamStarted(stream_id=name, call_id=name, parameters={"token": name})

    def _heard(self, kind: int, payload: bytes) -> AudioReceived | None:
        if len(payload) % 2:
            raise ProtocolViolation("audio that ends in half a sample", 1007)
        if not payload:
            return None
        if kind == AUDIO:
            return AudioReceived(payload)
        if self._resampler is None or self._audio_kind != kind:
            self._resampler, self._audio_kind = Resampler(RATES[kind], LINE_RATE), kind
        samples = self._resampler.process(from_bytes(payload))
        return AudioReceived(to_bytes(np.asarray(samples))) if len(samples) else None

    def _key(self, payload: bytes) -> Digit | MessageIgnored:
        key = payload.decode("latin-1").upper()
        return Digit(key) if len(key) == 1 and key in KEYS else MessageIgnored(f"key {shown(key)}")

    def _hung_up(self, _: bytes) -> CallerHungUp:
        self._over = True
        return CallerHungUp("the caller hung up")

    def _failed(self, payload: bytes) -> CallerHungUp:
        self._over = True
        code = payload[0] if payload else 0
        return CallerHungUp(f"Asterisk: {_ERRORS.get(code, f'error {code}')}", fault=True)

    def audio(self, pcm: bytes) -> list[WireMessage]:
        """Encode outgoing audio (line format, any whole number of samples), 20 ms a packet."""
        return [
            _HEAD.pack(AUDIO, len(part)) + part
            for part in (pcm[at : at + FRAME] for at in range(0, len(pcm), FRAME))
        ]

    def mark(self, name: str) -> list[WireMessage]:
        """Nothing: there are no marks."""
        return []

    def clear(self) -> list[WireMessage]:
        """Nothing: what was sent is played."""
        return []

    def hang_up(self) -> list[WireMessage]:
        """The packet that ends the call."""
        return [_HEAD.pack(HANG_UP, 0)]
