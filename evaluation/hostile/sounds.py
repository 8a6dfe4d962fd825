"""Hostile recordings: empty, cut off, with headers that promise hours, gigahertz or nothing."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from evaluation.hostile import seeds
from evaluation.hostile.inputs import Bait, Due, Input, Make, fixed

_GROUP: Final = "sound"
_NO_SOUND: Final = (
    "no recording that can be read|holds no (audio|sound)|longer than|takes too long|not opened"
    "|is empty|no text, audio|it is none"
)
_ENDINGS: Final = ("wav", "mp3", "ogg", "flac", "au", "m4a", "mp4", "webm", "avi")
_UNTOLD: Final = 0xFFFFFFFF


def inputs() -> Iterator[Input]:
    """All of them."""
    yield from _short_ones()
    yield from _waves()
    yield from _others()
    yield from _movies()
    yield from _lists()


def _refused(name: str, data: Make | bytes, filename: str, *, quick: bool = False) -> Input:
    return replace(_either(name, data, filename, quick=quick), due=Due.REFUSED)


def _either(name: str, data: Make | bytes, filename: str, *, quick: bool = False) -> Input:
    made = fixed(data) if isinstance(data, bytes) else data
    return Input(name, _GROUP, made, filename=filename, says=_NO_SOUND, quick=quick)


def _of(form: str, change: Callable[[bytes], bytes]) -> Make:
    """An honest recording, changed; it is not made before it is needed."""
    return lambda _: change(seeds.sound(form))


def _short_ones() -> Iterator[Input]:
    for ending in _ENDINGS:
        name = f"a.{ending}"
        yield _refused(f"{ending} of no bytes", b"", name, quick=ending == "wav")
        yield _refused(f"{ending} cut off after 12 bytes", _of(ending, lambda it: it[:12]), name)
        yield _either(f"{ending} cut off after 60 bytes", _of(ending, lambda it: it[:60]), name)
        half = _of(ending, lambda it: it[: len(it) // 2])
        yield _either(f"{ending} cut off in the middle", half, name, quick=ending == "mp4")
        headless = _of(ending, lambda it: it[len(it) // 2 :])
        yield _either(f"{ending} without its beginning", headless, name)
    yield _refused("noise called wav", np.random.default_rng(4).bytes(100_000), "a.wav")
    yield _refused("zeros called mp3", bytes(200_000), "a.mp3")
    yield _refused("bare telephone audio of one byte", b"\xff", "a.ulaw")
    yield _either("bare telephone audio that is a text", seeds.TEXT * 20, "a.ulaw")


# ── RIFF ──────────────────────────────────────────────────────────────────────────────────────


def wav(
    rate: int = 16_000,
    *,
    channels: int = 1,
    bits: int = 16,
    kind: int = 1,
    says: int | None = None,
    before: bytes = b"",
) -> bytes:
    """A WAV file of half a second of sound whose header `says` how many bytes there are."""
    data = seeds.samples()[:8000].tobytes()
    block = channels * bits // 8
    form = struct.pack(
        "<HHIIHH", kind, channels, rate, min(rate * block, _UNTOLD), block & 0xFFFF, bits
    )
    body = b"WAVE" + before + b"fmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(data) if says is None else says) + data
    return b"RIFF" + struct.pack("<I", len(body) if says is None else _UNTOLD) + body


def _waves() -> Iterator[Input]:
    for rate in (0, 1, 7, 1_000_000, 768_000_000, 2**31 - 1, _UNTOLD):
        data = wav(rate)
        yield _either(f"wav at {rate} Hz", data, "a.wav", quick=rate in (1, _UNTOLD))
    for channels in (0, 3, 255, 65_535):
        yield _either(f"wav of {channels} channels", wav(channels=channels), "a.wav")
    for bits in (0, 1, 7, 64, 65_535):
        yield _either(f"wav of {bits} bits", wav(bits=bits), "a.wav")
    for kind in (0, 2, 0x11, 0x31, 0x55, 0x161, 0xFFFE, 0xFFFF):
        yield _either(f"wav of kind {kind:#x}", wav(kind=kind), "a.wav")
    yield _either("wav that says 4 GB", wav(says=_UNTOLD), "a.wav", quick=True)
    yield _either("wav that says nothing", wav(says=0), "a.wav")
    lists = b"LIST" + struct.pack("<I", 8) + b"INFOabcd"
    yield _either("wav of 100,000 lists", wav(before=lists * 100_000), "a.wav")
    yield _either("wav list of 4 GB", wav(before=b"LIST" + struct.pack("<I", _UNTOLD)), "a.wav")
    long = wav(rate=8000, bits=8, says=8000 * 3600)[:-16_000] + b"\x80" * (8000 * 3600)
    yield _either("wav of an hour of silence", long, "a.wav")


# ── other forms ───────────────────────────────────────────────────────────────────────────────


def _others() -> Iterator[Input]:
    for rate in (0, 1, _UNTOLD):
        yield _either(f"au at {rate} Hz", _of("au", partial(_at_rate, rate)), "a.au")
    late = _of("au", lambda it: it[:4] + b"\xff" * 4 + it[8:])
    yield _either("au whose sound begins at 4 GB", late, "a.au")
    wide = _of("au", lambda it: it[:20] + b"\x7f\xff\xff\xff" + it[24:])
    yield _either("au of 2 billion channels", wide, "a.au")
    endless = _of("flac", lambda it: it[:18] + b"\xff" * 8 + it[26:])
    yield _either("flac that promises 68 billion samples", endless, "a.flac", quick=True)
    padding = b"fLaC\x01\xff\xff\xff" + bytes(0xFFFFFF)
    yield _either("flac with 16 MB of padding", _of("flac", lambda it: padding + it[4:]), "a.flac")
    picture = b"fLaC\x06\0\0\x20" + struct.pack(">I", 6) + b"\xff" * 28
    lied = _of("flac", lambda it: picture + it[4:])
    yield _either("flac with a picture of 4 GB", lied, "a.flac")
    yield from _tagged()
    again = _of("ogg", lambda it: it[:200] * 5000)
    yield _either("ogg of one page again and again", again, "a.ogg")
    yield _either("ogg that ends in a million years", _of("ogg", _ending_late), "a.ogg")
    yield _either("ogg of 300 recordings in one", _of("ogg", lambda it: it * 300), "a.ogg")
    yield _either("amr of one frame", b"#!AMR\n" + b"\x3c" + bytes(31), "a.amr")
    yield _either("amr of frames that are none", b"#!AMR\n" + b"\xff" * 5000, "a.amr")
    unknown = b"\x1aE\xdf\xa3\x01" + b"\xff" * 7 + bytes(999)
    yield _either("matroska of unknown sizes", unknown, "a.mkv")
    nested = b"\x1aE\xdf\xa3\x84" + b"\x18\x53\x80\x67\x01" + b"\xff" * 7
    yield _either("matroska within matroska", nested * 10_000, "a.mkv")


def _at_rate(rate: int, au: bytes) -> bytes:
    return au[:16] + struct.pack(">I", rate) + au[20:]


def _tagged() -> Iterator[Input]:
    """MP3 files whose tags lie."""
    long = _of("mp3", lambda it: b"ID3\4\0\0\x7f\x7f\x7f\x7f" + it)
    yield _either("mp3 with a tag of 256 MB", long, "a.mp3", quick=True)
    tags = b"ID3\3\0\0\0\0\0\x0aTXXX\0\0\0\0\0\0"
    yield _either("mp3 with 20,000 tags", _of("mp3", lambda it: tags * 20_000 + it), "a.mp3")
    yield _either("mp3 made of nothing but sync words", b"\xff\xfb\x90\x64" * 200_000, "a.mp3")
    art = b"ID3\3\0\0\0\0\0\x40APIC" + struct.pack(">I", 0x7FFFFFFF) + bytes(20)
    yield _either("mp3 with a picture of 2 GB", _of("mp3", lambda it: art + it), "a.mp3")


def _ending_late(ogg: bytes) -> bytes:
    last = ogg.rindex(b"OggS")
    return ogg[: last + 6] + b"\xff" * 7 + b"\x7f" + ogg[last + 14 :]


# ── MP4 ───────────────────────────────────────────────────────────────────────────────────────


def box(kind: bytes, data: bytes = b"", says: int | None = None) -> bytes:
    """A box of ISO/IEC 14496-12; `says` overrules its size."""
    return struct.pack(">I", 8 + len(data) if says is None else says) + kind + data


_BRAND: Final = box(b"ftyp", b"isom\0\0\2\0isommp41")


def _patched(kind: bytes, at: int, data: bytes) -> Make:
    """The honest MP4 with bytes changed `at` so many behind the first box of a kind."""

    def change(honest: bytes) -> bytes:
        whole = bytearray(honest)
        start = whole.index(kind) + 4 + at
        whole[start : start + len(data)] = data
        return bytes(whole)

    return _of("m4a", change)


def _movies() -> Iterator[Input]:
    moov = b"moov"
    lies = {
        "without moov": box(b"mdat", bytes(5000)),
        "of nothing but its brand": b"",
        "whose moov has 4 GB": box(moov, bytes(99), _UNTOLD),
        "whose moov has one byte": box(moov, bytes(99), 1),
        "box of size zero": box(b"free", b"", 0),
        "boxes 4,000 deep": _nested(2000),
        "of 100,000 empty tracks": box(moov, box(b"trak") * 100_000),
    }
    yield _refused("video without sound", lambda _: seeds.silent_video(), "a.mp4", quick=True)
    for name, boxes in lies.items():
        quick = name in ("without moov", "boxes 4,000 deep")
        yield _refused(f"mp4 {name}", _BRAND + boxes, "a.mp4", quick=quick)
    entries = struct.pack(">II", 0, 0x7FFFFFFF)
    for kind in (b"stts", b"stsc", b"stsz", b"stco"):
        data = _patched(kind, 0, entries)
        yield _either(f"mp4 whose {kind.decode()} has 2 billion entries", data, "a.m4a")
    long = b"\x7f\xff\xff\xff"
    yield _either("mp4 that says it lasts for years", _patched(b"mdhd", 16, long), "a.m4a")
    yield _either("mp4 of time scale zero", _patched(b"mdhd", 12, bytes(4)), "a.m4a")
    yield _either("mp4 whose every sample lasts hours", _patched(b"stts", 12, long), "a.m4a")
    elsewhere = box(b"url ", bytes(4) + b"http://127.0.0.1:9/a.mp4\0")
    yield _either("mp4 whose sound lies elsewhere", _patched(b"dref", 8, elsewhere[:12]), "a.m4a")
    packed = box(moov, box(b"cmov", box(b"dcom", b"zlib") + box(b"cmvd", long)))
    yield _either("mp4 whose moov is packed", _BRAND + packed, "a.mov")
    yield _either("mp4 with moov twice", _of("m4a", _twice), "a.m4a")


def _nested(depth: int) -> bytes:
    deep = b""
    for _ in range(depth):
        deep = box(b"moov", box(b"trak", deep))
    return deep


def _twice(whole: bytes) -> bytes:
    return whole + whole[whole.index(b"moov") - 4 :]


# ── play lists ────────────────────────────────────────────────────────────────────────────────


def _lists() -> Iterator[Input]:
    """What names other files instead of holding sound."""

    def hls(bait: Bait) -> bytes:
        where = f"{bait.url}/a.ts\n#EXTINF:10,\nfile://{bait.file}\n"
        return f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{where}".encode()

    def concat(bait: Bait) -> bytes:
        return f"ffconcat version 1.0\nfile '{bait.file}'\nfile '{bait.url}'\n".encode()

    def dash(bait: Bait) -> bytes:
        inside = f"<BaseURL>{bait.url}</BaseURL><Period><AdaptationSet/></Period>"
        return f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema">{inside}</MPD>'.encode()

    def sdp(_: Bait) -> bytes:
        return b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n"

    def xbin(bait: Bait) -> bytes:
        return (
            b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\nconcat:"
            + str(bait.file).encode()
            + b"|x\n"
        )

    makers = {"HLS": hls, "ffconcat": concat, "DASH": dash, "SDP": sdp, "HLS of concat": xbin}
    for name, make in makers.items():
        yield Input(
            f"play list in {name}", _GROUP, make, filename="a.mp3", due=Due.REFUSED,
            says=_NO_SOUND, quick=name == "HLS",
        )  # fmt: skip
