"""How many pages of a TIFF file are really in it: directory and image data, to the last byte.

Whoever writes a page that the disk does not take may not notice; whoever reads it would.

Source: TIFF revision 6.0 (1992), sections 2 and 8.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

_SHORT: Final = 3
_LONG: Final = 4
_STRIP_OFFSETS: Final = 273
_STRIP_BYTES: Final = 279
_MOST_PAGES: Final = 10_000
_MOST_STRIPS: Final = 100_000


def whole_pages(path: Path) -> int:
    """Pages up to the first that is not whole; 0 for a file that is missing or no TIFF."""
    try:
        with path.open("rb") as file:
            return sum(1 for _ in _pages(file, path.stat().st_size))
    except OSError:
        return 0


def _pages(file: BinaryIO, size: int) -> Iterator[int]:
    """The place of each whole page's directory."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(file.read(4))
    if order is None:
        return
    seen: set[int] = set()
    try:
        (place,) = _numbers(file, order, "I", 1)
        while place and place not in seen and len(seen) < _MOST_PAGES:
            seen.add(place)
            following = _directory(file, order, place, size)
            yield place
            place = following
    except (struct.error, ValueError):  # it ends in the middle of something
        return


def _directory(file: BinaryIO, order: str, place: int, size: int) -> int:
    """Read a directory; where the next one is. Raises ValueError, struct.error: it isn't whole."""
    file.seek(place)
    (entries,) = _numbers(file, order, "H", 1)
    strips: dict[int, tuple[int, ...]] = {}
    for entry in range(entries):
        file.seek(place + 2 + 12 * entry)
        tag, kind = _numbers(file, order, "H", 2)
        (count,) = _numbers(file, order, "I", 1)
        if tag in (_STRIP_OFFSETS, _STRIP_BYTES):
            strips[tag] = _values(file, order, kind, count)
    places, lengths = strips.get(_STRIP_OFFSETS, ()), strips.get(_STRIP_BYTES, ())
    if not places or len(places) != len(lengths):
        raise ValueError("a page without an image")
    if any(at + length > size or not at for at, length in zip(places, lengths, strict=True)):
        raise ValueError("the image is cut off")
    file.seek(place + 2 + 12 * entries)
    return _numbers(file, order, "I", 1)[0]


def _values(file: BinaryIO, order: str, kind: int, count: int) -> tuple[int, ...]:
    form, width = {_SHORT: ("H", 2), _LONG: ("I", 4)}.get(kind, ("", 0))
    if not form or count > _MOST_STRIPS:
        raise ValueError("strips of another kind")
    if count * width > 4:  # else they are in the place of their address
        (at,) = _numbers(file, order, "I", 1)
        file.seek(at)
    return _numbers(file, order, form, count)


def _numbers(file: BinaryIO, order: str, form: str, count: int) -> tuple[int, ...]:
    layout = f"{order}{count}{form}"
    return struct.unpack(layout, file.read(struct.calcsize(layout)))
