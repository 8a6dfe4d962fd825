"""What a file is, and what a name asks for."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.content import Kind
from gateway.errors import RefusedError
from gateway.kinds import asked_for, recognised

MAIL = b"Received: from a by b;\r\n\tMon, 1 Jan\r\nSubject: hi\r\n\r\nhello\r\n"
MESSAGE = b'{"to": "+1", "from": "", "text": "hi", "alphabet": "gsm7", "segments": ["hi"]}'
WAV = b"RIFF\x24\0\0\0WAVEfmt "


@pytest.fixture
def file(tmp_path):
    def make(data: bytes, name: str = "file"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return make


@pytest.mark.parametrize(
    ("name", "data", "kind", "media_type"),
    [
        ("a", b"hello there", "text", "text/plain"),
        ("a.txt", MAIL, "text", "text/plain"),  # somebody calls it a text
        ("a.md", b"# hello", "text", "text/markdown"),
        ("a", "Grüße".encode("utf-16"), "text", "text/plain"),
        ("a", b"<?xml version='1.0'?>\n<speak>hi</speak>", "text", "application/ssml+xml"),
        ("a.ssml", b"<speak>hi</speak>", "text", "application/ssml+xml"),
        ("a", MAIL, "email", "message/rfc822"),
        ("a", b"From a@example.org Mon\nTo: b\n\nhi", "email", "message/rfc822"),
        ("a", b"Subject: this is a note\nwithout anything more", "text", "text/plain"),
        ("a.eml", b"hello there", "email", "message/rfc822"),
        ("a", MESSAGE, "sms", "application/json"),
        ("a.sms.json", MESSAGE, "sms", "application/json"),
        ("a", b'{"text": 1}', "text", "text/plain"),
        ("a", b"{" * 5000, "text", "text/plain"),
        ("a", b"%PDF-1.7\n", "fax", "application/pdf"),
        ("a.txt", b"%PDF-1.7\n", "fax", "application/pdf"),  # contents can't lie
        ("a.wav", b"II*\0....", "fax", "image/tiff"),
        ("a", b"\x89PNG\r\n\x1a\n", "fax", "image/png"),
        ("a.txt", WAV, "voice", "audio/wav"),
        ("a", b"OggS\0", "voice", "audio/ogg"),
        ("a", b"\0\0\0\x20ftypisom", "voice", "video/mp4"),
        ("a.mp3", b"\xff\xfb\x90\x00", "voice", "audio/mpeg"),
        ("A.ULAW", b"\x7f\xff\x7f\xff", "voice", "audio/PCMU"),
    ],
)
def test_files_are_recognised(file, name, data, kind, media_type):
    content = recognised(file(data, name))
    assert (content.kind, content.media_type) == (kind, media_type)


def test_the_name_and_type_that_a_sender_gives_are_used(file):
    assert recognised(file(b"\x7f\xff"), "voicemail.ulaw").media_type == "audio/PCMU"
    assert recognised(file(b"\x7f\xff"), "", "audio/pcmu").media_type == "audio/PCMU"
    assert recognised(file(b"hello"), "", "message/rfc822; charset=x").kind is Kind.EMAIL
    assert recognised(file(WAV), "letter.eml", "message/rfc822").kind is Kind.VOICE


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "the file is empty"),
        ("a.txt", b"a\0b", "called a text"),
        ("a.pdf", b"hello", "called .pdf, but it is none"),
        ("a.tif", b"hello", "called .tif, but it is none"),
        ("a", b"\0\1\2", "no text, audio, mail"),
        ("a.docx", b"PK\x03\x04", "office document: send a PDF"),
        ("a.txt", b"MZ\x90", "the file is a program"),
        ("a.html", b"<!DOCTYPE html><p>hi", "a page of HTML"),
    ],
)
def test_what_can_not_be_converted_is_refused(file, name, data, reason):
    with pytest.raises(RefusedError, match=reason):
        recognised(file(data, name))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RefusedError, match="can't be read: No such file"):
        recognised(tmp_path / "none.txt")


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["", "a.txt", "a.wav", "a.sms"]))
def test_any_bytes_are_something_or_refused(tmp_path_factory, data, name):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    with suppress(RefusedError):
        assert recognised(path, name).kind in Kind


@pytest.mark.parametrize(
    ("name", "kind", "media_type"),
    [
        ("a.mp3", "voice", "audio/mpeg"),
        ("A.Opus", "voice", "audio/ogg"),
        ("a.b.srt", "text", "application/x-subrip"),
        ("a.json", "text", "application/json"),
        ("a.sms.json", "sms", "application/json"),
        ("a.pdf", "fax", "application/pdf"),
    ],
)
def test_names_ask_for_something(name, kind, media_type):
    form = asked_for(name)
    assert (form.kind, form.media_type) == (kind, media_type)


@pytest.mark.parametrize("name", ["a", "a.xyz", "a.png", "a.mp4", ""])
def test_names_that_ask_for_nothing(name):
    with pytest.raises(RefusedError, match=r"does not say what it is to become: \.au"):
        asked_for(name)
