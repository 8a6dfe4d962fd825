"""Pages made ready to be read by tesseract: grey, 300 pixels per inch both ways, upright.

Only for the worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image

from gateway.pages import images, pdf
from gateway.pages.bilevel import bilevel
from gateway.pages.draw import is_pdf

DPI: Final = 300
_A4_WIDTH: Final = 8.27  # inches; of a scan that does not tell its resolution
_LONGEST: Final = 9900  # pixels; tesseract takes no more than 32,767, and a sheet is no longer
_TURNS: Final = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}  # clockwise degrees; Pillow turns the other way


def count(path: Path, most_pages: int) -> int:
    """How many pages there are.

    Raises:
        RefusedError: as `pdf.opened` and `images.count`.
    """
    if is_pdf(path):
        with pdf.opened(path, most_pages) as document:
            return len(document)
    return images.count(path, most_pages)


def scans(
    path: Path, first: int, last: int, most_pixels: int, angle: int = 0
) -> Iterator[Image.Image]:
    """Pages `first` to `last` (from 0, `last` not included), turned by `angle` clockwise.

    Raises:
        RefusedError: as `pdf.drawn` and `images.frames`.
    """
    if is_pdf(path):
        with pdf.opened(path, last + 10_000) as document:
            for number in range(first, min(last, len(document))):
                yield turned(_drawn(document, number), angle)
        return
    for frame in images.frames(path, last, most_pixels, first=first, whole=False):
        yield turned(_enlarged(frame), angle)


def sheet(frame: Image.Image, angle: int) -> Image.Image:
    """A frame of `images.frames` turned, in mode 1, in its own resolution (`info["dpi"]`)."""
    across, down = _resolution(frame)
    made = turned(frame if frame.mode == "1" else bilevel(frame), angle)
    made.info["dpi"] = (across, down) if angle % 180 == 0 else (down, across)
    return made


def turned(image: Image.Image, angle: int) -> Image.Image:
    """The image turned clockwise by a multiple of 90 degrees."""
    return image.transpose(_TURNS[angle]) if angle else image


def _drawn(document: pdf.Document, number: int) -> Image.Image:
    width, height = pdf.page_size(document, number)
    across, down = _pixels(width, height)
    return pdf.drawn(document, number, (0, 0, across, down), (across, down))


def _enlarged(frame: Image.Image) -> Image.Image:
    across, down = _resolution(frame)
    size = _pixels(frame.width / across, frame.height / down)
    return frame.convert("L").resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _resolution(frame: Image.Image) -> tuple[float, float]:
    across, down = frame.info.get("dpi") or (frame.width / _A4_WIDTH,) * 2
    return float(across), float(down)


def _pixels(width: float, height: float) -> tuple[int, int]:
    scale = min(1.0, _LONGEST / (max(width, height) * DPI))
    return max(1, round(width * DPI * scale)), max(1, round(height * DPI * scale))
