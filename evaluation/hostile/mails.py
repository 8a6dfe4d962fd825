"""Hostile mails: broken MIME of every kind, and every character set, true and untrue."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any, Final

from evaluation.hostile.inputs import Door, Due, Input, Make, fixed

FROM: Final = b"From: mallory@example.org\n"
REFUSED: Final = r"55\d "
TEXT: Final = b"Content-Type: text/plain; charset=utf-8\n\nhello\n"


def inputs() -> Iterator[Input]:
    """All of them."""
    yield from _structures()
    yield from _charsets()


def a_mail(
    name: str, make: Make | bytes, due: Due = Due.EITHER, says: str = "", **more: Any
) -> Input:
    """A mail; if it is due to be refused, the door refuses it."""
    made = fixed(make) if isinstance(make, bytes) else make
    if due is Due.REFUSED:
        more.setdefault("reply", REFUSED)
    return Input(
        name,
        more.pop("group", "mail"),
        made,
        Door.MAIL,
        due,
        says,
        "a.eml",
        "message/rfc822",
        **more,
    )


def with_body(kind: str, body: bytes, encoding: str = "") -> bytes:
    """A mail of one part."""
    coded = f"Content-Transfer-Encoding: {encoding}\n" if encoding else ""
    return FROM + f"MIME-Version: 1.0\nContent-Type: {kind}\n{coded}\n".encode() + body


def multipart(*parts: bytes, kind: str = "mixed", boundary: str = "x") -> bytes:
    """A mail of these parts, each with its header."""
    head = f"MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary={boundary}\n\n".encode()
    mark = f"--{boundary}".encode()
    return FROM + head + b"".join(mark + b"\n" + part + b"\n" for part in parts) + mark + b"--\n"


def nested(depth: int, kind: str = "multipart/mixed") -> bytes:
    """Parts within parts."""
    mail = FROM
    for number in range(depth):
        mail += f"Content-Type: {kind}; boundary=b{number}\n\n--b{number}\n".encode()
    return mail + b"\ntext\n"


# ── MIME ──────────────────────────────────────────────────────────────────────────────────────


def _structures() -> Iterator[Input]:
    again = b"Content-Type: message/rfc822\n\n" + FROM
    too_much: Mapping[str, tuple[bytes, str]] = {
        "parts 3,000 deep": (nested(3000), "nested"),
        "parts 20 deep": (nested(20), "nested"),
        "mails 500 deep": (FROM + again * 500, "nested"),
        "5,000 parts": (multipart(*[b"\na"] * 5000), "more than 200 parts|too many lines"),
        "a header of 800 kB": (FROM + b"X: y\n" * 200_000 + b"\ntext", "header"),
        "a million parameters": (
            FROM + b"Content-Type: x/y;" + b'";' * 500_000 + b"\n\n",
            "header|Content field",
        ),
        "a million parameters in a part": (
            multipart(b'Content-Type: x/y;"' + b";" * 1_000_000 + b"\n\nx"),
            "Content field",
        ),
        "26 MB": (with_body("text/plain", b"word " * (26 << 18)), "larger than 25 MB"),
        "no header at all": (b"\n\nhello\n", "no header field|no mail"),
        "two million lines in parts": (nested(10) + b"\n" * 2_000_000, "too many lines"),
    }
    for name, (data, says) in too_much.items():
        reply = (
            r"55\d |500 Line" if "26 MB" in name or "header" in name or "param" in name else REFUSED
        )
        quick = name in ("parts 3,000 deep", "5,000 parts")
        yield a_mail(name, data, Due.REFUSED, says, reply=reply, quick=quick)
    broken: Mapping[str, bytes] = {
        "no boundary": FROM + b"Content-Type: multipart/mixed\n\n--x\n\nhello\n",
        "a boundary of nothing": FROM
        + b'Content-Type: multipart/mixed; boundary=""\n\n--\n\nhello\n',
        "a boundary of 200 letters": multipart(TEXT, boundary="b" * 200),
        "a boundary of another charset": FROM
        + b'Content-Type: multipart/mixed; boundary="\xff\xfe"\n\n--\xff\xfe\n\nhello\n',
        "a boundary that never comes": multipart(TEXT).replace(b"\n--x", b"\n--y"),
        "a boundary that begins another": multipart(
            b"Content-Type: multipart/mixed; boundary=xx\n\n--xx\n\na\n--xx--\n"
        ),
        "a boundary of regular expressions": multipart(TEXT, boundary='"(a+)+$[^"'),
        "two boundaries": FROM
        + b"Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--b\n\nhello\n--a\n\nhallo\n",
        "an end before its beginning": FROM
        + b"Content-Type: multipart/mixed; boundary=x\n\n--x--\n--x\n\nhello\n",
        "two Content-Types": FROM
        + b"Content-Type: text/html\nContent-Type: multipart/mixed; boundary=x\n\n<p>hello\n",
        "a type that is none": with_body("///;;;=", b"hello"),
        "a type of no letters": with_body("", b"hello"),
        "multipart in base64": FROM
        + b"Content-Type: multipart/mixed; boundary=x\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode(b"--x\n\nhello\n--x--"),
        "a mail in base64": multipart(
            b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
            + base64.b64encode(FROM + TEXT)
        ),
        "base64 that is none": with_body("text/plain", b"!!!! this is none ====\n" * 50, "base64"),
        "base64 cut off": with_body("text/plain", base64.b64encode(b"hello" * 99)[:-3], "base64"),
        "base64 of one letter": with_body("text/plain", b"A", "base64"),
        "quoted-printable that is none": with_body(
            "text/plain", b"=ZZ=\x00=1" * 500, "quoted-printable"
        ),
        "uuencode that is none": with_body(
            "text/plain", b"begin 644 ../../x\n\xff\xff\xff\n" * 50, "x-uuencode"
        ),
        "uuencode without end": with_body(
            "text/plain", b"begin 644 a\n" + b"M" * 500_000, "uuencode"
        ),
        "an encoding nobody knows": with_body("text/plain", b"hello", "x-bzip2"),
        "bare carriage returns": (FROM + TEXT).replace(b"\n", b"\r"),
        "all ends of lines": FROM.replace(b"\n", b"\r\n") + b"Subject: a\rTo: b\n\r\nhello\r\r\n",
        "zeros everywhere": (FROM + TEXT).replace(b"e", b"e\0"),
        "a part that holds itself": multipart(
            b"Content-Type: message/external-body; access-type=local-file; name=/etc/passwd\n\n"
            b"Content-Type: text/plain\n\n"
        ),
        "message/partial": with_body(
            'message/partial; id="x"; number=1; total=99999', b"From: a@b.org\n\nhello"
        ),
        "message/rfc822 with nothing in it": with_body("message/rfc822", b""),
        "flowed text without end": with_body(
            "text/plain; format=flowed; delsp=yes", b"> > a \n" * 50_000
        ),
        "text that says it is encrypted": with_body(
            "multipart/encrypted; boundary=x", b"--x\n\n--x--\n"
        ),
        "a calendar": multipart(
            TEXT, b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\n", kind="alternative"
        ),
        "alternatives of nothing": multipart(kind="alternative"),
        "parameters out of order": with_body(
            "text/plain; charset*1*=q; charset*0*=utf''hex; charset*9=x", b"hello"
        ),
        "winmail.dat": multipart(
            TEXT,
            b'Content-Type: application/ms-tnef; name="winmail.dat"\n\n\x78\x9f\x3e\x22'
            + bytes(500),
        ),
        "yEnc": with_body(
            "text/plain", b"=ybegin line=128 size=99999999 name=../x\n" + bytes(range(1, 256)) * 9
        ),
    }
    for name, data in broken.items():
        yield a_mail(
            name, data, quick=name in ("no boundary", "base64 that is none", "zeros everywhere")
        )


# ── character sets ────────────────────────────────────────────────────────────────────────────

_VALID: Final = (
    "utf-8 utf-16 utf-32 utf-7 iso-8859-1 iso-8859-2 iso-8859-5 iso-8859-7 iso-8859-8-i "
    "iso-8859-15 windows-1250 windows-1251 windows-1252 windows-1256 koi8-r koi8-u gb2312 gbk "
    "gb18030 big5 shift_jis euc-jp iso-2022-jp euc-kr iso-2022-kr tis-620 macintosh "
    "cp437 cp866 ibm037 hz"
).split()
_UNTRUE: Final = (
    "idna punycode base64 zlib bz2 rot13 hex uu undefined unicode_escape raw_unicode_escape mbcs "
    "x-unknown 8bit default ../../x utf-8''x utf_8_sig cp65001 string_escape palmos"
).split()


def _charsets() -> Iterator[Input]:
    words = "Grüße: 10 € Müller 東京 Москва ไทย שלום"
    for charset in _VALID:
        known = {"tis-620": "cp874", "iso-8859-8-i": "iso8859-8", "macintosh": "mac-roman"}
        data = words.encode(known.get(charset, charset), errors="replace")
        yield a_mail(
            f"text in {charset}", with_body(f"text/plain; charset={charset}", data, "8bit"),
            Due.MADE, group="charset",
        )  # fmt: skip
        wrong = bytes(range(1, 256)) * 20
        yield a_mail(
            f"text in {charset} that is none", with_body(f"text/plain; charset={charset}", wrong),
            group="charset", quick=charset in ("utf-7", "iso-2022-kr"),
        )  # fmt: skip
    for charset in _UNTRUE:
        data = with_body(f'text/html; charset="{charset}"', words.encode() + b"x" * 50_000)
        yield a_mail(f"HTML in {charset}", data, Due.MADE, group="charset")
        subject = f"Subject: =?{charset}?Q?=FF=FE=00hello?= =?{charset}?B?!!!!?=\n".encode()
        yield a_mail(f"subject in {charset}", FROM + subject + TEXT, Due.MADE, group="charset")
