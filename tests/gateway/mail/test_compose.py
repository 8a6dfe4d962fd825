"""Mails and reports that are composed, read again by the standard library."""

from __future__ import annotations

import email
import json
from datetime import UTC, datetime
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import RefusedError
from gateway.mail import letters
from gateway.mail.compose import Letter, answer_subject, compose, party
from gateway.mail.guard import automatic
from gateway.mail.headers import Address
from gateway.mail.parse import parse
from gateway.mail.report import Action, Outcome, report
from gateway.mail.transcript import Heard, marked, paragraphs

WHEN = datetime(2026, 11, 24, 9, 15, tzinfo=UTC)


def letter(**more: object) -> Letter:
    given: dict[str, object] = {
        "key": "job-1/2",
        "sender": Address("gw@gw.example", "Voice gateway"),
        "recipient": Address("jürgen@example.org", "Jürgen Müller, Dr."),
        "subject": "Grüße",
        "text": "Hello\n",
        "when": WHEN,
        "hostname": "gw.example",
    }
    return Letter(**(given | more))  # type: ignore[arg-type]


def read(data: bytes):
    return email.message_from_bytes(data, policy=policy.default)


def test_a_letter():
    mail = read(compose(letter(recipient=Address("anna@example.org", "Müller, Anna"))))
    assert mail["Subject"] == "Grüße"
    assert mail["To"].addresses[0].display_name == "Müller, Anna"
    assert mail["From"].addresses[0].addr_spec == "gw@gw.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().strip() == "Hello"


def test_an_address_beyond_ascii_stays_what_it_is():
    message = parse(compose(letter()))
    assert message.to == (Address("jürgen@example.org", "Jürgen Müller, Dr."),)


def test_it_is_the_same_in_every_attempt():
    files = [("a.bin", "application/octet-stream", b"\0\1")]
    first, second = (compose(letter(recipient=None, files=files)) for _ in range(2))
    assert first == second
    assert read(first)["Message-ID"] == read(compose(letter(recipient=None)))["Message-ID"]
    assert (
        read(first)["Message-ID"]
        != read(compose(letter(recipient=None, key="job-1/3")))["Message-ID"]
    )


def test_it_is_seven_bits_and_its_lines_are_short():
    data = compose(letter(recipient=None, text="ü" * 5000 + "\n.\n" + "x" * 5000))
    assert max(data) < 128
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_answers_belong_to_their_thread():
    mail = read(compose(letter(recipient=None, answers="<2@x>", references=("<1@x>",))))
    assert mail["In-Reply-To"] == "<2@x>"
    assert mail["References"] == "<1@x> <2@x>"


def test_attachments():
    files = [("../../a.ogg", "audio/ogg", b"OggS"), ("Grüße.pdf", "application/pdf", b"%PDF-")]
    message = parse(compose(letter(recipient=None, files=files)))
    assert [(one.name, one.data) for one in message.attachments] == [
        ("a.ogg", b"OggS"),
        ("Grüße.pdf", b"%PDF-"),
    ]


def test_our_own_mail_is_known_as_automatic():
    assert automatic(parse(compose(letter(recipient=None))))


@given(st.text(max_size=120), st.text(max_size=120), st.text(max_size=200))
def test_nothing_from_outside_can_add_a_field(subject, name, text):
    subject, name = f"{subject}\r\nBcc: v@x.org", f"{name}\nX-Evil: 1"
    data = compose(
        letter(subject=subject, text=text, sender=Address("gw@gw.example", name), recipient=None)
    )
    mail = read(data)
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert len(mail.keys()) == len(read(compose(letter(recipient=None))).keys())


@pytest.mark.parametrize("text", ["a@b.org", "Anna <a@b.org>", '"x, y" <a@b.org>'])
def test_party(text):
    assert party(text).address == "a@b.org"


@pytest.mark.parametrize("text", ["", "anna", "a@b.org\nBcc: c@d.org", "a@b.org, c@d.org", "<>"])
def test_no_party(text):
    with pytest.raises(RefusedError, match="address"):
        party(text)


def test_subjects():
    assert answer_subject("Hi") == "Re: Hi"
    assert answer_subject("RE: Hi") == "RE: Hi"
    assert letters.subject_for({"subject": "Hi", "message_id": "<1@x>"}, None, "Text") == "Re: Hi"
    assert letters.subject_for({"subject": "Hi"}, None, "Text") == "Hi"
    assert letters.subject_for({"from": "+49 30 1"}, None, "Fax") == "Fax from +49 30 1"
    assert letters.subject_for({}, "Wished", "Fax") == "Wished"


def test_a_voice_body_says_what_was_hard_to_hear():
    words = [Heard("Call", 0.9), Heard("five", 0.3), Heard("fifty", 0.2), Heard("now", 0.8)]
    transcript = marked(words, 0.5)
    assert transcript == "Call [five fifty?] now"
    body = letters.voice_body({"from": "+49301", "seconds": 62.4}, transcript)
    assert body.startswith("From: +49301\nLength: 1:02\n\nCall [five fifty?] now\n")
    assert "hard to hear" in body
    assert "hard to hear" not in letters.voice_body({}, "Call now")
    assert "No words" in letters.voice_body({}, " ")
    assert "not written down" in letters.voice_body({}, None)


def test_a_transcript_from_its_file(tmp_path):
    words = [{"word": "ja", "start": 0, "end": 1, "confidence": 0.9}]
    words.append({"word": "nein", "start": 1, "end": 2, "confidence": 0.1})
    path = tmp_path / "words.json"
    path.write_text(json.dumps({"text": "ja nein", "segments": [{"words": words}]}))
    assert paragraphs(path, 0.5) == "ja [nein?]"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"text": 1, "segments": 2}', "\xff"])
def test_a_file_that_is_no_transcript(tmp_path, content):
    path = tmp_path / "words.json"
    path.write_bytes(content.encode("latin-1"))
    assert paragraphs(path, 0.5) is None
    assert paragraphs(tmp_path / "none.json", 0.5) is None


def test_a_fax_body():
    body = letters.fax_body({"from": "+49 30 1", "pages": 2}, "Order\n")
    assert body == "From: +49 30 1\nPages: 2\n\nOrder"
    assert "No text" in letters.fax_body({}, " ")


def test_length():
    assert [letters.length(seconds) for seconds in (0, 59.6, 3600)] == ["0:00", "1:00", "1:00:00"]


def test_a_delivery_report():
    outcome = Outcome(Action.FAILED, "fax;+49 30 123", "the line was busy\r\nX: y", WHEN)
    original = b"Message-ID: <1@x.org>\r\nSubject: Gr\xc3\xbc\r\n\r\nsecret text"
    mail = read(report(letter(recipient=Address("anna@example.org")), outcome, original))
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "delivery-status"
    text, status, header = mail.iter_parts()
    assert text.get_content().strip() == "Hello"
    about, each = status.get_payload()
    assert about["Reporting-MTA"] == "dns; gw.example"
    assert each["Final-Recipient"] == "fax; +49 30 123"
    assert each["Action"] == "failed"
    assert each["Status"] == "5.0.0"
    assert each["Diagnostic-Code"] == "x-gateway; the line was busy X: y"
    assert header.get_content_type() == "text/rfc822-headers"
    assert "<1@x.org>" in header.get_content()
    assert b"secret" not in mail.as_bytes()


@pytest.mark.parametrize(("action", "status"), [("delivered", "2.0.0"), ("delayed", "4.0.0")])
def test_other_outcomes(action, status):
    outcome = Outcome(Action(action), "rfc822;a@b.org", "ok", WHEN)
    mail = read(report(letter(recipient=None), outcome))
    assert f"Status: {status}".encode() in mail.as_bytes()
    assert "report" in automatic(parse(mail.as_bytes())) or automatic(parse(mail.as_bytes()))
