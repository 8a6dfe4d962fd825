"""Messages survive the pipe; anything else is refused."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fax import messages
from gateway.fax.messages import BadMessageError, Message, PipeClosedError


@given(st.sampled_from(b"TAMHPRE"), st.binary(max_size=2000))
def test_a_message_comes_back(kind, body):
    message = Message(bytes([kind]), body)
    assert messages.read(io.BytesIO(message.encode()).read) == message


@given(st.binary(max_size=200))
def test_garbage_gives_a_message_or_a_clear_error(data):
    source = io.BytesIO(data)
    try:
        while True:
            messages.read(source.read)
    except (BadMessageError, PipeClosedError):
        pass


def test_audio_and_numbers_are_taken_apart_again():
    assert messages.of_heard(b"\1\2\3\4", 160).heard() == (160, b"\1\2\3\4")
    assert messages.of_missed(800).missed() == 800
    assert messages.of_json(messages.TASK, {"a": 1}).json() == {"a": 1}


@pytest.mark.parametrize(
    "broken",
    [
        lambda: Message(b"A", b"\0\1\2").heard(),
        lambda: Message(b"A", b"").heard(),
        lambda: Message(b"M", b"\0").missed(),
        lambda: Message(b"T", b"[]").json(),
        lambda: Message(b"T", b"{").json(),
        lambda: messages.read(io.BytesIO(b"A\xff\xff\xff\xff").read),
    ],
)
def test_what_is_wrong_in_a_message_is_told(broken):
    with pytest.raises(BadMessageError):
        broken()
