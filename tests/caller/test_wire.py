"""The caller's messages, beside those of an independent implementation of Twilio's side."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamdouble.protocol import MediaStreamEncoder, StreamIdentity

from voicebot.caller.wire import BotMistake, Clear, Mark, Media, Sender, read


def test_messages_equal_those_of_the_independent_encoder() -> None:
    ours = Sender()
    peer = MediaStreamEncoder(StreamIdentity(ours.stream, ours.account, ours.call))
    voice = bytes(range(160))
    pairs = [
        (ours.connected(), peer.connected()),
        (ours.start({"a": "b"}), peer.start(custom_parameters={"a": "b"})),
        (ours.media(voice), peer.media(voice)),
        (ours.media(voice), peer.media(voice)),
        (ours.dtmf("5"), peer.dtmf("5")),
        (ours.mark("m"), peer.mark("m")),
        (ours.stop(), peer.stop()),
    ]
    for message, expected in pairs:
        assert json.loads(message) == expected


def test_what_a_bot_asks_for() -> None:
    assert read('{"event":"media","streamSid":"MZ","media":{"payload":"/w=="}}', "MZ") == Media(
        b"\xff"
    )
    assert read('{"event":"mark","streamSid":"MZ","mark":{"name":"x"}}', "MZ") == Mark("x")
    assert read('{"event":"clear","streamSid":"MZ"}', "MZ") == Clear()


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (b"\xff", "binary"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ('{"event":"clear"}', "streamSid"),
        ('{"event":"clear","streamSid":"MY"}', "streamSid"),
        ('{"event":"smile","streamSid":"MZ"}', "unknown event"),
        ('{"event":["clear"],"streamSid":"MZ"}', "unknown event"),
        ('{"event":"mark","streamSid":"MZ","mark":{}}', "without a name"),
        ('{"event":"media","streamSid":"MZ","media":{}}', "without a payload"),
        ('{"event":"media","streamSid":"MZ","media":{"payload":"*"}}', "not base64"),
        ('{"event":"media","streamSid":"MZ","media":{"payload":"ü"}}', "not base64"),
    ],
)
def test_what_twilio_would_not_accept(message: str | bytes, says: str) -> None:
    with pytest.raises(BotMistake, match=says):
        read(message, "MZ")


@given(st.text(max_size=60) | st.binary(max_size=20))
def test_arbitrary_messages_are_mistakes(message: str | bytes) -> None:
    with pytest.raises(BotMistake):
        read(message, "MZ")
