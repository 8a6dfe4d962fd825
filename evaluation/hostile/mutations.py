"""Fuzzing: valid files of every kind, changed at random, the same way in every run."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from evaluation.hostile import seeds
from evaluation.hostile.inputs import Bait, Door, Input, Make, chance

_GROUP: Final = "fuzz"
_SOUNDS: Final = ("wav", "mp3", "ogg", "flac", "au", "m4a", "mp4", "webm", "avi")

_Change = Callable[[bytearray, random.Random], None]


def inputs(each: int = 8) -> Iterator[Input]:
    """`each` mutations of every seed."""
    for name, (seed, filename) in _seeds().items():
        for number in range(each):
            title = f"{name}, mutation {number + 1}"
            door = Door.MAIL if filename.endswith(".eml") else Door.FILE
            make = _mutated(seed, title)
            yield Input(title, _GROUP, make, door, filename=filename, quick=number == 0)


def _seeds() -> Mapping[str, tuple[Callable[[], bytes], str]]:
    sounds = {form: ((lambda form=form: seeds.sound(form)), f"a.{form}") for form in _SOUNDS}
    return {
        **sounds,
        "TIFF": (seeds.tiff, "a.tif"),
        "PDF": (seeds.pdf, "a.pdf"),
        "PNG": (lambda: seeds.picture("PNG"), "a.png"),
        "JPEG": (lambda: seeds.picture("JPEG"), "a.jpg"),
        "mail": (seeds.mail, "a.eml"),
        "SSML": (lambda: seeds.SSML, "a.ssml"),
        "SMS": (lambda: seeds.MESSAGE, "a.sms"),
        "text": (lambda: seeds.TEXT, "a.txt"),
    }


def _mutated(seed: Callable[[], bytes], title: str) -> Make:
    def make(_: Bait) -> bytes:
        return mutated(seed(), chance(title))

    return make


def mutated(seed: bytes, random: random.Random) -> bytes:
    """The seed after one to four changes; never empty."""
    data = bytearray(seed)
    for _ in range(random.randint(1, 4)):
        random.choice(_CHANGES)(data, random)
        if not data:
            data += b"\0"
    return bytes(data)


def _flip(data: bytearray, random: random.Random) -> None:
    for _ in range(random.choice((1, 3, 20))):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _overwrite(data: bytearray, random: random.Random) -> None:
    """A number that is an edge of its kind."""
    at = random.randrange(len(data))
    number = random.choice((0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF))
    data[at : at + 4] = struct.pack(random.choice(("<I", ">I")), number)


def _cut(data: bytearray, random: random.Random) -> None:
    del data[random.randrange(len(data)) :]


def _drop(data: bytearray, random: random.Random) -> None:
    at = random.randrange(len(data))
    del data[at : at + random.randint(1, max(1, len(data) // 8))]


def _repeat(data: bytearray, random: random.Random) -> None:
    at = random.randrange(len(data))
    piece = data[at : at + random.randint(1, 200)]
    data[at:at] = piece * random.choice((1, 5, 500))


def _noise(data: bytearray, random: random.Random) -> None:
    at = random.randrange(len(data))
    piece = random.randbytes(random.randint(1, 64))
    data[at : at + len(piece)] = piece


def _move(data: bytearray, random: random.Random) -> None:
    here, there = sorted(random.randrange(len(data)) for _ in range(2))
    piece = data[here:there]
    del data[here:there]
    at = random.randrange(len(data) + 1)
    data[at:at] = piece


_CHANGES: Final[tuple[_Change, ...]] = (_flip, _overwrite, _cut, _drop, _repeat, _noise, _move)
