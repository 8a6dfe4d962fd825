"""Documents that are damaged, protected, or bombs: each gets its clear error, within limits."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pikepdf
import pytest
from PIL import Image

from gateway.errors import RefusedError
from gateway.pages import workshop
from gateway.pages.settings import PageSettings
from gateway.pages.transforms import PDF, fax_pages, searchable, text_of_pages
from gateway.transform import Wishes


def tiff(pages: int = 1, size: tuple[int, int] = (1728, 200), **more) -> bytes:
    file = io.BytesIO()
    images = [Image.new("1", size, 255) for _ in range(pages)]
    images[0].save(
        file, format="TIFF", compression="group4", save_all=True, append_images=images[1:], **more
    )
    return file.getvalue()


def pdf(pages: int = 1, box: tuple[float, ...] = (0, 0, 595, 842), **more) -> bytes:
    file = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=(200, 200))
            document.pages[-1].mediabox = pikepdf.Array(list(box))
        document.save(file, **more)
    return file.getvalue()


def tiff_that_says(width: int, height: int) -> bytes:
    """A TIFF with this size in its header, and hardly any data."""
    tags = [(256, 4, width), (257, 4, height), (258, 3, 1), (259, 3, 4), (262, 3, 0)]
    tags += [(273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, 8)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IQH", 16, 0, len(tags)) + entries + b"\0\0\0\0"


def tiff_that_goes_round() -> bytes:
    """A TIFF whose only page is followed by itself."""
    data = bytearray(tiff_that_says(1728, 8))
    data[-4:] = struct.pack("<I", 16)
    return bytes(data)


def pdf_with_a_bomb() -> bytes:
    """A page whose content unpacks to 80 MB."""
    file = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        packed = zlib.compress(b"q Q " * 20_000_000, 9)
        stream = pikepdf.Stream(document, b"")
        stream.write(packed, filter=pikepdf.Name.FlateDecode)
        document.pages[0].Contents = stream
        document.save(file)
    return file.getvalue()


def pdf_with_a_huge_image() -> bytes:
    """A page with an image that says it has ten gigapixels."""
    file = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        image = document.make_stream(b"\0" * 100)
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width = image.Height = 100_000
        image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
        page = document.pages[0]
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
        page.Contents = document.make_stream(b"600 0 0 800 0 0 cm /I Do")
        document.save(file)
    return file.getvalue()


def drawn_or_refused(content, work, settings) -> int | RefusedError:
    """The number of pages, or why there are none."""
    try:
        made = fax_pages(content, work, settings).details["pages"]
    except RefusedError as error:
        return error
    assert isinstance(made, int)
    return made


PASSWORD = pikepdf.Encryption(user="secret", owner="secret")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "the document is empty", id="empty"),
        pytest.param(b"hello", "no TIFF, PNG or JPEG", id="text"),
        pytest.param(b"GIF89a" + bytes(100), "no TIFF, PNG or JPEG", id="another form"),
        pytest.param(b"%PDF-1.7\nhello", "the PDF is damaged", id="no PDF"),
        pytest.param(pdf(encryption=PASSWORD), "has a password", id="password"),
        pytest.param(pdf(pages=21), "more than 20 pages", id="PDF with many pages"),
        pytest.param(pdf(box=(0, 0, 1e9, 1e9)), "no sensible size", id="page of kilometres"),
        pytest.param(tiff(21), "more than 20 pages", id="TIFF with many pages"),
        pytest.param(tiff_that_says(60_000, 60_000), "page 1 is too large", id="TIFF bomb"),
        pytest.param(tiff_that_says(0, 5), "damaged|no TIFF", id="no width"),
        pytest.param(tiff()[:150], "damaged|no TIFF", id="cut off"),
    ],
)
def test_they_are_refused(document, work, settings, data, reason):
    for use in (
        lambda: fax_pages(document(data), work, settings),
        lambda: text_of_pages(document(data), Wishes(), work, settings),
    ):
        with pytest.raises(RefusedError, match=reason):
            use()
    assert not list(work.folder.glob("pages*"))


def test_a_file_that_is_too_large_is_not_opened(document, work):
    small = PageSettings(megabytes=1)
    with pytest.raises(RefusedError, match="larger than 1 MB"):
        fax_pages(document(b"II*\0" + bytes(1 << 20)), work, small)


def test_a_file_that_is_not_there(document, work, settings):
    content = document(b"x")
    content.path.unlink()
    with pytest.raises(RefusedError, match="can't be opened: No such file"):
        fax_pages(content, work, settings)


@pytest.mark.parametrize(
    "make", [pdf_with_a_bomb, pdf_with_a_huge_image, tiff_that_goes_round], ids=lambda f: f.__name__
)
def test_bombs_are_drawn_or_refused_within_the_limits(document, work, make):
    strict = PageSettings(pages=3, memory_megabytes=512, page_seconds=1)
    made = drawn_or_refused(document(make()), work, strict)
    if isinstance(made, RefusedError):
        assert "/" not in str(made)  # nothing of this machine
    else:
        assert made <= 3


def test_a_page_of_impossible_size_becomes_a_document_all_the_same(document, work, settings):
    """Ten metres at 20 pixels per inch: more than a page of a PDF can have."""
    huge = document(tiff(1, (2200, 8000), dpi=(20, 20)))
    made = searchable(huge, Wishes(), work, settings)
    with pikepdf.open(made.path) as pdf:
        sides = [float(side) for side in pdf.pages[0].mediabox[2:]]
    assert max(sides) == pytest.approx(14_400)
    assert sides[0] / sides[1] == pytest.approx(0.275, abs=0.01)


def test_an_empty_page_is_an_empty_text(document, work, settings):
    made = text_of_pages(document(tiff()), Wishes(), work, settings)
    assert made.path.read_text().strip() == ""
    assert made.details["confidence"] == 0


@pytest.mark.parametrize("kind", ["tiff", "pdf"])
def test_damaged_bytes_never_break_more_than_the_document(document, work, settings, kind):
    chance = random.Random(f"{kind} 1")
    whole = tiff(2) if kind == "tiff" else pdf(2)
    for _ in range(3):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        content = document(bytes(data[: chance.randint(1, len(data))]), PDF)
        made = drawn_or_refused(content, work, settings)
        assert str(made) if isinstance(made, RefusedError) else made >= 1


def pdf_that_never_ends() -> bytes:
    """One page of lines, each drawn in a million dashes."""
    file = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        lines = b"[0.001 0.001] 0 d " + b"0 0 m 600 800 l S " * 100_000
        document.pages[0].Contents = document.make_stream(lines)
        document.save(file)
    return file.getvalue()


def test_one_page_gets_the_time_of_one_page(document, work, monkeypatch):
    """And not that of the 200 that a document may have."""
    monkeypatch.setattr(workshop, "_START", 2.0)
    brief = PageSettings(pages=200, page_seconds=0.1)
    content = document(pdf_that_never_ends(), PDF)
    with pytest.raises(RefusedError, match=r"a page of it takes more than 0\.1 s of computing"):
        fax_pages(content, work, brief)
