"""Hostile PDF documents: bombs, loops, scripts, passwords, and pages of every impossible size."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import pikepdf
from pikepdf import Array

from evaluation.hostile import seeds
from evaluation.hostile.inputs import Bait, Due, Input, fixed

_GROUP: Final = "PDF"
NO_PDF: Final = "damaged|password|no pages|no sensible size|more than|can't be worked on"
Build = Callable[[pikepdf.Pdf, Bait], None]
"""Does something to a document of one page."""


def inputs() -> Iterator[Input]:
    """All of them."""
    yield from _raw_ones()
    yield from _of_odd_sizes()
    yield from _protected_ones()


def a_pdf(name: str, make: Callable[[Bait], bytes], due: Due, says: str, quick: bool) -> Input:
    """A document; `says` if it may be refused."""
    return Input(name, _GROUP, make, due=due, says=says if due is not Due.MADE else "", quick=quick)


def raw(
    objects: Mapping[int, bytes], trailer: bytes = b"/Root 1 0 R", xref: int | None = None
) -> bytes:
    """A PDF of these numbered objects, with a table of where they are; `xref` overrules where the
    end says that the table begins."""
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    out += b"trailer\n<< /Size %d %b >>\n" % (max(objects) + 1, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % (start if xref is None else xref))


def built(build: Build) -> Callable[[Bait], bytes]:
    """A PDF of one page to which `build` does something."""

    def make(bait: Bait) -> bytes:
        file = io.BytesIO()
        with pikepdf.new() as document:
            document.add_blank_page(page_size=(595, 842))
            build(document, bait)
            document.save(file, static_id=True)
        return file.getvalue()

    return make


_CATALOG: Final = b"<< /Type /Catalog /Pages 2 0 R >>"
_PAGE: Final = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"


def _raw_ones() -> Iterator[Input]:
    ring = {1: _CATALOG, 2: b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"}
    parent = {
        1: _CATALOG,
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Parent 3 0 R >>",
        3: ring[2],
    }
    many = {1: _CATALOG, 2: b"<< /Type /Pages /Kids [3 0 R] /Count 2000000000 >>", 3: _PAGE}
    minus = {1: _CATALOG, 2: b"<< /Type /Pages /Kids [3 0 R] /Count -5 >>", 3: _PAGE}
    none = {1: _CATALOG, 2: b"<< /Type /Pages /Kids [] /Count 0 >>"}
    one = {1: _CATALOG, 2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", 3: _PAGE}
    deep = one | {3: b"<< /Type /Page /Parent 2 0 R /X " + b"[" * 100_000 + b"]" * 100_000 + b">>"}
    length = one | {
        3: _PAGE[:-2] + b"/Contents 4 0 R >>",
        4: b"<< /Length 4 0 R >> stream\nq Q\nendstream",
    }
    round_trailer = b"/Root 1 0 R /Prev %d" % len(raw(one)[: raw(one).rindex(b"xref\n0 1")])
    pages_ring = {"pages that hold themselves": ring, "pages that are their own parent": parent}
    for name, objects in pages_ring.items():
        yield a_pdf(name, fixed(raw(objects)), Due.EITHER, NO_PDF, name.endswith("themselves"))
    yield a_pdf("2 billion pages that aren't there", fixed(raw(many)), Due.EITHER, NO_PDF, True)
    yield a_pdf("fewer than no pages", fixed(raw(minus)), Due.EITHER, NO_PDF, False)
    yield a_pdf("no pages", fixed(raw(none)), Due.REFUSED, NO_PDF, True)
    yield a_pdf("arrays 100,000 deep", fixed(raw(deep)), Due.EITHER, NO_PDF, False)
    yield a_pdf("a stream as long as itself", fixed(raw(length)), Due.EITHER, NO_PDF, False)
    yield a_pdf("a table after itself", fixed(raw(one, round_trailer)), Due.EITHER, NO_PDF, True)
    yield a_pdf("a table nowhere", fixed(raw(one, xref=10**15)), Due.EITHER, NO_PDF, False)
    yield a_pdf("a table at a negative place", fixed(raw(one, xref=-1)), Due.EITHER, NO_PDF, False)
    yield a_pdf(
        "a root that isn't there", fixed(raw(one, b"/Root 9 0 R")), Due.REFUSED, NO_PDF, False
    )
    yield a_pdf("nothing but a header", fixed(b"%PDF-1.7\n"), Due.REFUSED, NO_PDF, True)
    yield a_pdf(
        "zeros behind a header",
        lambda _: b"%PDF-1.7\n" + bytes(5 << 20),
        Due.REFUSED,
        NO_PDF,
        False,
    )
    yield a_pdf(
        "brackets without end",
        fixed(b"%PDF-1.7\n1 0 obj\n" + b"<<" * 500_000),
        Due.REFUSED,
        NO_PDF,
        False,
    )
    yield a_pdf("junk before the header", fixed(b"junk\n" * 20 + seeds.pdf(1)), Due.MADE, "", False)
    for share in (0.1, 0.5, 0.9):
        cut = seeds.pdf()[: int(len(seeds.pdf()) * share)]
        yield a_pdf(f"cut off at {share:.0%}", fixed(cut), Due.EITHER, NO_PDF, False)


# ── sizes ─────────────────────────────────────────────────────────────────────────────────────


def _of_odd_sizes() -> Iterator[Input]:
    huge, tiny = 1e9, 1e-9
    boxes: Mapping[str, tuple[tuple[float, ...], Due]] = {
        "pages of kilometres": ((0, 0, huge, huge), Due.REFUSED),
        "pages smaller than an atom": ((0, 0, tiny, tiny), Due.EITHER),
        "pages as thin as a hair": ((0, 0, 1, 15_000), Due.EITHER),
        "pages that are all width": ((0, 0, 15_000, 1), Due.EITHER),
        "pages of no size": ((0, 0, 0, 0), Due.EITHER),
        "pages inside out": ((600, 800, 0, 0), Due.EITHER),
        "pages at the edge of the world": ((1e30, 1e30, 1.1e30, 1.1e30), Due.EITHER),
    }
    for name, (box, due) in boxes.items():
        yield a_pdf(name, built(partial(_boxed, box)), due, NO_PDF, "kilo" in name)
    yield a_pdf("user units of a million", built(_user_unit), Due.EITHER, NO_PDF, False)
    yield a_pdf("pages turned by 45 degrees", built(_turned), Due.EITHER, NO_PDF, False)
    yield a_pdf("201 pages", lambda _: blank(201), Due.REFUSED, "more than 200 pages", False)
    yield a_pdf("10,000 pages", lambda _: blank(10_000), Due.REFUSED, "more than 200 pages", True)


def _boxed(box: tuple[float, ...], document: pikepdf.Pdf, _: Bait) -> None:
    document.pages[0].mediabox = Array([_number(side) for side in box])


def _number(side: float) -> Any:
    return pikepdf.Object.parse(f"{side:.10f}".encode())


def _user_unit(document: pikepdf.Pdf, _: Bait) -> None:
    document.pages[0].UserUnit = 1_000_000


def _turned(document: pikepdf.Pdf, _: Bait) -> None:
    document.pages[0].Rotate = 45


def blank(pages: int) -> bytes:
    """So many empty pages."""
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 3 + pages))
    objects = {1: _CATALOG, 2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, pages)}
    return raw(objects | dict.fromkeys(range(3, 3 + pages), _PAGE))


def _protected_ones() -> Iterator[Input]:
    secret = pikepdf.Encryption(user="secret", owner="secret")
    owner = pikepdf.Encryption(user="", owner="secret", allow=pikepdf.Permissions(extract=False))

    def saved(encryption: pikepdf.Encryption) -> Callable[[Bait], bytes]:
        def make(_: Bait) -> bytes:
            file = io.BytesIO()
            with pikepdf.open(io.BytesIO(seeds.pdf(1))) as document:
                document.save(file, encryption=encryption)
            return file.getvalue()

        return make

    yield a_pdf("a password", saved(secret), Due.REFUSED, "has a password", True)
    yield a_pdf("a password of the owner only", saved(owner), Due.MADE, "", False)
    unknown = {
        1: _CATALOG,
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: _PAGE,
        4: b"<< /Filter /NoSuchHandler /V 99 /R 99 >>",
    }
    trailer = b"/Root 1 0 R /Encrypt 4 0 R /ID [<00> <00>]"
    yield a_pdf(
        "an encryption nobody knows",
        fixed(raw(unknown, trailer)),
        Due.REFUSED,
        "damaged|password",
        False,
    )
