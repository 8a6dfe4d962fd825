"""Archives, programs, office documents and SVG: nothing of it is opened."""

from __future__ import annotations

import functools
import gzip
import io
import zipfile
from collections.abc import Iterator, Mapping

from evaluation.hostile.inputs import Bait, Due, Input, Make
from evaluation.hostile.texts import an_input


def inputs() -> Iterator[Input]:
    """All of them."""
    yield from _archives()
    yield from _vectors()


def zipped(entries: Mapping[str, bytes]) -> bytes:
    """A ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


@functools.cache
def bomb() -> bytes:
    """A small ZIP archive of 64 MB of zeros."""
    return zipped({"zeros": bytes(64 << 20)})


@functools.cache
def nested_zip(depth: int = 6, wide: int = 8) -> bytes:
    """Archives of archives: a megabyte of zeros in `wide` to the power of `depth`."""
    inner = zipped({"zeros": bytes(1 << 20)})
    for level in range(depth):
        inner = zipped({f"{level}-{number}.zip": inner for number in range(wide)})
    return inner


def macro_file() -> bytes:
    """A document of an office program with a macro in it, as far as its first bytes tell."""
    rels = b'<?xml version="1.0"?><Relationships/>'
    return zipped({"[Content_Types].xml": rels, "word/vbaProject.bin": b"\xd0\xcf\x11\xe0" * 999})


def _archives() -> Iterator[Input]:
    packed = "ZIP|office|gzip|RTF|program|HTML"
    files: Mapping[str, Make | bytes] = {
        "a zip bomb": lambda _: bomb(),
        "a zip of zips": lambda _: nested_zip(),
        "a zip of paths": zipped({"../../etc/cron.d/x": b"x", "/etc/passwd": b"x"}),
        "a document with macros": macro_file(),
        "an old office document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000),
        "an RTF document": b"{\\rtf1{\\object\\objdata " + b"41" * 50_000,
        "a gzip bomb": lambda _: gzip.compress(bytes(64 << 20), 9, mtime=0),
        "a program for Windows": b"MZ" + bytes(5000),
        "a program for Linux": b"\x7fELF" + bytes(5000),
    }
    for name, data in files.items():
        yield an_input(
            "archive", name, data, "a.bin", Due.REFUSED, packed, quick=name == "a zip bomb"
        )
    yield an_input(
        "archive", "a zip bomb called pdf", lambda _: bomb(), "a.pdf", Due.REFUSED, packed
    )
    yield an_input(
        "archive", "a zip bomb called eml", lambda _: bomb(), "a.eml", Due.REFUSED, packed
    )
    yield an_input(
        "archive", "a program called wav", b"MZ" + bytes(99), "a.wav", Due.REFUSED, packed
    )
    text = b"#!/bin/sh\nrm -rf /\n"
    yield an_input("archive", "a script called text", text, "a.txt", Due.MADE)


# ── SVG ───────────────────────────────────────────────────────────────────────────────────────


def _vectors() -> Iterator[Input]:
    """No SVG is drawn; whatever it is taken for, nothing of what it names may be opened."""

    def entity(bait: Bait) -> bytes:
        doctype = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{bait.file}">]>'
        return f'<?xml version="1.0"?>{doctype}<svg xmlns="x"><text>&x;</text></svg>'.encode()

    def image(bait: Bait) -> bytes:
        href = f'<image href="{bait.url}/a.png"/><image href="file://{bait.file}"/>'
        return f"<svg xmlns='http://www.w3.org/2000/svg'>{href}<script>x()</script></svg>".encode()

    yield an_input("SVG", "an entity that is a file", entity, "a.svg", quick=True)
    yield an_input("SVG", "pictures from elsewhere", image, "a.svg")
    yield an_input("SVG", "called a picture", image, "a.png", Due.REFUSED, "it is none")
