"""Fax pages for tests, and lines that run in the time of their samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gateway.fax.process import FaxSession
from gateway.fax.result import Direction, FaxTask
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.server.faxline import FRAME

WIDTH = 1728


def page(number: int, rows: int = 500) -> Image.Image:
    """A page with writing and a drawing that differ from page to page."""
    image = Image.new("1", (WIDTH, rows), 1)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(40)
    draw.text((100, 20), f"Page {number}: invoice 4711-{number}", fill=0, font=font)
    for line in range(90, rows - 60, 60):
        draw.text((100, line), f"{line} sheets at {number}.25 dollars each", fill=0, font=font)
        draw.ellipse((1300, line, 1300 + 20 * number, line + 40), outline=0)
    return image


def tiff(path: Path, pages: int = 2, rows: int = 500) -> Path:
    """A file of such pages in fine resolution."""
    first, *others = (page(number, rows) for number in range(1, pages + 1))
    first.save(path, save_all=True, append_images=others, compression="group4", dpi=(204, 196))
    return path


def pixels(path: Path) -> list[np.ndarray]:
    """The pages of a file, True where it is white."""
    found = []
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append(np.array(image.convert("1")))
    return found


def send(path: Path, **more: object) -> FaxTask:
    return FaxTask(Direction.SEND, path, "+4930123456", **more)  # type: ignore[arg-type]


def receive(path: Path, **more: object) -> FaxTask:
    return FaxTask(Direction.RECEIVE, path, "+15550199", **more)  # type: ignore[arg-type]


def over_ulaw(pcm: bytes) -> bytes:
    """As a telephone line gives it."""
    return ulaw_decode(ulaw_encode(pcm))


class Losing:
    """A line that loses one frame in so many, seeded. What is lost is told, or silent."""

    def __init__(self, share: float, seed: int, *, silent: bool = False) -> None:
        self._random = np.random.default_rng(seed)
        self._share = share
        self._silent = silent
        self.lost = 0

    def __call__(self, session: FaxSession, frame: bytes) -> bytes:
        if self._random.random() >= self._share:
            return over_ulaw(frame)
        self.lost += 1
        if self._silent:
            return bytes(2 * FRAME)
        session.miss(FRAME)
        return b""


Carry = Callable[[FaxSession, bytes], bytes]


def whole(_: FaxSession, frame: bytes) -> bytes:
    return over_ulaw(frame)


def talk(one: FaxSession, other: FaxSession, carry: Carry = whole, seconds: float = 300.0) -> float:
    """Let two sessions talk until both are over; how many seconds of call it took."""
    said, answered = bytes(2 * FRAME), bytes(2 * FRAME)
    for frame in range(int(seconds * 50)):
        if one.result is not None and other.result is not None:
            return frame / 50
        said, answered = (
            one.exchange(carry(one, answered), FRAME),
            other.exchange(carry(other, said), FRAME),
        )
    raise AssertionError(f"the fax is not over after {seconds} s")
