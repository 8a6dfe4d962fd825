"""Fax pages as a PDF in which one can search: the pages as they are, their text invisibly above."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import img2pdf
import pikepdf

from gateway.pages.read import Reading
from gateway.pages.settings import PageSettings
from gateway.pages.workshop import checked_size, order

_SHORTEST: Final = 3.0
_LONGEST: Final = 14_400.0
"""Sides that a page may have, in units of 1/72 inch (ISO 32000-1, C.2)."""


def searchable_pdf(
    source: Path, reading: Reading, folder: Path, settings: PageSettings, target: Path
) -> None:
    """Write `target`: the pages of an image file, and what `read` found on them in `folder`.

    A page that was fed upside down stands upright in it. The black and white pages of a fax are
    embedded bit by bit, without any loss.

    Raises:
        RefusedError: the document is damaged or too large.
    """
    sheets, bare = folder / "sheets.tif", folder / "sheets.pdf"
    order(
        "sheets",
        folder,
        settings,
        source=checked_size(source, settings),
        target=sheets.name,
        angles=[page.angle for page in reading.pages],
    )
    with bare.open("wb") as file:
        img2pdf.convert(str(sheets), outputstream=file, layout_fun=_layout)
    part = folder / "searchable.part"
    with pikepdf.open(bare) as document:
        for page, read in zip(document.pages, reading.pages, strict=True):
            if read.layer:
                with pikepdf.open(folder / read.layer) as layer:
                    page.add_overlay(layer.pages[0], pikepdf.Rectangle(page.mediabox))
        document.save(part)
    part.replace(target)
    sheets.unlink()
    bare.unlink()


def _layout(
    width: int, height: int, resolution: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Size of the page and of the image that fills it, as `img2pdf` wants it.

    What would be no page (files may claim any resolution) becomes one.
    """
    sides = (width / resolution[0] * 72, height / resolution[1] * 72)
    scale = min(1.0, _LONGEST / max(sides))
    across, down = (max(_SHORTEST, side * scale) for side in sides)
    return across, down, across, down
