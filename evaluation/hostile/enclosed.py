"""Hostile mails: what is in their HTML and their attachments."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage

from evaluation.hostile import archives, documents, rasters, seeds
from evaluation.hostile.inputs import Bait, Due, Input, Make
from evaluation.hostile.mails import TEXT, a_mail, multipart, with_body


def inputs() -> Iterator[Input]:
    """All of them."""
    yield from _html()
    yield from _attachments()


def _html() -> Iterator[Input]:
    def fetches(bait: Bait) -> bytes:
        url, file = bait.url, f"file://{bait.file}"
        return (
            f"<html><head><base href={url}><link rel=stylesheet href={url}/a.css><style>@import"
            f" url({url}/b.css)</style><meta http-equiv=refresh content='0;url={url}'></head><body "
            f"background={url}/c.png>Hello<img src={url}/d.gif><iframe src={file}></iframe>"
            f"<object data={file}></object><script src={url}/e.js></script><embed src={file}>"
            f"<video src={url}/f.mp4 poster={url}/g.png></video><svg><image href={url}/></svg>"
        ).encode()

    def entity(bait: Bait) -> bytes:
        return f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{bait.file}">]><p>hello &x;</p>'.encode()

    pages: Mapping[str, tuple[Make | bytes, bool]] = {
        "what fetches": (fetches, True),
        "an entity that is a file": (entity, True),
        "elements 50,000 deep": (b"<div>" * 50_000 + b"x", True),
        "tables 20,000 deep": (b"<table><tr><td>" * 20_000 + b"x", False),
        "100,000 attributes": (b"<p " + b" a=b" * 100_000 + b">x</p>", False),
        "a style of a megabyte": (b"<p style='" + b"font-size:0 " * 100_000 + b"'>x</p>", False),
        "a comment of a megabyte": (b"<!--" + b"-" * 1_000_000, False),
        "entities without end": (b"&#x41;" * 200_000 + b"&#99999999999;" * 5000, False),
        "angles": (b"<" * 500_000, False),
        "a script without end": (b"<script>" + b"while(1);" * 50_000, False),
        "a picture in the text": (
            b"<img src='data:image/png;base64," + b"A" * 1_000_000 + b"'>x",
            False,
        ),
        "lists 5,000 deep": (b"<ul><li>" * 5000 + b"x", False),
        "a table of 100,000 cells": (b"<table><tr>" + b"<td colspan=99999>x" * 100_000, False),
        "zeros": (b"<p>a\0b</p>" * 1000, False),
        "another charset in it": (b"<meta charset=utf-7><p>+ADw-script+AD4-x", False),
        "hidden words": (b"<p style='display:none'>secret</p><p hidden>secret</p>x", False),
    }
    for name, (page, quick) in pages.items():
        yield a_mail(name, _in_html(page), Due.MADE, group="HTML", quick=quick)


def _in_html(page: Make | bytes) -> Make:
    def make(bait: Bait) -> bytes:
        return with_body("text/html; charset=utf-8", page(bait) if callable(page) else page)

    return make


# ── attachments ───────────────────────────────────────────────────────────────────────────────


def attached(*files: tuple[str, bytes]) -> bytes:
    """A mail with a text and these files, each called as it is said, unchecked."""
    parts = [TEXT]
    for name, data in files:
        head = f'Content-Disposition: attachment; filename="{name}"\n'.encode("utf-8", "replace")
        body = base64.encodebytes(data)
        parts.append(head + b"Content-Transfer-Encoding: base64\n\n" + body)
    return multipart(*parts)


def _attachments() -> Iterator[Input]:
    names = (
        "../../../etc/passwd", "/etc/passwd", "..\\..\\boot.ini", "C:\\Windows\\x.exe", "CON",
        "nul.txt", ".", "..", "", "a" * 5000, "a\0b.txt", "\u202egpj.exe", "-rf", "|sh",
        "~root/.ssh/id", "a/b/c.pdf",
        "%2e%2e%2fx", "file:///etc/passwd",
    )  # fmt: skip
    for name in names:
        data = attached((name, b"hello there"))
        yield a_mail(
            f"called {name[:24]!r}", data, Due.MADE, group="attachment", quick=name == names[0]
        )
    encoded = (
        b"Content-Disposition: attachment; filename*0*=utf-8''..%2F..%2F; filename*1*=x%00.sh\n\nx"
    )
    yield a_mail("a name in pieces", multipart(TEXT, encoded), Due.MADE, group="attachment")
    yield from _bombs()
    yield a_mail("an honest mail", lambda _: seeds.mail(), Due.MADE, group="attachment", quick=True)
    yield a_mail("24 MB attached", lambda _: _large(), group="attachment")


def _bombs() -> Iterator[Input]:
    twenty = [(f"{number}.pdf", documents.blank(20)) for number in range(20)]
    many = [(f"{number}.txt", b"") for number in range(150)]
    same = [("a.txt", b"one"), ("A.TXT", b"two"), ("a.txt", b"three")]
    bombs: Mapping[str, Callable[[], bytes]] = {
        "a zip bomb": lambda: attached(("a.zip", archives.bomb())),
        "a zip of zips": lambda: attached(("a.zip", archives.nested_zip(4, 4))),
        "a document with macros": lambda: attached(("a.docm", archives.macro_file())),
        "a program called PDF": lambda: attached(("a.pdf", b"MZ" + bytes(5000))),
        "a TIFF bomb": lambda: attached(("a.tif", rasters.tiff(60_000, 60_000))),
        "a PDF of 10,000 pages": lambda: attached(("a.pdf", documents.blank(10_000))),
        "150 empty files": lambda: attached(*many),
        "a file three times": lambda: attached(*same),
        "an empty PDF": lambda: attached(("a.pdf", b"%PDF-")),
        "a mail in a PDF in a mail": lambda: attached(("a.pdf", seeds.pdf(1) + seeds.mail())),
        "20 PDFs of 20 pages": lambda: attached(*twenty),
    }
    for name, make in bombs.items():
        yield a_mail(name, _whatever(make), group="attachment", quick=name == "a TIFF bomb")


def _whatever(make: Callable[[], bytes]) -> Make:
    """Makes it whatever the bait is."""
    return lambda _: make()


def _large() -> bytes:
    message = EmailMessage()
    message["From"] = "mallory@example.org"
    message.set_content("hello")
    message.add_attachment(bytes(17 << 20), maintype="application", subtype="octet-stream")
    return bytes(message)
