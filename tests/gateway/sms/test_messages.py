"""Short messages as files, and the steps to and from text."""

from __future__ import annotations

import json

import pytest

from gateway.content import Content, Kind
from gateway.errors import RefusedError
from gateway.sms import messages
from gateway.sms.messages import as_content, join, read_message, segment, short_message
from gateway.sms.settings import SmsSettings
from gateway.transform import Wishes
from tests.gateway.sms.work import TestWork, text_content

SETTINGS = SmsSettings(sender="+15550199", most_segments=2)


def made(tmp_path, text, wishes=None, media_type="text/plain", settings=SETTINGS) -> Content:
    source = text_content(tmp_path, text, media_type)
    return segment(source, wishes or Wishes(), TestWork(tmp_path), settings)


def test_a_text_becomes_a_message_and_a_text_again(tmp_path):
    sms = made(tmp_path, "Lunch at 12?\r\nI’ll pay — 9 €.", Wishes(recipient="+15550100"))
    assert json.loads(sms.path.read_text()) == {
        "to": "+15550100",
        "from": "+15550199",
        "text": "Lunch at 12?\nI'll pay - 9 €.",
        "alphabet": "gsm7",
        "reference": read_message(sms).reference,
        "segments": ["Lunch at 12?\nI'll pay - 9 €."],
        "shortened": False,
    }
    assert sms.details["segments"] == 1
    text = join(sms, Wishes(), TestWork(tmp_path))
    assert text.kind is Kind.TEXT
    assert text.path.read_text() == "Lunch at 12?\nI'll pay - 9 €."
    assert text.details == {"from": "+15550199", "to": "+15550100"}


def test_what_is_too_long_is_cut_and_says_so(tmp_path):
    sms = made(tmp_path, "All work and no play. " * 100)
    message = read_message(sms)
    assert len(message.segments) == 2
    assert message.text.endswith("more characters]")
    assert sms.details["shortened"] is True


def test_typography_stays_where_that_is_wished(tmp_path):
    sms = made(tmp_path, "don’t", settings=SmsSettings(typewritten=False))
    assert (read_message(sms).text, sms.details["alphabet"]) == ("don’t", "ucs2")


@pytest.mark.parametrize(
    ("wished", "sender"),
    [
        ("+15550123", "+15550123"),
        ("Harbor Bank", "Harbor Bank"),
        ("clara@example.org", "+15550199"),
        ("a-long-name@a-long-name-of-a-domain.example.org", "+15550199"),
    ],
)
def test_a_sender_that_phones_can_not_show_is_not_taken(tmp_path, wished, sender):
    assert made(tmp_path, "Hello", Wishes(sender=wished)).details["from"] == sender


@pytest.mark.parametrize("recipient", ["+1" * 30, "+15550100\r\nBcc: x"])
def test_a_recipient_that_is_no_number_is_refused(tmp_path, recipient):
    with pytest.raises(RefusedError, match="no telephone number"):
        made(tmp_path, "Hello", Wishes(recipient=recipient))


def test_ssml_without_its_marks_and_a_byte_order_mark(tmp_path):
    ssml = '<speak>Call <say-as interpret-as="digits">123</say-as>\n <break/>now</speak>'
    sms = made(tmp_path, ssml, media_type="application/ssml+xml; charset=utf-8")
    assert read_message(sms).text == "Call 123 now"
    assert read_message(made(tmp_path, "\ufeffhello")).text == "hello"


@pytest.mark.parametrize(
    ("text", "media_type", "reason"),
    [
        ("", "text/plain", "nothing in the text"),
        (" \n\x00 ", "text/plain", "nothing in the text"),
        ("<speak>", "application/ssml+xml", "SSML line 1"),
        (
            '<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><s>&a;</s>',
            "application/ssml+xml",
            "document type .* is refused$",
        ),
    ],
)
def test_texts_that_are_none(tmp_path, text, media_type, reason):
    with pytest.raises(RefusedError, match=reason):
        made(tmp_path, text, media_type=media_type)


def test_other_encodings_and_sizes_are_refused(tmp_path, monkeypatch):
    source = text_content(tmp_path, "")
    source.path.write_bytes("Grüße".encode("latin-1"))
    with pytest.raises(RefusedError, match="not UTF-8"):
        segment(source, Wishes(), TestWork(tmp_path), SETTINGS)
    monkeypatch.setattr(messages, "MOST_BYTES", 3)
    with pytest.raises(RefusedError, match="more than"):
        segment(source, Wishes(), TestWork(tmp_path), SETTINGS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"text": "a", "alphabet": "gsm7", "segments": []}',
        b'{"text": "a", "alphabet": "utf-7", "segments": ["a"]}',
        b'{"text": "a", "alphabet": "gsm7", "segments": ["a"], "more": 1}',
        b'{"text": "a", "alphabet": "gsm7", "segments": ["a"], "reference": 256}',
        b"\xff\xfe",
        b"[" * 5000,
    ],
)
def test_files_that_are_no_messages(tmp_path, data):
    path = tmp_path / "x.json"
    path.write_bytes(data)
    with pytest.raises(RefusedError, match="this is no short message"):
        read_message(Content(Kind.SMS, path, "application/json"))


def test_segments_that_are_not_those_of_the_text(tmp_path):
    good = short_message("a" * 200, "k")
    bad = good.model_copy(update={"segments": ("a" * 100, "a" * 100)})
    with pytest.raises(RefusedError, match="not those of its text"):
        read_message(as_content(bad, tmp_path)).parts()


def test_the_reference_follows_from_the_key():
    assert short_message("a", "k") == short_message("a", "k")
    references = {short_message("a", str(n)).reference for n in range(100)}
    assert len(references) > 60
