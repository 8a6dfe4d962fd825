"""Hostile contents of PDF pages: what unpacks, goes round, runs, fetches or never ends."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from evaluation.hostile.documents import NO_PDF, Build, a_pdf, built
from evaluation.hostile.inputs import Bait, Due, Input


def _contents(document: pikepdf.Pdf, data: bytes, *filters: str, times: int = 1) -> None:
    for _ in range(times):
        data = zlib.compress(data, 9)
    stream = pikepdf.Stream(document, b"")
    names = [Name(f"/{name}") for name in filters] or [Name.FlateDecode] * times
    stream.write(data, filter=Array(names))
    document.pages[0].Contents = stream


def _form(document: pikepdf.Pdf, data: bytes, **resources: Any) -> pikepdf.Object:
    form = document.make_stream(data)
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 595, 842])
    form.Resources = Dictionary(**resources)
    return document.make_indirect(form)


def _use(document: pikepdf.Pdf, thing: pikepdf.Object, data: bytes = b"/X Do") -> None:
    document.pages[0].Resources = Dictionary(XObject=Dictionary(X=thing))
    document.pages[0].Contents = document.make_stream(data)


def _ring(document: pikepdf.Pdf, _: Bait) -> None:
    form = _form(document, b"/X Do /X Do")
    form.Resources = Dictionary(XObject=Dictionary(X=form))
    _use(document, form)


def _laughs(document: pikepdf.Pdf, _: Bait) -> None:
    """Each drawing holds ten of the next."""
    inner = _form(document, b"0 0 10 10 re f")
    for _level in range(9):
        inner = _form(document, b"/X Do " * 10, XObject=Dictionary(X=inner))
    _use(document, inner, b"/X Do " * 10)


def _image(document: pikepdf.Pdf, width: int, height: int, **more: Any) -> None:
    image = document.make_stream(zlib.compress(bytes(1000)))
    image.Type, image.Subtype, image.Filter = Name.XObject, Name.Image, Name.FlateDecode
    image.Width, image.Height, image.BitsPerComponent = width, height, 8
    image.ColorSpace = Name.DeviceRGB
    for name, value in more.items():
        image[f"/{name}"] = value
    _use(document, image, b"600 0 0 800 0 0 cm /X Do")


def _script(document: pikepdf.Pdf, bait: Bait) -> None:
    code = f'while (true) {{ app.launchURL("{bait.url}"); }}'
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=pikepdf.String(code))
    document.pages[0].AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=pikepdf.String(code)))


def _fetches(document: pikepdf.Pdf, bait: Bait) -> None:
    link = Dictionary(S=Name.URI, URI=pikepdf.String(bait.url))
    document.Root.OpenAction = link
    there = Dictionary(Type=Name.Filespec, FS=Name.URL, F=pikepdf.String(bait.url))
    stream = document.make_stream(b"")
    stream.F, stream.FFilter = there, Array([])
    document.pages[0].Contents = stream


def _launches(document: pikepdf.Pdf, bait: Bait) -> None:
    here = Dictionary(Type=Name.Filespec, F=pikepdf.String(str(bait.file)))
    document.Root.OpenAction = Dictionary(S=Name.Launch, F=here)
    stream = document.make_stream(b"")
    stream.F = here
    document.pages[0].Contents = stream


def _attached(document: pikepdf.Pdf, _: Bait) -> None:
    for number in range(50):
        document.attachments[f"../../{number}.exe"] = b"MZ" + bytes(10_000)


def _form_fields(document: pikepdf.Pdf, _: Bait) -> None:
    field = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, Rect=Array([0, 0, 9, 9]))
    field = document.make_indirect(field)
    field.Kids, field.Parent = Array([field]), field
    document.Root.AcroForm = Dictionary(Fields=Array([field]), NeedAppearances=True)
    document.pages[0].Annots = Array([field] * 1000)


def _strange_font(document: pikepdf.Pdf, _: Bait) -> None:
    program = document.make_stream(b"\0\1\0\0" + bytes(range(256)) * 400)
    about = Dictionary(Type=Name.FontDescriptor, FontName=Name.X, Flags=4, FontFile2=program)
    font = Dictionary(Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name.X, FontDescriptor=about)
    document.pages[0].Resources = Dictionary(Font=Dictionary(F=font))
    document.pages[0].Contents = document.make_stream(b"BT /F 1e30 Tf (Hello) Tj ET" * 1000)


def _smooth(document: pikepdf.Pdf, _: Bait) -> None:
    """A shading whose function is a program of a megabyte."""
    function = document.make_stream(b"{ " + b"dup mul " * 120_000 + b"}")
    function.FunctionType, function.Domain = 4, Array([0, 1])
    function.Range = Array([0, 1, 0, 1, 0, 1])
    shading = Dictionary(ShadingType=2, ColorSpace=Name.DeviceRGB, Function=function)
    shading.Coords = Array([0, 0, 600, 800])
    document.pages[0].Resources = Dictionary(Shading=Dictionary(S=shading))
    document.pages[0].Contents = document.make_stream(b"/S sh " * 20)


def _outline(document: pikepdf.Pdf, _: Bait) -> None:
    entry = document.make_indirect(Dictionary(Title=pikepdf.String("x")))
    entry.Next, entry.First, entry.Parent = entry, entry, entry
    document.Root.Outlines = entry


def inputs() -> Iterator[Input]:
    """All of them."""
    lines = b"0 0 m 600 800 l S " * 400_000
    text = b"BT /F 9 Tf " + b"(aaaaaaaaaa) Tj " * 200_000 + b"ET"
    flat: dict[str, tuple[Build, bool]] = {
        "contents that unpack to 80 MB": (lambda p, _: _contents(p, b"q Q " * 20_000_000), True),
        "contents packed four times": (lambda p, _: _contents(p, bytes(50 << 20), times=4), False),
        "400,000 lines": (lambda p, _: _contents(p, lines), False),
        "2 million letters": (lambda p, _: _contents(p, text), False),
        "a filter that is none": (lambda p, _: _contents(p, b"q Q", "NoSuchDecode"), False),
        "filters a thousand deep": (lambda p, _: _contents(p, b"", *["FlateDecode"] * 1000), False),
        "save without restore, 5 million": (lambda p, _: _contents(p, b"q " * 5_000_000), False),
        "a drawing that holds itself": (_ring, True),
        "ten to the tenth rectangles": (_laughs, False),
        "an image of 10 gigapixels": (lambda p, _: _image(p, 100_000, 100_000), True),
        "an image of 4 by 2 billion": (lambda p, _: _image(p, 4, 2**31 - 1), False),
        "an image in JBIG2 that is none": (
            lambda p, _: _image(p, 999, 999, Filter=Name.JBIG2Decode),
            False,
        ),
        "an image in JPEG 2000 that is none": (
            lambda p, _: _image(p, 999, 999, Filter=Name.JPXDecode),
            False,
        ),
        "an image in Group 4, very high": (
            lambda p, _: _image(p, 1728, 10**6, Filter=Name.CCITTFaxDecode),
            False,
        ),
        "a script that never ends": (_script, True),
        "contents at an address": (_fetches, True),
        "contents in another file": (_launches, False),
        "50 programs attached": (_attached, False),
        "form fields in a circle": (_form_fields, False),
        "a font that is none, very large": (_strange_font, False),
        "a shading by a long program": (_smooth, False),
        "an outline that goes round": (_outline, False),
    }
    for name, (build, quick) in flat.items():
        yield a_pdf(name, built(build), Due.EITHER, NO_PDF, quick)
