"""Grey pages made black and white: what is written is cut at a threshold, pictures are screened.

A fax knows no grey. Dots of different sizes (a clustered-dot screen) survive the line's resolution
and its compression; scattered dots would make the page several times as long to send.
"""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageChops

_THRESHOLD: Final = 128
_MIDDLE: Final = range(56, 200)  # neither ink nor paper
_BLOCK: Final = 32  # pixels; a picture is found by blocks of this size
_PICTURE: Final = 0.5  # share of a block that is neither ink nor paper
_SPIRAL: Final = (
    (12, 5, 6, 13),
    (4, 0, 1, 7),
    (11, 3, 2, 8),
    (15, 10, 9, 14),
)  # in this order a dot grows out of the middle of its cell


def bilevel(grey: Image.Image) -> Image.Image:
    """A page of mode L as one of mode 1 and the same size."""
    written = grey.point(_cut)
    pictures = _pictures(grey)
    if pictures.getbbox() is None:
        return written.convert("1", dither=Image.Dither.NONE)
    screened = ImageChops.subtract(grey, _screen(grey.size)).point(_any)
    return Image.composite(screened, written, pictures).convert("1", dither=Image.Dither.NONE)


def _pictures(grey: Image.Image) -> Image.Image:
    """White where a picture is."""
    middle = grey.point(_in_the_middle)
    blocks = tuple(max(1, -(-side // _BLOCK)) for side in grey.size)
    shares = middle.resize((blocks[0], blocks[1]), Image.Resampling.BOX).point(_mostly)
    return shares.resize(grey.size, Image.Resampling.NEAREST)


def _screen(size: tuple[int, int]) -> Image.Image:
    """A threshold for each pixel, the same in each cell."""
    cell = Image.new("L", (len(_SPIRAL[0]), len(_SPIRAL)))
    steps = len(_SPIRAL) * len(_SPIRAL[0])
    cell.putdata([round((rank + 0.5) * 255 / steps) for row in _SPIRAL for rank in row])
    screen = Image.new("L", size)
    screen.paste(cell)
    done = cell.size
    while done[0] < size[0] or done[1] < size[1]:  # twice as much with each step
        part = screen.crop((0, 0, min(done[0], size[0]), min(done[1], size[1])))
        for corner in ((done[0], 0), (0, done[1]), done):
            screen.paste(part, corner)
        done = (2 * done[0], 2 * done[1])
    return screen


def _cut(value: float) -> float:
    return 255 if value >= _THRESHOLD else 0


def _any(value: float) -> float:
    return 255 if value > 0 else 0


def _in_the_middle(value: float) -> float:
    return 255 if value in _MIDDLE else 0


def _mostly(share: float) -> float:
    return 255 if share > _PICTURE * 255 else 0
