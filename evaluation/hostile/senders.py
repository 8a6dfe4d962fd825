"""Hostile mails: forged and odd headers, and what no person wrote, which must not be answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evaluation.hostile.inputs import Input
from evaluation.hostile.mails import FROM, REFUSED, TEXT, a_mail


def inputs() -> Iterator[Input]:
    """All of them."""
    yield from _headers()
    yield from _automatic()


def _headers() -> Iterator[Input]:
    not_sure = "not signed|one From"
    forged: Mapping[str, bytes] = {
        "no signature": FROM + TEXT,
        "a signature that is none": FROM
        + b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=x; h=from; bh=AAAA; b=AAAA\n"
        + TEXT,
        "a signature of 200 kB": FROM
        + b"DKIM-Signature: v=1; d=example.org; s=x; h=from;\n"
        + b" b=AAAA\n" * 20_000
        + TEXT,
        "100 signatures": FROM
        + b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=x; h=from; bh=A; b=A\n" * 100
        + TEXT,
        "results that it brings along": FROM
        + b"Authentication-Results: gw.example; dkim=pass header.d=example.org; spf=pass\n"
        + TEXT,
        "a trusted system in Received": FROM
        + b"Received: from trusted (localhost [127.0.0.1]) by gw.example\n"
        + TEXT,
        "two From fields": FROM + b"From: chief@example.com\n" + TEXT,
        "two addresses in From": b"From: chief@example.com, mallory@example.org\n" + TEXT,
        "From without an address": b"From: The Chief\n" + TEXT,
        "no From at all": b"Subject: hello\n" + TEXT,
        "another address as a name": b'From: "chief@example.com" <mallory@example.org>\n' + TEXT,
        "an address in a comment": b"From: mallory@example.org (chief@example.com)\n" + TEXT,
        "a group in From": b"From: chiefs: a@example.com, b@example.com;\n" + TEXT,
        "a From that is folded": b"From: chief@example.com\n\t<mallory@example.org>\n" + TEXT,
    }
    for name, data in forged.items():
        yield a_mail(
            name, data, reply=REFUSED, says=not_sure, strict=True, group="forged",
            quick=name in ("no signature", "two From fields"),
        )  # fmt: skip
    odd: Mapping[str, bytes] = {
        "a subject of a megabyte folded": b"Subject: " + b"a\n " * 20_000 + b"\n",
        "a subject of encoded words only": b"Subject: " + b"=?utf-8?q?=41?= " * 4000 + b"\n",
        "a subject with ends of lines in it": b"Subject: =?utf-8?q?a=0D=0ABcc:_b@example.org?=\n",
        "a subject right to left": "Subject: \u202egpj.exe\n".encode(),
        "a date of another age": b"Date: Fri, 99 Foo 99999 99:99:99 +9999\n",
        "a date of the year zero": b"Date: 1 Jan 0000 00:00:00 -0000\n",
        "a date at the end of time": b"Date: 31 Dec 9999 23:59:59 -2359\n",
        "10,000 recipients": b"To: " + b"a@example.org,\n " * 10_000 + b"b@example.org\n",
        "comments 5,000 deep": b"To: " + b"(" * 3900 + b"x" + b")" * 3900 + b"\n",
        "groups in groups": b"To: " + b"a:" * 2000 + b";" * 2000 + b"\n",
        "a Message-ID of 5 kB": b"Message-ID: <" + b"x" * 5000 + b"@y>\n",
        "a Message-ID with fields in it": b"Message-ID: <a\n Bcc: x@example.org>\n",
        "10,000 references": b"References: " + b"<a@b>\n " * 10_000 + b"\n",
        "a field without a name": b": hello\n",
        "a field without a colon": b"hello there\n",
        "a field of bytes beyond ASCII": b"Subject: \xff\xfe\x80\x81\n",
        "a field called like our own": b"X-Loop-Not: x\nX-Gateway: y\n",
        "a reply to everybody": b"Reply-To: "
        + b"v%d@example.org, " * 500 % tuple(range(500))
        + b"\n",
        "a reply to a program": b"Reply-To: |/bin/sh@example.org\n",
        "a reply to fields": b"Reply-To: =?utf-8?q?a=40example.org=0D=0ABcc=3A_b=40c?=\n",
        "a language that is none": b"Content-Language: ../../x, -f\n",
    }
    for name, data in odd.items():
        yield a_mail(
            name, FROM + data + TEXT, group="header", quick=name in ("comments 5,000 deep",)
        )


def _automatic() -> Iterator[Input]:
    """None of these may be answered, or the answers go round."""
    loop = b"X-Loop: gateway@gw.example\n"
    report = 'multipart/report; report-type=delivery-status; boundary="x"'
    made: Mapping[str, tuple[bytes, str, str]] = {
        "its own mail": (loop, "loop", ""),
        "its own mail, in capitals": (loop.upper(), "loop", ""),
        "passed on 40 times": (
            b"Received: by a.example; Mon, 23 Nov 2026 10:00:00 +0000\n" * 40,
            "loop",
            "",
        ),
        "a vacation notice": (b"Auto-Submitted: auto-replied (vacation)\n", "automatically", ""),
        "a generated mail": (b"Auto-Submitted: auto-generated\n", "automatically", ""),
        "a bounce by its return path": (b"", "bounce", "<>"),
        "a bounce by its field": (b"Return-Path: <>\n", "bounce", ""),
        "a delivery report": (
            b"MIME-Version: 1.0\nContent-Type: " + report.encode() + b"\n",
            "report",
            "",
        ),
        "a mailing list": (b"List-Id: <all.example.org>\n", "mailing list", ""),
        "bulk": (b"Precedence: bulk\n", "mailing list", ""),
        "an autoresponder of Exchange": (b"X-Auto-Response-Suppress: All\n", "automatically", ""),
        "a robot": (b"", "program", "mailer-daemon@example.org"),
        "a postmaster": (b"", "program", "postmaster@example.org"),
    }
    for name, (fields, says, sender) in made.items():
        yield a_mail(
            name, FROM + fields + b"\nhello\n", says=says, reply=REFUSED, group="loop",
            quick=name in ("its own mail", "a bounce by its return path"),
            sender=sender or "mallory@example.org",
        )  # fmt: skip
