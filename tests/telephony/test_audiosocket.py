"""AudioSocket: packets cut anywhere, every kind of them, and what breaks the protocol."""

from __future__ import annotations

import struct
import uuid
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.conversation.events import CallerHungUp, Digit
from voicebot.telephony.audiosocket import AudioSocketDialect
from voicebot.telephony.base import (
    AudioReceived,
    MessageIgnored,
    ProtocolViolation,
    StreamStarted,
    WireEvent,
)

NAME = uuid.UUID("40325ec2-5efd-4bd3-805f-53576e581d13")


def packet(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack(">BH", kind, len(payload)) + payload


FIRST = packet(0x01, NAME.bytes)
FRAME = np.arange(160, dtype="<i2").tobytes()


def feed(stream: bytes, *pieces: bytes) -> list[WireEvent]:
    """All events of a connection: what follows the UUID comes with the next piece."""
    dialect = AudioSocketDialect()
    return [event for piece in (stream, *pieces, b"") for event in dialect.receive(piece)]


def begun() -> AudioSocketDialect:
    dialect = AudioSocketDialect()
    dialect.receive(FIRST)
    return dialect


def test_the_first_packet_names_the_call():
    (started,) = AudioSocketDialect().receive(FIRST)
    assert started == StreamStarted(str(NAME), str(NAME), parameters={"token": str(NAME)})


def test_audio_and_keys_and_the_end():
    events = begun().receive(
        packet(0x10, FRAME) + packet(0x03, b"5") + packet(0x03, b"#") + packet(0x00)
    )
    assert events == [
        AudioReceived(FRAME),
        Digit("5"),
        Digit("#"),
        CallerHungUp("the caller hung up"),
    ]


@given(st.lists(st.integers(1, 700), max_size=40))
def test_packets_may_be_cut_anywhere(cuts):
    stream = FIRST + packet(0x10, FRAME) * 3 + packet(0x03, b"7") + packet(0x00)
    pieces, at = [], 0
    for cut in [*cuts, len(stream)]:
        pieces.append(stream[at : at + cut])
        at += cut
    events = feed(*pieces)
    assert events == feed(stream)
    assert len(events) == 6


@given(st.lists(st.binary(max_size=400), max_size=6))
def test_garbage_is_events_or_a_violation(pieces):
    dialect = begun()
    with suppress(ProtocolViolation):
        for piece in pieces:
            assert len(dialect.receive(piece)) <= len(piece) // 3 + 1


def test_other_rates_are_made_8_kilohertz():
    dialect = begun()
    time = np.arange(320) / 16000
    heard = b""
    for _ in range(50):
        wave = (8000 * np.sin(2 * np.pi * 500 * time)).astype("<i2").tobytes()
        for event in dialect.receive(packet(0x12, wave)):
            assert isinstance(event, AudioReceived)
            heard += event.pcm
    samples = np.frombuffer(heard, "<i2")
    assert len(samples) == pytest.approx(8000, abs=40)
    peak = np.argmax(np.abs(np.fft.rfft(samples))) * 8000 / len(samples)
    assert peak == pytest.approx(500, abs=2)


@pytest.mark.parametrize(
    ("stream", "reason", "code"),
    [
        (packet(0x10, FRAME), "the first packet is not the call's UUID", 1002),
        (packet(0x01, b"short"), "the first packet is not the call's UUID", 1002),
        (b"GET / HTTP/1.1\r\n\r\n", "the first packet is not the call's UUID", 1002),
        (FIRST + FIRST, "a second UUID", 1002),
        (FIRST + packet(0x10, bytes(8002)), "more than 0.5 s of audio", 1009),
        (FIRST + packet(0x10, b"\0\0\0"), "half a sample", 1007),
        (FIRST + b"\x77\xff\xff", "packet of 65535 bytes", 1009),
    ],
)
def test_what_breaks_the_protocol(stream, reason, code):
    with pytest.raises(ProtocolViolation, match=reason) as caught:
        feed(stream)
    assert caught.value.code == code


def test_text_is_refused():
    with pytest.raises(ProtocolViolation, match="binary"):
        begun().receive("hello")


def test_errors_of_asterisk_end_the_call_as_faults():
    (event,) = begun().receive(packet(0xFF, b"\x04"))
    assert event == CallerHungUp("Asterisk: out of memory", fault=True)
    (event,) = begun().receive(packet(0xFF))
    assert event == CallerHungUp("Asterisk: error 0", fault=True)


def test_what_is_not_known_is_passed_over():
    assert begun().receive(packet(0x42, b"x")) == [MessageIgnored("unknown kind of packet 0x42")]
    (ignored,) = begun().receive(packet(0x03, b"x"))
    assert isinstance(ignored, MessageIgnored)
    assert begun().receive(packet(0x10)) == []


def test_nothing_counts_after_the_end():
    dialect = begun()
    assert len(dialect.receive(packet(0x00) + packet(0x10, FRAME))) == 1


def test_what_is_sent_is_cut_into_frames():
    dialect = begun()
    assert dialect.audio(FRAME + FRAME + b"\1\2") == [
        packet(0x10, FRAME),
        packet(0x10, FRAME),
        packet(0x10, b"\1\2"),
    ]
    assert dialect.hang_up() == [packet(0x00)]
    assert dialect.mark("x") == dialect.clear() == []
    assert not dialect.capabilities.marks
