"""Mails that were made to hurt: each gets a clear error or is read, quickly."""

from __future__ import annotations

import time
import tracemalloc
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import RefusedError
from gateway.mail.guard import automatic
from gateway.mail.message import Message
from gateway.mail.parse import parse
from gateway.mail.reading import body, full_text, spoken

SECONDS = 6.0  # of CPU time for one mail; this is not a measurement, only far from hours


def nested(depth: int, kind: str = "multipart/mixed") -> bytes:
    mail = b"From: a@b.org\n"
    for number in range(depth):
        mail += b"Content-Type: %s; boundary=b%d\n\n--b%d\n" % (kind.encode(), number, number)
    return mail + b"\ntext\n"


def parts(count: int) -> bytes:
    return b"From: a@b.org\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * count


REFUSED = {
    "nested multiparts": nested(3000),
    "nested a little too deep": nested(20),
    "nested mails": b"From: a@b.org\n" + b"Content-Type: message/rfc822\n\nFrom: a@b.org\n" * 500,
    "nested digests": b"From: a@b.org\n"
    + b"".join(
        b"Content-Type: multipart/digest; boundary=%d\n\n--%d\n\n" % (n, n) for n in range(50)
    ),
    "a million lines in nested parts": nested(10) + b"\n" * 2_000_000,
    "many parts": parts(5000),
    "an endless header": b"From: a@b.org\n" + b"X: y\n" * 200_000 + b"\ntext",
    "an endless field": b"From: a@b.org\nSubject: " + b"x" * 1_000_000 + b"\n\ntext",
    "endless parameters": b"From: a@b.org\nContent-Type: x/y;" + b'";' * 100_000 + b"\n\n",
    "endless parameters of a part": parts(1) + b'--x\nContent-Type: x/y;"' + b";" * 1_000_000,
}

HTML = {
    "deep": "<div>" * 50_000 + "x",
    "tables": "<table><tr><td>" * 20_000 + "x",
    "attributes": "<p " + " ".join(f"a{n}" for n in range(100_000)) + ">x</p>",
    "unclosed": "<b>x" * 50_000,
    "styles": "<p style='" + "font-size:0 " * 100_000 + "'>x</p>",
    "comment": "<!--" + "-" * 1_000_000,
    "entities": "&#x41;" * 200_000,
    "numbers": "&#99999999999;" * 50_000,
    "angles": "<" * 500_000,
    "nul": "a\0b",
    "script": "<script>" + "while(1);" * 100_000,
    "doctype": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>&x;</p>',
}

TEXTS = {
    "quotes": "> " * 200_000,
    "announcements": "On 1 Jan a@b.org wrote:\n" * 20_000,
    "half announcements": ("On 1 " + "a " * 70 + ":\n") * 5_000,
    "one long line": "On 1 " + "wrote " * 80_000 + ":",
    "header blocks": "From: a\nSent: b\n" * 30_000,
    "rules": "_" * 500_000,
    "links": "https://a.example/" + "a?b=" * 100_000,
    "many links": "see https://x.example/?utm_source=1&a=2 " * 10_000,
    "brackets": "[cid:" * 100_000,
    "angles": "a <https://" * 50_000,
    "legal": ("confidential intended recipient " * 20 + "\n\n") * 700,
    "paragraphs": "a\n\n" * 80_000,
    "spaces": " " * 500_000,
    "closings": "Best regards,\n" * 30_000,
    "dashes": "-- \n" * 100_000,
    "colons": ":\n" * 100_000,
}


def everything(data: bytes) -> Message:
    """All that is done with a mail."""
    message = parse(data)
    spoken(message)
    full_text(message)
    automatic(message)
    return message


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_at_once(name):
    begun = time.process_time()
    with pytest.raises(RefusedError):
        parse(REFUSED[name])
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("name", HTML)
def test_html_is_read_in_time(name):
    data = b"From: a@b.org\nContent-Type: text/html; charset=utf-8\n\n" + HTML[name].encode()
    begun = time.process_time()
    assert "root:" not in spoken(everything(data))
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_read_in_time(name):
    data = b"From: a@b.org\nSubject: Fwd: x\n\n" + TEXTS[name].encode()
    begun = time.process_time()
    everything(data)
    assert time.process_time() - begun < SECONDS


def test_the_memory_for_a_large_mail_is_bounded():
    mail = EmailMessage()
    mail["From"] = "a@example.org"
    mail.add_attachment(bytes(3 << 20), maintype="application", subtype="octet-stream")
    data = mail.as_bytes()
    tracemalloc.start()
    try:
        parse(data)
        assert tracemalloc.get_traced_memory()[1] < 12 * len(data)
    finally:
        tracemalloc.stop()


def test_html_fetches_nothing(monkeypatch):
    def nobody(*_: object, **__: object) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr("socket.socket.connect", nobody)
    monkeypatch.setattr("socket.getaddrinfo", nobody)
    html = (
        b"<html><head><link rel=stylesheet href=http://x.example/a.css></head><body>Hello"
        b"<img src=http://x.example/pixel.gif><iframe src=http://x.example></iframe>"
        b"<script src=http://x.example/a.js></script></body></html>"
    )
    data = b"From: a@b.org\nContent-Type: text/html\n\n" + html
    assert body(parse(data)).new == "Hello"


LINES = st.sampled_from(
    [
        b"From: a@b.org",
        b"Subject: =?utf-8?B?////?= =?x?Q?=ZZ?=",
        b"Content-Type: multipart/mixed; boundary=x",
        b"Content-Type: multipart/mixed; boundary*0*=utf-8''%zz",
        b"Content-Type: multipart/alternative",
        b"Content-Type: message/rfc822",
        b"Content-Type: message/delivery-status",
        b"Content-Type: text/html; charset=utf-16",
        b"Content-Type: text/plain; charset*1=q; charset=hex",
        b"Content-Type: text/plain; format=flowed",
        b"Content-Type:",
        b"Content-Disposition: attachment; filename*0*=\xff; filename=..\\..",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Transfer-Encoding: x-uuencode",
        b"begin 999 ../x",
        b"--x",
        b"--x--",
        b"",
        b"> On 1 Jan, a wrote:",
        b"<p>&amp;<b",
        b"-- ",
        b"Date: Tue, 99 Nov -1",
    ]
)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(LINES | st.binary(max_size=30), max_size=40), st.sampled_from([b"\n", b"\r\n", b"\r"])
)
def test_any_bytes_are_read_or_refused(lines, newline):
    try:
        message = everything(newline.join(lines))
    except RefusedError:
        return
    spoken(message).encode("utf-8")
    assert all("/" not in one.name for one in message.attachments)
