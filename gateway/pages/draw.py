"""Documents drawn as fax pages: 1,728 pixels wide, black and white. Only for the worker.

A page keeps its size; one that is wider than the paper is made smaller, one that lies is turned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from gateway.errors import RefusedError
from gateway.pages import images, pdf
from gateway.pages.bilevel import bilevel
from gateway.pages.faxtiff import DPI, WIDTH

_TALLEST: Final = round(14 * DPI[1])  # rows of US legal paper, the longest sheet in use
_PAPER: Final = WIDTH / DPI[0]  # inches
_SAME: Final = 0.02  # resolutions that differ by less are the same


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a page comes to lie: size on the paper in pixels, `left` margin, turned or not."""

    width: int
    height: int
    left: int
    turned: bool


def placement(width: float, height: float) -> Placement:
    """Where a page of `width` × `height` inches comes to lie."""
    turned = width > height and width > _PAPER
    if turned:
        width, height = height, width
    scale = min(1.0, _PAPER / width, _TALLEST / (height * DPI[1]))
    across = min(WIDTH, max(1, round(width * scale * DPI[0])))
    down = max(1, round(height * scale * DPI[1]))
    return Placement(across, down, (WIDTH - across) // 2, turned)


def fax_pages(path: Path, most_pages: int, most_pixels: int) -> Iterator[Image.Image]:
    """The pages of a PDF or an image file in mode 1, one at a time.

    Raises:
        RefusedError: it is damaged, protected, or has more pages or pixels than allowed.
    """
    if is_pdf(path):
        with pdf.opened(path, most_pages) as document:
            for number in range(len(document)):
                yield bilevel(_drawn(document, number))
        return
    empty = True
    for frame in images.frames(path, most_pages, most_pixels):
        empty = False
        yield from_image(frame)
    if empty:
        raise RefusedError("the document has no pages")


def is_pdf(path: Path) -> bool:
    """Readers accept a header anywhere in the first kilobyte, and so does pdfium."""
    with path.open("rb") as file:
        return b"%PDF-" in file.read(1024)


def from_image(image: Image.Image) -> Image.Image:
    """A scanned or received page as a fax page."""
    resolution = image.info.get("dpi")
    if image.mode == "1" and image.width == WIDTH and image.height <= _TALLEST:
        if resolution is None or _close(resolution[1], DPI[1]):
            return image  # it is one, and stays the same to the last pixel
        if _close(resolution[1], DPI[1] / 2):  # a fax in standard resolution
            return image.resize((WIDTH, 2 * image.height), Image.Resampling.NEAREST)
    if resolution is None:  # unknown: as wide as the paper
        resolution = (max(image.size[0] / _PAPER, 1.0),) * 2
    place = placement(image.width / resolution[0], image.height / resolution[1])
    grey = image.convert("L")
    if place.turned:
        grey = grey.transpose(Image.Transpose.ROTATE_270)
    grey = grey.resize((place.width, place.height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    paper = Image.new("L", (WIDTH, place.height), 255)
    paper.paste(grey, (place.left, 0))
    return bilevel(paper)


def _drawn(document: pdf.Document, number: int) -> Image.Image:
    place = placement(*pdf.page_size(document, number))
    box = (place.left, 0, place.width, place.height)
    canvas = (WIDTH, place.height)
    return pdf.drawn(document, number, box, canvas, 90 if place.turned else 0)


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME * other
