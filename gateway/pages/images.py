"""Foreign images (TIFF, PNG, JPEG), page by page, checked before anything of them is decoded.

Only for the worker: the decoders see foreign bytes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from gateway.errors import RefusedError

_FORMATS: Final = ("TIFF", "PNG", "JPEG")
_DAMAGED: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    TypeError,
    IndexError,
    OverflowError,
    ArithmeticError,
)
"""What Pillow raises on files that are not what they say; it has no one class for it."""

PAPER: Final = "1"  # mode of black and white


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's about metadata and size; we check for size
            yield
    except UnidentifiedImageError:
        raise RefusedError("this is no TIFF, PNG or JPEG image") from None
    except _DAMAGED as error:
        raise RefusedError(f"the image is damaged: {error}") from error


def count(path: Path, most_pages: int) -> int:
    """How many pages an image file has; nothing is decoded.

    Raises:
        RefusedError: it is damaged, has no pages or more than allowed.
    """
    number = 0
    for number, _ in _each(path, most_pages):  # noqa: B007 - the last one counts
        pass
    return number + 1


def frames(
    path: Path, most_pages: int, most_pixels: int, *, first: int = 0, whole: bool = True
) -> Iterator[Image.Image]:
    """The pages of an image file, one at a time, in mode 1 or L, the right way up.

    Pages before `first` (from 0) are left out. If `whole`, more than `most_pages` are refused; else
    those behind them are left out. `info["dpi"]` is there if the file tells its resolution.

    Raises:
        RefusedError: it is damaged, or has more pages or pixels than allowed.
    """
    for number, image in _each(path, most_pages, whole=whole):
        if number < first:
            continue
        if image.width * image.height > most_pixels:
            size = f"{image.width} × {image.height}"
            raise RefusedError(f"page {number + 1} is too large: {size} pixels")
        with _clear_errors():
            page = _upright(image)
        yield page


def _each(path: Path, most_pages: int, *, whole: bool = True) -> Iterator[tuple[int, Image.Image]]:
    """Number and image of each page; the image is not decoded yet."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before decoding
    with _clear_errors():
        image = Image.open(path, formats=_FORMATS)
    with image:
        for number in range(most_pages):
            if not _turn_to(image, number):
                return
            yield number, image
        if whole and _turn_to(image, most_pages):
            raise RefusedError(f"the document has more than {most_pages} pages")


def _turn_to(image: Image.Image, number: int) -> bool:
    with _clear_errors():
        try:
            image.seek(number)
        except EOFError:
            return False
    return True


def _upright(image: Image.Image) -> Image.Image:
    resolution = image.info.get("dpi")
    flat = _flat(image)
    turned = ImageOps.exif_transpose(flat)
    turned.info.clear()
    if _plausible(resolution):
        turned.info["dpi"] = resolution
    return turned


def _flat(image: Image.Image) -> Image.Image:
    """Black and white as it is; all else as grey on white paper."""
    if image.mode == PAPER:
        return image.copy()
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image).convert("L")
    if image.mode.startswith(("I", "F")):  # 16 bit and more: the high byte
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("L")


def _plausible(resolution: object) -> bool:
    return (
        isinstance(resolution, tuple)
        and len(resolution) == 2
        and all(20 <= float(side) <= 5000 for side in resolution)
    )
