"""Mails of many makes, read."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from gateway.errors import RefusedError
from gateway.mail.parse import parse
from gateway.mail.settings import ParseSettings


def raw(header: str, body: str = "") -> bytes:
    return f"{header.strip()}\n\n{body}".replace("\n", "\r\n").encode()


def test_a_plain_mail():
    message = parse(
        raw(
            """
From: =?utf-8?Q?J=C3=BCrgen?= <j@example.org>
To: gw@example.net
Cc: a@example.org, b@example.org
Reply-To: answers@example.org
Subject: =?utf-8?B?R3LDvMOfZQ==?=
Date: Tue, 24 Nov 2026 09:15:00 +0100
Message-ID: <1@example.org>
References: <0@example.org>
""",
            "Hello\n",
        )
    )
    assert message.sender is not None
    assert (message.sender.name, message.sender.address) == ("Jürgen", "j@example.org")
    assert [one.address for one in message.cc] == ["a@example.org", "b@example.org"]
    assert message.reply_to[0].address == "answers@example.org"
    assert message.subject == "Grüße"
    assert message.text == "Hello"
    assert message.message_id == "<1@example.org>"
    assert message.references == ("<0@example.org>",)
    assert message.first("subject") == "=?utf-8?B?R3LDvMOfZQ==?="


def test_alternatives_related_pictures_and_files():
    mail = EmailMessage()
    mail["From"] = "a@example.org"
    mail.set_content("plain")
    mail.add_alternative("<p>html</p>", subtype="html")
    mail.get_payload()[1].add_related(b"\x89PNG\r\n\x1a\n", "image", "png", cid="<1>")
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="../a.pdf")
    mail.add_attachment("note", filename="note.txt")
    message = parse(mail.as_bytes())
    assert message.text == "plain"
    assert "html" in message.html
    files = {one.name: (one.media_type, one.inline) for one in message.attachments}
    assert files["a.pdf"] == ("application/pdf", False)
    assert files["note.txt"] == ("text/plain", False)
    assert ("image/png", True) in files.values()


def test_text_between_attachments_is_all_read():
    mail = b"""From: a@b.org
Content-Type: multipart/mixed; boundary=x

--x

first
--x
Content-Type: application/pdf; name=a.pdf

%PDF-
--x

second
--x--
"""
    assert parse(mail).text == "first\n\nsecond"


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", "SGVsbG8=", "Hello"),
        ("base64", "SGVs\nbG8", "Hello"),
        ("quoted-printable", "Hel=\nlo =C3=BC", "Hello ü"),
        ("quoted-printable", "100=zz", "100=zz"),
        ("8bit", "Grüße", "Grüße"),
        ("made-up", "Hello", "Hello"),
        ("x-uuencode", "begin 644 a\n#0V%T\n \nend\n", "Cat"),
    ],
)
def test_transfer_encodings(encoding, body, text):
    header = "From: a@b.org\nContent-Type: text/plain; charset=utf-8\n"
    header += f"Content-Transfer-Encoding: {encoding}"
    assert parse(raw(header, body)).text == text


def test_base64_that_is_none_does_no_harm():
    header = "From: a@b.org\nContent-Transfer-Encoding: base64"
    assert isinstance(parse(raw(header, "@@@ not \x00 base64 é %%%")).text, str)


def test_flowed_text_is_unwrapped():
    header = 'From: a@b.org\nContent-Type: text/plain; format="flowed"; delsp=no'
    body = "A long \nparagraph.\n\n> quoted \n> text\n-- \nsig"
    assert parse(raw(header, body)).text == "A long paragraph.\n\n> quoted text\n-- \nsig"


def test_a_flowed_text_of_many_lines_takes_no_quadratic_time():
    header = "From: a@b.org\nContent-Type: text/plain; format=flowed"
    assert len(parse(raw(header, "a \n" * 200_000)).text) == 400_000


def test_an_enclosed_mail_is_read_and_not_mixed_with_the_outer_one():
    inner = EmailMessage()
    inner["From"] = "inner@example.org"
    inner["Subject"] = "Inner"
    inner.set_content("inner text")
    mail = EmailMessage()
    mail["From"] = "outer@example.org"
    mail.set_content("outer text")
    mail.add_attachment(inner)
    message = parse(mail.as_bytes())
    assert message.text == "outer text"
    assert [one.subject for one in message.enclosed] == ["Inner"]
    assert message.enclosed[0].text == "inner text"
    assert message.attachments == ()


def test_encrypted_mail_is_known():
    mail = b"""From: a@b.org
Content-Type: multipart/encrypted; boundary=x; protocol="application/pgp-encrypted"

--x
Content-Type: application/pgp-encrypted

Version: 1
--x
Content-Type: application/octet-stream

-----BEGIN PGP MESSAGE-----
--x--
"""
    message = parse(mail)
    assert message.encrypted
    assert message.attachments == ()


def test_a_signature_file_is_no_attachment():
    mail = b"""From: a@b.org
Content-Type: multipart/signed; boundary=x; protocol="application/pgp-signature"

--x

text
--x
Content-Type: application/pgp-signature; name=signature.asc

-----BEGIN PGP SIGNATURE-----
--x--
"""
    message = parse(mail)
    assert (message.text, message.attachments) == ("text", ())


def test_names_of_attachments_in_every_notation():
    mail = b"""From: a@b.org
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: application/octet-stream
Content-Disposition: attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.bin

1
--x
Content-Type: application/octet-stream; name="=?utf-8?Q?Gr=C3=BC=C3=9Fe.bin?="

2
--x
Content-Type: application/octet-stream
Content-Disposition: attachment; filename*0="long "; filename*1="name.bin"

3
--x
Content-Type: application/octet-stream
Content-Disposition: attachment; filename*5*=broken'

4
--x--
"""
    names = [one.name for one in parse(mail).attachments]
    assert names[:3] == ["Grüße.bin", "Grüße (2).bin", "long name.bin"]
    assert len(names) == 4


def test_too_many_attachments_are_left_out_and_it_says_so():
    mail = EmailMessage()
    mail["From"] = "a@example.org"
    mail.set_content("x")
    for _ in range(4):
        mail.add_attachment(b"1", maintype="application", subtype="pdf")
    message = parse(mail.as_bytes(), ParseSettings(attachments=2))
    assert len(message.attachments) == 2
    assert message.left_out == ("2 more attachments",)


def test_a_very_long_text_is_cut_off_and_it_says_so():
    message = parse(raw("From: a@b.org", "x" * 100), ParseSettings(text_characters=10))
    assert message.text == "x" * 10
    assert message.left_out == ("the end of a very long text",)


def test_a_zip_is_kept_shut():
    bomb = b"PK\x03\x04" + bytes(100)
    mail = EmailMessage()
    mail["From"] = "a@example.org"
    mail.add_attachment(bomb, maintype="application", subtype="zip", filename="a.zip")
    (file,) = parse(mail.as_bytes()).attachments
    assert (file.data, file.media_type) == (bomb, "application/zip")


def test_two_from_fields_are_both_seen():
    message = parse(raw("From: a@example.org\nFrom: b@example.org"))
    assert [one.address for one in message.senders] == ["a@example.org", "b@example.org"]


@pytest.mark.parametrize("data", [b"", b"\r\n\r\ntext", b"no header at all", bytes(100)])
def test_what_is_no_mail_is_refused(data):
    with pytest.raises(RefusedError, match="no mail"):
        parse(data)


def test_what_is_too_large_is_refused():
    with pytest.raises(RefusedError, match="larger than 25 MB"):
        parse(b"From: a@b.org\r\n\r\n" + bytes(25 << 20))
