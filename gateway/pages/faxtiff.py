"""TIFF files of fax pages: Group 4, one strip a page, white is 0, as T.30 senders like them.

Fine resolution is 204 by 196 pixels per inch, 1,728 of them across (ITU-T T.4, T.30); the file
form is that of TIFF-F (RFC 2306) with the compression of its profile F for T.6.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops
from PIL.TiffImagePlugin import AppendingTiffWriter

WIDTH: Final = 1728
DPI: Final = (204.0, 196.0)
_PHOTOMETRIC: Final = 262
_ONE_STRIP: Final = 1 << 30  # bytes; more than any page


def write(pages: Iterable[Image.Image], target: Path) -> int:
    """Write pages of mode 1 into `target` and return how many there are.

    One page is in memory at a time. `info["dpi"]` of a page is its resolution, that of a fax if
    there is none.
    """
    count = 0
    with AppendingTiffWriter(str(target), new=True) as file:
        for page in pages:
            # Pillow writes black as 0; so its negative is saved, and then called what it is.
            _negative(page).save(
                file,
                format="TIFF",
                compression="group4",
                dpi=page.info.get("dpi", DPI),
                strip_size=_ONE_STRIP,
            )
            file.newFrame()
            count += 1
    _white_is_zero(target)
    return count


def _negative(page: Image.Image) -> Image.Image:
    """By way of grey: white has more than one value in mode 1, and not all have an opposite."""
    return ImageChops.invert(page.convert("L")).convert("1", dither=Image.Dither.NONE)


def _white_is_zero(path: Path) -> None:
    """Change the photometric interpretation in every directory of a file that `write` wrote."""
    with path.open("r+b") as file:
        (mark, _, offset) = struct.unpack("<2sHI", file.read(8))
        if mark != b"II":
            raise ValueError("not the byte order that Pillow writes")
        while offset:
            file.seek(offset)
            (entries,) = struct.unpack("<H", file.read(2))
            for entry in range(entries):
                at = offset + 2 + 12 * entry
                file.seek(at)
                if struct.unpack("<H", file.read(2)) == (_PHOTOMETRIC,):
                    file.seek(at + 8)
                    file.write(struct.pack("<HH", 0, 0))
            file.seek(offset + 2 + 12 * entries)
            (offset,) = struct.unpack("<I", file.read(4))
