"""Twilio Media Streams, checked against an independent encoder and decoder."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamdouble import g711 as independent_g711
from streamdouble.protocol import (
    InboundClear,
    InboundMark,
    InboundMedia,
    MediaStreamEncoder,
    StreamIdentity,
    parse_outbound,
)

from voicebot.audio.g711 import ulaw_decode
from voicebot.conversation.events import CallerHungUp, Digit, MarkEchoed
from voicebot.telephony.base import (
    AudioReceived,
    Dialect,
    MessageIgnored,
    ProtocolViolation,
    StreamStarted,
)
from voicebot.telephony.twilio import (
    FRAME,
    MAX_MESSAGE,
    MAX_PAYLOAD,
    StreamNotStarted,
    TwilioDialect,
)

FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
CONNECTED = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
events = st.sampled_from(["connected", "start", "media", "mark", "dtmf", "stop", "odd"])


def start(**changes: object) -> str:
    inside = {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": FORMAT,
        "customParameters": {"token": "t0k", "From": "+15550100", "To": "+15550199"},
    }
    return json.dumps(
        {"event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": inside | changes}
    )


def media(payload: object, **changes: object) -> str:
    inside = {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": payload} | changes
    return json.dumps({"event": "media", "streamSid": "MZ1", "media": inside})


def b64(audio: bytes) -> str:
    return base64.b64encode(audio).decode()


@pytest.fixture
def dialect() -> TwilioDialect:
    started = TwilioDialect()
    started.receive(CONNECTED)
    started.receive(start())
    return started


def test_is_a_dialect() -> None:
    dialect: Dialect = TwilioDialect()
    assert dialect.capabilities.clear_returns_marks


def test_start_names_stream_call_and_parties() -> None:
    dialect = TwilioDialect()
    assert dialect.receive(CONNECTED) == []
    assert dialect.receive(start()) == [
        StreamStarted(
            stream_id="MZ1",
            call_id="CA1",
            caller="+15550100",
            callee="+15550199",
            parameters={"token": "t0k", "From": "+15550100", "To": "+15550199"},
        )
    ]


def test_start_may_come_first_and_without_parameters() -> None:
    [event] = TwilioDialect().receive(start(customParameters=None))
    assert event == StreamStarted(stream_id="MZ1", call_id="CA1")


def test_a_whole_call_of_the_independent_encoder() -> None:
    peer = MediaStreamEncoder(StreamIdentity())
    dialect = TwilioDialect()
    voice = bytes(range(160))
    frames = [
        peer.connected(),
        peer.start(custom_parameters={"token": "x"}),
        peer.media(voice),
        peer.mark("m1"),
        peer.dtmf("#"),
        peer.stop(),
    ]
    got = [event for frame in frames for event in dialect.receive(json.dumps(frame))]
    started, audio, mark, digit, gone = got
    assert isinstance(started, StreamStarted)
    assert started.stream_id == peer.identity.stream_sid
    assert started.parameters == {"token": "x"}
    assert audio == AudioReceived(independent_g711.decode(voice).astype("<i2").tobytes())
    assert mark == MarkEchoed("m1")
    assert digit == Digit("#")
    assert isinstance(gone, CallerHungUp)


@pytest.mark.parametrize("chunk", ["-7", "x", 12, None, [], "99999999999999999999"])
def test_chunk_numbers_may_be_garbled(dialect: TwilioDialect, chunk: object) -> None:
    [event] = dialect.receive(media(b64(b"\xff" * 160), chunk=chunk, timestamp=chunk))
    assert event == AudioReceived(bytes(320))


def test_our_own_voice_and_silence_of_no_length_are_no_audio(dialect: TwilioDialect) -> None:
    assert dialect.receive(media(b64(b"\xff" * 160), track="outbound")) == []
    assert dialect.receive(media("")) == []


def test_unknown_events_and_keys_are_ignored(dialect: TwilioDialect) -> None:
    assert dialect.receive('{"event": "new\\u2028thing"}') == [
        MessageIgnored("unknown event 'new\\u2028thing'")
    ]
    dtmf = json.dumps({"event": "dtmf", "dtmf": {"digit": "w"}})
    assert dialect.receive(dtmf) == [MessageIgnored("unknown key 'W'")]


def test_unknown_event_between_connected_and_start_is_ignored() -> None:
    dialect = TwilioDialect()
    dialect.receive(CONNECTED)
    assert dialect.receive('{"event": "warning"}') == [MessageIgnored("unknown event 'warning'")]


DEEP = "[" * 7000 + "]" * 7000


@pytest.mark.parametrize(
    ("message", "code", "says"),
    [
        (b"\xff" * 160, 1003, "binary"),
        ("", 1007, "not JSON"),
        ("{", 1007, "not JSON"),
        ("9" * 5000, 1007, "not JSON"),
        (DEEP, 1007, "too deep"),
        ('{"event": "start", "x": "' + "a" * MAX_MESSAGE + '"}', 1009, "at most"),
        ("[]", 1003, "not an object"),
        ("7", 1003, "not an object"),
        ("{}", 1002, "'event'"),
        ('{"event": ["media"]}', 1002, "'event'"),
        (media(b64(b"\xff")), 1002, "first message is 'media'"),
        ('{"event": "warning"}', 1002, "first message"),
        ('{"event": "start"}', 1002, "'start' is missing"),
        (start(callSid=None), 1002, "'callSid'"),
        (start(callSid=""), 1002, "'callSid'"),
        (start(callSid="x" * 65), 1009, "'callSid'"),
        (start(streamSid=5), 1002, "'streamSid'"),
        (start(streamSid="M\n"), 1007, "unprintable"),
        (start(mediaFormat=None), 1002, "'mediaFormat'"),
        (start(mediaFormat=FORMAT | {"encoding": "audio/l16"}), 1003, "'mediaFormat'"),
        (start(mediaFormat=FORMAT | {"sampleRate": 16000}), 1003, "'mediaFormat'"),
        (start(mediaFormat=FORMAT | {"channels": 2}), 1003, "'mediaFormat'"),
        (start(tracks=["outbound"]), 1002, "inbound"),
        (start(tracks="inbound"), 1002, "inbound"),
        (start(customParameters=["token"]), 1002, "'customParameters'"),
        (start(customParameters={"token": 7}), 1002, "'token' is not a string"),
        (start(customParameters={"token": "a" * 501}), 1009, "at most 500"),
        (start(customParameters={"From": "\ud800"}), 1007, "unprintable"),
        (start(customParameters={str(n): "" for n in range(33)}), 1009, "more than 32"),
    ],
)
def test_offences_at_the_door(message: str | bytes, code: int, says: str) -> None:
    with pytest.raises(ProtocolViolation, match=says) as refused:
        TwilioDialect().receive(message)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("message", "code", "says"),
    [
        (start(), 1002, "a second 'start'"),
        (CONNECTED, 1002, "a second 'connected'"),
        ('{"event": "media"}', 1002, "'media' is missing"),
        (media(None), 1002, "'payload'"),
        (media("a"), 1007, "base64"),
        (media("ab=c"), 1007, "base64"),
        (media("****"), 1007, "base64"),
        (media("ümläute="), 1007, "base64"),
        (media(b64(bytes(MAX_PAYLOAD + 3))), 1009, "4096 bytes"),
        ('{"event": "mark", "mark": {}}', 1002, "'name'"),
        ('{"event": "mark"}', 1002, "'mark'"),
        ('{"event": "mark", "mark": {"name": "' + "n" * 257 + '"}}', 1009, "'name'"),
        ('{"event": "dtmf", "dtmf": {"digit": 5}}', 1002, "'digit'"),
        ('{"event": "media", "streamSid": "MZ2"}', 1008, "another stream"),
        ('{"event": "stop", "streamSid": {}}', 1008, "another stream"),
    ],
)
def test_offences_within_a_stream(
    dialect: TwilioDialect, message: str, code: int, says: str
) -> None:
    with pytest.raises(ProtocolViolation, match=says) as refused:
        dialect.receive(message)
    assert refused.value.code == code


@pytest.mark.parametrize("message", [media(b64(b"\xff")), '{"event": "stop"}', CONNECTED])
def test_offences_before_start(message: str) -> None:
    dialect = TwilioDialect()
    dialect.receive(CONNECTED)
    with pytest.raises(ProtocolViolation, match="before 'start'"):
        dialect.receive(message)


def test_nothing_comes_after_stop(dialect: TwilioDialect) -> None:
    dialect.receive('{"event": "stop", "streamSid": "MZ1"}')
    with pytest.raises(ProtocolViolation, match="after 'stop'"):
        dialect.receive(media(b64(b"\xff")))


def test_nothing_can_be_sent_before_start() -> None:
    dialect = TwilioDialect()
    for send in (lambda: dialect.audio(b""), lambda: dialect.mark("m"), dialect.clear):
        with pytest.raises(StreamNotStarted):
            send()


@given(st.binary(max_size=3000).filter(lambda pcm: len(pcm) % 2 == 0))
def test_outgoing_audio_in_the_eyes_of_the_independent_decoder(pcm: bytes) -> None:
    dialect = TwilioDialect()
    dialect.receive(start())
    frames = [parse_outbound(m, expected_stream_sid="MZ1") for m in dialect.audio(pcm)]
    payloads = [frame.payload for frame in frames if isinstance(frame, InboundMedia)]
    assert len(payloads) == len(frames) == -(-len(pcm) // (2 * FRAME))
    assert all(len(payload) == FRAME for payload in payloads[:-1])
    assert len(b"".join(payloads)) == len(pcm) // 2


def test_mark_and_clear_in_the_eyes_of_the_independent_decoder(dialect: TwilioDialect) -> None:
    [mark] = dialect.mark('p"1/é')
    assert parse_outbound(mark) == InboundMark("MZ1", 'p"1/é')
    [clear] = dialect.clear()
    assert parse_outbound(clear) == InboundClear("MZ1")
    assert dialect.hang_up() == []


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64))
def test_any_printable_stream_id_survives(name: str) -> None:
    dialect = TwilioDialect()
    dialect.receive(start(streamSid=name))
    [message] = dialect.audio(bytes(2))
    assert parse_outbound(message) == InboundMedia(name, b"\xff")


@given(st.lists(st.binary(min_size=1, max_size=MAX_PAYLOAD), max_size=6))
def test_every_accepted_byte_becomes_a_sample(chunks: list[bytes]) -> None:
    dialect = TwilioDialect()
    dialect.receive(start())
    heard = b"".join(
        event.pcm
        for chunk in chunks
        for event in dialect.receive(media(b64(chunk)))
        if isinstance(event, AudioReceived)
    )
    assert heard == ulaw_decode(b"".join(chunks))


@given(st.lists(st.binary(max_size=60) | st.text(max_size=60), max_size=4))
def test_arbitrary_messages_raise_nothing_but_violations(messages: list[str | bytes]) -> None:
    feed([TwilioDialect()], messages)


@given(
    st.lists(
        st.builds(
            lambda event, rest: json.dumps(rest | {"event": event}),
            events,
            st.dictionaries(events | st.just("streamSid"), json_values, max_size=3),
        ),
        max_size=6,
    )
)
def test_arbitrary_json_raises_nothing_but_violations(messages: list[str]) -> None:
    started = TwilioDialect()
    started.receive(start())
    feed([TwilioDialect(), started], messages)


def feed(dialects: list[TwilioDialect], messages: list[str] | list[str | bytes]) -> None:
    for dialect in dialects:
        for message in messages:
            refused = refusal(dialect, message)
            assert refused is None or refused.code in (1002, 1003, 1007, 1008, 1009)
            assert str(refused).isprintable()


def refusal(dialect: TwilioDialect, message: str | bytes) -> ProtocolViolation | None:
    try:
        dialect.receive(message)
    except ProtocolViolation as violation:
        return violation
    return None
