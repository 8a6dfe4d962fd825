"""Hostile images: TIFF, PNG and JPEG that promise what no memory holds, or that go round."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from PIL import Image, TiffImagePlugin

from evaluation.hostile import seeds
from evaluation.hostile.inputs import Due, Input

_GROUP: Final = "image"
_WIDTH, _HEIGHT, _BITS, _PACKED, _INK = 256, 257, 258, 259, 262
_STRIPS, _SAMPLES, _ROWS, _COUNTS, _ACROSS, _DOWN, _UNIT = 273, 277, 278, 279, 282, 283, 296
_NO_IMAGE: Final = "damaged|no TIFF, PNG or JPEG|too large|has no pages|can't be worked on"


def inputs() -> Iterator[Input]:
    """All of them."""
    yield from _tiffs()
    yield from _pngs()
    yield from _jpegs()


def _refused(name: str, make: Callable[[], bytes], says: str, *, quick: bool = False) -> Input:
    return Input(name, _GROUP, lambda _: make(), due=Due.REFUSED, says=says, quick=quick)


def _made(name: str, make: Callable[[], bytes]) -> Input:
    return Input(name, _GROUP, lambda _: make(), due=Due.MADE)


def _either(name: str, make: Callable[[], bytes], *, quick: bool = False) -> Input:
    return Input(name, _GROUP, lambda _: make(), quick=quick)


# ── TIFF ──────────────────────────────────────────────────────────────────────────────────────


def tiff(
    width: int,
    height: int,
    *,
    order: str = "<",
    following: int = 0,
    extra: Sequence[tuple[int, int, int, int]] = (),
    **changed: int,
) -> bytes:
    """A TIFF of one directory at byte 16 and eight bytes of image; `following` is the offset of the
    next directory, `changed` overrules tags (`packed`, `bits`, `samples`, `strip`, `count`)."""
    tags = {
        _WIDTH: (4, 1, width),
        _HEIGHT: (4, 1, height),
        _BITS: (3, 1, changed.get("bits", 1)),
        _PACKED: (3, 1, changed.get("packed", 4)),
        _INK: (3, 1, 0),
        _STRIPS: (4, 1, changed.get("strip", 8)),
        _SAMPLES: (3, 1, changed.get("samples", 1)),
        _ROWS: (4, 1, height),
        _COUNTS: (4, 1, changed.get("count", 8)),
    } | {tag: (kind, count, value) for tag, kind, count, value in extra}
    entries = b"".join(
        struct.pack(f"{order}HHI", tag, kind, count) + _value(order, kind, count, value)
        for tag, (kind, count, value) in sorted(tags.items())
    )
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = mark + struct.pack(f"{order}IQ", 16, 0x5555555555555555)
    return (
        head + struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", following)
    )


def _value(order: str, kind: int, count: int, value: int) -> bytes:
    if kind == 3 and count == 1:
        return struct.pack(f"{order}HH", value, 0)
    return struct.pack(f"{order}I", value)


def _two_in_a_circle() -> bytes:
    one = tiff(1728, 8)
    other = tiff(1728, 8, following=16)[16:]
    return one[:-4] + struct.pack("<I", len(one)) + other


def _chain(pages: int) -> bytes:
    """So many directories, one after the other, over the same eight bytes of image."""
    one = tiff(1728, 8)
    size = len(one) - 16
    parts = [one[:16]]
    for number in range(pages):
        following = 16 + (number + 1) * size if number + 1 < pages else 0
        parts.append(one[16:-4] + struct.pack("<I", following))
    return b"".join(parts)


def _low_resolution() -> bytes:
    """An honest image that says it is a kilometre of paper."""
    file = io.BytesIO()
    image = Image.new("1", (8000, 8000), 1)
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[_ACROSS], info[_DOWN], info[_UNIT] = 20.0, 20.0, 2
    image.save(file, format="TIFF", compression="group4", tiffinfo=info)
    return file.getvalue()


def _resolution(across: tuple[int, int], unit: int = 2) -> bytes:
    """A fax page whose resolution is the fraction `across`."""
    plain = tiff(1728, 8)
    at = len(plain) + 24
    extra = ((_ACROSS, 5, 1, at), (_DOWN, 5, 1, at), (_UNIT, 3, 1, unit))
    made = tiff(1728, 8, extra=extra)
    return made.ljust(at, b"\0") + struct.pack("<II", *across)


def _packed_bomb(compression: str) -> bytes:
    """Little data for a page of 100 megapixels."""
    file = io.BytesIO()
    Image.new("L", (10_000, 10_000), 255).save(file, format="TIFF", compression=compression)
    return file.getvalue()


def _plain(mode: str) -> bytes:
    file = io.BytesIO()
    base = seeds.page(size=(400, 200)).convert("L")
    image = Image.new(mode, base.size) if mode in ("LAB", "I;16") else base.convert(mode)
    image.save(file, format="TIFF")
    return file.getvalue()


def _tiffs() -> Iterator[Input]:
    for side in (60_000, 1 << 31, (1 << 32) - 1):
        yield _refused(
            f"TIFF of {side} pixels squared", partial(tiff, side, side), _NO_IMAGE,
            quick=side == 60_000,
        )  # fmt: skip
    yield _refused("TIFF without width", lambda: tiff(0, 10), _NO_IMAGE)
    yield _refused("TIFF without height", lambda: tiff(10, 0), _NO_IMAGE)
    yield _either("TIFF one pixel high, very wide", lambda: tiff(100_000_000, 1))
    yield _either("TIFF one pixel wide, very high", lambda: tiff(1, 100_000_000))
    yield _either(
        "TIFF directory that follows itself", lambda: tiff(8, 8, following=16), quick=True
    )
    yield _either("TIFF directories in a circle", _two_in_a_circle)
    yield _either("TIFF directory beyond the end", lambda: tiff(8, 8, following=1 << 31))
    yield _refused(
        "TIFF of 10,000 directories", lambda: _chain(10_000), "more than 200 pages|" + _NO_IMAGE
    )
    yield _refused("TIFF strip beyond the end", lambda: tiff(1728, 8, strip=1 << 31), _NO_IMAGE)
    yield _refused("TIFF strip of 4 GB", lambda: tiff(1728, 8, count=(1 << 32) - 1), _NO_IMAGE)
    yield _either("TIFF of 65,535 samples a pixel", lambda: tiff(8, 8, samples=65_535))
    yield _either("TIFF of 65,535 bits a sample", lambda: tiff(8, 8, bits=65_535))
    for packed in (1, 2, 3, 5, 6, 7, 8, 32773, 34676, 50000, 65535):
        yield _either(f"TIFF compression {packed}", partial(tiff, 1728, 8, packed=packed))
    bomb = ((700, 7, (1 << 32) - 1, 0), (65000, 12, 1 << 29, 0))
    yield _either("TIFF tags of 4 GB", lambda: tiff(8, 8, extra=bomb))
    yield _either("TIFF 8 million entries", lambda: b"II*\0" + struct.pack("<IH", 8, 65_535))
    yield _either("BigTIFF", lambda: b"II+\0" + struct.pack("<HHQ", 8, 0, 16) + bytes(64))
    yield _either("TIFF in the other byte order", lambda: tiff(1728, 8, order=">"))
    yield _either("TIFF a kilometre of paper", _low_resolution, quick=True)
    for across in ((0, 0), (1, 0), (0, 1), (1, 1 << 31), ((1 << 32) - 1, 1)):
        yield _either(f"TIFF of {across[0]}/{across[1]} dpi", partial(_resolution, across))
    for compression in ("tiff_adobe_deflate", "tiff_lzw", "packbits"):
        yield _either(f"TIFF bomb, {compression}", partial(_packed_bomb, compression))
    for mode in ("RGB", "RGBA", "CMYK", "P", "LA", "I;16", "I", "F", "YCbCr"):
        yield _made(f"TIFF in mode {mode}", partial(_plain, mode))
    yield _either("TIFF in mode LAB", partial(_plain, "LAB"))
    for share in (0.02, 0.3, 0.6, 0.95):
        yield _either(
            f"TIFF cut off at {share:.0%}",
            partial(_cut, share),
            quick=share == 0.3,
        )


def _cut(share: float) -> bytes:
    data = seeds.tiff()
    return data[: max(1, int(len(data) * share))]


# ── PNG and JPEG ──────────────────────────────────────────────────────────────────────────────


def png(
    width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, color: int = 0
) -> bytes:
    """A PNG of these chunks after a header that says so."""
    head = (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (head, *chunks, (b"IEND", b""))
    )


def _bomb() -> tuple[bytes, bytes]:
    return b"IDAT", zlib.compress(bytes(200 << 20), 9)


def _words() -> tuple[bytes, bytes]:
    return b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100 << 20), 9)


def _pngs() -> Iterator[Input]:
    rows = (b"IDAT", zlib.compress(bytes(9) * 8))
    huge = struct.pack(">I", 0x7FFFFFFF)
    yield _refused(
        "PNG of 100,000 pixels squared", lambda: png(100_000, 100_000, rows), _NO_IMAGE, quick=True
    )
    yield _refused(
        "PNG of 2 billion pixels squared", lambda: png(2**31 - 1, 2**31 - 1, rows), _NO_IMAGE
    )
    yield _refused("PNG without width", lambda: png(0, 8, rows), _NO_IMAGE)
    yield _either("PNG whose data unpacks to 200 MB", lambda: png(8, 8, _bomb()))
    yield _either("PNG of 10,000 pixels squared", lambda: png(10_000, 10_000, _bomb()))
    yield _either("PNG whose text unpacks to 100 MB", lambda: png(8, 8, _words(), rows), quick=True)
    yield _either("PNG without data", lambda: png(8, 8))
    yield _either("PNG of 50,000 chunks", lambda: png(8, 8, *[(b"tEXt", b"a\0b")] * 50_000, rows))
    yield _either("PNG chunk of 2 GB", lambda: png(8, 8)[:33] + huge + b"IDAT" + bytes(100))
    yield _either("PNG palette that is missing", lambda: png(8, 8, rows, color=3))
    yield _either(
        "PNG of 16 bits", lambda: png(8, 8, (b"IDAT", zlib.compress(bytes(17) * 8)), depth=16)
    )
    yield _either("PNG of a color that is none", lambda: png(8, 8, rows, color=9))
    frames = struct.pack(">II", 1 << 30, 0)
    yield _either("PNG of a billion frames", lambda: png(8, 8, (b"acTL", frames), rows))
    yield _refused("PNG of zero bytes", lambda: b"\x89PNG\r\n\x1a\n", _NO_IMAGE)


def _jpegs() -> Iterator[Input]:
    yield _refused(
        "JPEG of 65,500 pixels squared", lambda: _jpeg_of(65_500, 65_500), _NO_IMAGE, quick=True
    )
    yield _refused("JPEG without size", lambda: _jpeg_of(0, 0), _NO_IMAGE)
    comment = b"\xff\xfe" + struct.pack(">H", 65_535) + bytes(65_533)
    yield _either("JPEG of 6 MB of comments", lambda: _jpeg_with(comment * 100))
    exif = b"Exif\0\0" + tiff(8, 8, following=8)
    loop = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    yield _either("JPEG whose metadata goes round", lambda: _jpeg_with(loop))
    yield _either("JPEG of nothing but its beginning", lambda: b"\xff\xd8\xff\xe0")
    yield _either("JPEG without its end", lambda: seeds.picture("JPEG")[:3000], quick=True)
    honest = _made("JPEG called a text", lambda: seeds.picture("JPEG"))
    yield replace(honest, filename="a.txt")
    untrue = _refused("text called a JPEG", lambda: seeds.TEXT, "is none")
    yield replace(untrue, filename="a.jpg")
    yield _refused("GIF", lambda: b"GIF89a" + bytes(50), "GIF", quick=True)


def _jpeg_of(width: int, height: int) -> bytes:
    honest = seeds.picture("JPEG")
    at = honest.index(b"\xff\xc0") + 5
    return honest[:at] + struct.pack(">HH", height, width) + honest[at + 4 :]


def _jpeg_with(segments: bytes) -> bytes:
    honest = seeds.picture("JPEG")
    return honest[:2] + segments + honest[2:]
