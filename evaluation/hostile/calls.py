"""Hostile fax calls: what the far end lets us hear, as bare mu-law audio."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from evaluation.hostile import seeds
from evaluation.hostile.inputs import Door, Due, Input, Make, chance, fixed
from evaluation.hostile.mutations import mutated
from gateway.fax.result import Direction, FaxTask
from gateway.fax.spandsp import FaxTerminal
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.server.faxline import FRAME

_RATE: Final = 8000
_MUTATIONS: Final = 8


@functools.cache
def honest() -> bytes:
    """What a fax machine of ours says while it sends two pages to another one."""
    with tempfile.TemporaryDirectory(prefix="calls-") as folder:
        pages = Path(folder, "sent.tif")
        pages.write_bytes(seeds.tiff(2))
        sender = FaxTerminal(FaxTask(Direction.SEND, pages, "+4930123456"))
        receiver = FaxTerminal(FaxTask(Direction.RECEIVE, Path(folder, "got.tif"), "+15550199"))
        said = answered = bytes(2 * FRAME)
        heard = bytearray()
        while sender.result is None or receiver.result is None:
            said, answered = (
                sender.exchange(ulaw_decode(ulaw_encode(answered)), FRAME),
                receiver.exchange(ulaw_decode(ulaw_encode(said)), FRAME),
            )
            heard += ulaw_encode(said)
        sender.close()
        receiver.close()
    return bytes(heard)


def inputs() -> Iterator[Input]:
    """All of them."""
    time = np.arange(20 * _RATE) / _RATE
    tones: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {
        "a calling tone for ever": 8000 * np.sin(2 * np.pi * 1100 * time),
        "a square wave at full scale": 32_767 * np.sign(np.sin(2 * np.pi * 1700 * time)),
        "a carrier without data": 8000 * np.sin(2 * np.pi * 1800 * time),
        "nothing but an offset": np.full(len(time), 20_000.0),
    }
    for name, wave in tones.items():
        yield _call(name, fixed(ulaw_encode(wave.astype("<i2").tobytes())))
    yield _call("silence", fixed(b"\xff" * 20 * _RATE))
    yield _call("noise", fixed(chance("fax noise").randbytes(20 * _RATE)), quick=True)
    yield _call("a call that is over at once", fixed(b"\xff"))
    yield replace(_call("an honest fax", lambda _: honest(), quick=True), due=Due.MADE)
    changes: dict[str, Callable[[bytes], bytes]] = {
        "a fax that drops in the first page": lambda call: call[: len(call) // 3],
        "a fax that drops in the second page": lambda call: call[: len(call) * 2 // 3],
        "a fax that begins in the middle": lambda call: call[len(call) // 2 :],
        "a fax at twice the speed": lambda call: call[::2],
        "a fax backwards": lambda call: call[::-1],
        "a fax with every second missing": _gaps,
        "a fax ten times in a row": lambda call: call * 10,
        "a fax that repeats its first page for ever": _again,
    }
    for name, change in changes.items():
        yield _call(name, _changed(change))
    for number in range(_MUTATIONS):
        title = f"a fax, mutation {number + 1}"
        yield _call(title, _mutated(title))


def _call(name: str, make: Make, *, quick: bool = False) -> Input:
    return Input(name, "fax call", make, Door.CALL, quick=quick)


def _changed(change: Callable[[bytes], bytes]) -> Make:
    return lambda _: change(honest())


def _mutated(title: str) -> Make:
    return lambda _: mutated(honest(), chance(title))


def _gaps(call: bytes) -> bytes:
    seconds = [call[at : at + _RATE] for at in range(0, len(call), _RATE)]
    return b"".join(
        b"\xff" * len(one) if number % 5 == 4 else one for number, one in enumerate(seconds)
    )


def _again(call: bytes) -> bytes:
    half = len(call) // 2
    return call[:half] + call[half // 2 : half] * 8
