"""The web phone's protocol."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.conversation.commands import RecordTurn, ShowPartial
from voicebot.conversation.events import CallerHungUp, Digit, MarkEchoed, Party
from voicebot.telephony.base import (
    AudioReceived,
    Dialect,
    MessageIgnored,
    ProtocolViolation,
    ShowsTranscript,
    StreamStarted,
    WireMessage,
)
from voicebot.telephony.browser import MAX_AUDIO, MAX_TEXT, BrowserDialect
from voicebot.telephony.twilio import TwilioDialect

START = '{"type": "start", "token": "t0k", "rate": 8000}'


@pytest.fixture
def dialect() -> BrowserDialect:
    started = BrowserDialect("call-1")
    started.receive(START)
    return started


def decoded(messages: list[WireMessage]) -> list[object]:
    return [json.loads(message) for message in messages]


def test_is_a_dialect_with_a_screen() -> None:
    dialect: Dialect = BrowserDialect("call-1")
    assert isinstance(dialect, ShowsTranscript)
    assert not isinstance(TwilioDialect(), ShowsTranscript)


def test_start_carries_the_token() -> None:
    assert BrowserDialect("call-1").receive(START) == [
        StreamStarted(stream_id="call-1", call_id="call-1", parameters={"token": "t0k"})
    ]


def test_voice_keys_marks_and_stop(dialect: BrowserDialect) -> None:
    assert dialect.receive(b"\x01\x02") == [AudioReceived(b"\x01\x02")]
    assert dialect.receive(b"") == []
    assert dialect.receive('{"type": "dtmf", "digit": "a"}') == [Digit("A")]
    assert dialect.receive('{"type": "dtmf", "digit": "55"}') == [
        MessageIgnored("unknown key '55'")
    ]
    assert dialect.receive('{"type": "mark", "name": "p1"}') == [MarkEchoed("p1")]
    assert dialect.receive('{"type": "smile"}') == [MessageIgnored("unknown type 'smile'")]
    assert dialect.receive('{"type": "stop"}') == [CallerHungUp("the caller hung up")]
    with pytest.raises(ProtocolViolation, match="after 'stop'"):
        dialect.receive(b"\x01\x02")


@pytest.mark.parametrize(
    ("message", "code", "says"),
    [
        (b"\x00\x00", 1002, "audio before 'start'"),
        ('{"type": "stop"}', 1002, "first message is 'stop'"),
        ('{"type": "smile"}', 1002, "first message"),
        ("hello", 1007, "not JSON"),
        ("[" * 3000 + "]" * 1000, 1007, "too deep|not JSON"),
        ('"start"', 1003, "not an object"),
        ('{"type": null}', 1002, "'type'"),
        ('{"type": "start", "rate": 8000}', 1002, "'token'"),
        ('{"type": "start", "rate": 8000, "token": 1}', 1002, "'token'"),
        ('{"type": "start", "rate": 8000, "token": "' + "t" * 257 + '"}', 1009, "'token'"),
        ('{"type": "start", "rate": 48000, "token": "t"}', 1003, "'rate' is '?int"),
        ('{"type": "start", "token": "t"}', 1003, "'rate'"),
        (" " * (MAX_TEXT + 1), 1009, "at most"),
    ],
)
def test_offences_at_the_door(message: WireMessage, code: int, says: str) -> None:
    with pytest.raises(ProtocolViolation, match=says) as refused:
        BrowserDialect("call-1").receive(message)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("message", "code", "says"),
    [
        (START, 1002, "a second 'start'"),
        (b"\x00" * 3, 1007, "odd number"),
        (b"\x00" * (MAX_AUDIO + 2), 1009, "at most 8192"),
        ('{"type": "dtmf"}', 1002, "'digit'"),
        ('{"type": "mark", "name": []}', 1002, "'name'"),
    ],
)
def test_offences_within_a_call(
    dialect: BrowserDialect, message: WireMessage, code: int, says: str
) -> None:
    with pytest.raises(ProtocolViolation, match=says) as refused:
        dialect.receive(message)
    assert refused.value.code == code


def test_what_the_page_is_told() -> None:
    dialect = BrowserDialect("call-1")
    turn = RecordTurn(3, Party.BOT, "Good day.", heard="Good", sensitive=False)
    assert decoded(dialect.started()) == [{"type": "started", "call_id": "call-1"}]
    assert decoded(dialect.mark("p1")) == [{"type": "mark", "name": "p1"}]
    assert decoded(dialect.clear()) == [{"type": "clear"}]
    assert decoded(dialect.state("listening")) == [{"type": "state", "name": "listening"}]
    assert decoded(dialect.ended("goodbye")) == [{"type": "ended", "reason": "goodbye"}]
    assert decoded(dialect.line(turn)) == [
        {
            "type": "line",
            "number": 3,
            "party": "bot",
            "text": "Good day.",
            "heard": "Good",
            "kind": "speech",
        }
    ]
    assert decoded(dialect.partial(ShowPartial(Party.CALLER, "I want", "to"))) == [
        {"type": "partial", "party": "caller", "stable": "I want", "tentative": "to"}
    ]
    assert dialect.hang_up() == []


@given(st.binary(max_size=3 * MAX_AUDIO))
def test_outgoing_audio_is_whole(audio: bytes) -> None:
    dialect = BrowserDialect("call-1")
    if len(audio) % 2:
        with pytest.raises(ValueError, match="odd"):
            dialect.audio(audio)
        return
    messages = dialect.audio(audio)
    assert all(isinstance(m, bytes) and 0 < len(m) <= MAX_AUDIO for m in messages)
    assert b"".join(m for m in messages if isinstance(m, bytes)) == audio


@given(st.lists(st.binary(max_size=600), max_size=6))
def test_every_accepted_byte_is_heard(chunks: list[bytes]) -> None:
    dialect = BrowserDialect("call-1")
    dialect.receive(START)
    heard, accepted = b"", b""
    for chunk in chunks:
        try:
            events = dialect.receive(chunk)
        except ProtocolViolation:
            continue
        accepted += chunk
        heard += b"".join(event.pcm for event in events if isinstance(event, AudioReceived))
    assert heard == accepted


messages = st.lists(
    st.binary(max_size=40)
    | st.text(max_size=40)
    | st.dictionaries(
        st.sampled_from(["type", "token", "rate", "digit", "name"]),
        st.sampled_from(["start", "dtmf", "mark", "stop", "\ud800", "", 8000, 1.5, None, [], {}]),
    ).map(json.dumps),
    max_size=6,
)


@given(messages)
def test_arbitrary_messages_raise_nothing_but_violations(given_messages: list[WireMessage]) -> None:
    started = BrowserDialect("call-1")
    started.receive(START)
    for dialect in (BrowserDialect("call-1"), started):
        for message in given_messages:
            refused = refusal(dialect, message)
            assert refused is None or refused.code in (1002, 1003, 1007, 1009)


def refusal(dialect: Dialect, message: WireMessage) -> ProtocolViolation | None:
    try:
        dialect.receive(message)
    except ProtocolViolation as violation:
        return violation
    return None
