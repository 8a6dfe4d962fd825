"""Foreign PDF documents: their pages drawn in grey, and the text that lies in them.

Only for the worker: pdfium sees foreign bytes. No script runs (pypdfium2 is built without them),
and nothing is fetched.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from gateway.errors import RefusedError

Document = pdfium.PdfDocument

_TURN: Final = {0: 0, 90: 1}  # degrees: what pdfium calls them


@contextmanager
def opened(path: Path, most_pages: int) -> Iterator[pdfium.PdfDocument]:
    """The document.

    Raises:
        RefusedError: it is damaged or has a password, or more pages than allowed.
    """
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise RefusedError("the PDF has a password: send it without one") from None
        raise RefusedError("the PDF is damaged, or none") from error
    with document:
        if len(document) > most_pages:
            raise RefusedError(f"the document has more than {most_pages} pages")
        if not len(document):
            raise RefusedError("the PDF has no pages")
        document.init_forms()
        yield document


def page_size(document: pdfium.PdfDocument, number: int) -> tuple[float, float]:
    """Width and height of page `number` (from 0) in inches.

    Raises:
        RefusedError: the page is damaged or has no size.
    """
    try:
        width, height = document.get_page_size(number)
    except pdfium.PdfiumError as error:
        raise RefusedError(f"page {number + 1} of the PDF is damaged") from error
    if not (1 <= width <= 15_000 and 1 <= height <= 15_000):
        raise RefusedError(f"page {number + 1} of the PDF has no sensible size")
    return width / 72, height / 72


def drawn(
    document: pdfium.PdfDocument,
    number: int,
    box: tuple[int, int, int, int],
    canvas: tuple[int, int],
    degrees: int = 0,
) -> Image.Image:
    """Page `number` in mode L on white paper of `canvas` pixels, filling `box`.

    `box` is left, top, width and height, in pixels, after turning by `degrees` clockwise.

    Raises:
        RefusedError: the page is damaged.
    """
    try:
        page = document[number]
    except pdfium.PdfiumError as error:
        raise RefusedError(f"page {number + 1} of the PDF is damaged") from error
    bitmap = pdfium.PdfBitmap.new_native(*canvas, raw.FPDFBitmap_Gray)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, *canvas)
    place = (*box, _TURN[degrees], raw.FPDF_ANNOT | raw.FPDF_GRAYSCALE | raw.FPDF_PRINTING)
    raw.FPDF_RenderPageBitmap(bitmap, page, *place)
    if page.formenv:
        raw.FPDF_FFLDraw(page.formenv, bitmap, page, *place)
    image: Image.Image = bitmap.to_pil().copy()
    bitmap.close()
    page.close()
    return image


def text_of(document: pdfium.PdfDocument, number: int, most_characters: int) -> str:
    """The text that lies in page `number`, '' if there is none.

    Raises:
        RefusedError: the page is damaged.
    """
    try:
        page = document[number]
        text = page.get_textpage()
    except pdfium.PdfiumError as error:
        raise RefusedError(f"page {number + 1} of the PDF is damaged") from error
    count = min(max(0, text.count_chars()), most_characters)
    buffer = (ctypes.c_ushort * (2 * count + 2))()
    written = raw.FPDFText_GetText(text, 0, count, buffer) if count else 0
    found = bytes(buffer)[: 2 * max(0, written - 1)].decode("utf-16-le", errors="replace")
    text.close()
    page.close()
    return found
