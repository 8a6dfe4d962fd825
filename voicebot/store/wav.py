"""The header of a recording, and how to mend it after a crash.

RIFF/WAVE with one `fmt ` and one `data` chunk (Microsoft and IBM, "Multimedia Programming Interface
and Data Specifications 1.0", 1991): 16-bit linear PCM, two channels.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

CHANNELS = 2
FRAME_BYTES = 2 * CHANNELS
HEADER_BYTES = 44

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_MOST_BYTES = 0xFFFFFFFF - HEADER_BYTES


class NotARecordingError(ValueError):
    """The file does not begin like one of our recordings."""


def wav_header(rate: int, frames: int) -> bytes:
    """The 44 bytes in front of `frames` frames at `rate` Hz."""
    size = min(frames * FRAME_BYTES, _MOST_BYTES // FRAME_BYTES * FRAME_BYTES)
    return _HEADER.pack(
        b"RIFF",
        size + HEADER_BYTES - 8,
        b"WAVE",
        b"fmt ",
        16,
        1,  # linear PCM
        CHANNELS,
        rate,
        rate * FRAME_BYTES,
        FRAME_BYTES,
        16,
        b"data",
        size,
    )


def mend(path: Path) -> float:
    """Make the header agree with the file, which a crash may have cut anywhere.

    Returns the seconds of audio. Raises NotARecordingError when the file does not begin with a
    header of ours, OSError when it can't be read or written.
    """
    with path.open("r+b") as file:
        header = file.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES:
            raise NotARecordingError(f"{path.name} is too short for a recording")
        fields = _HEADER.unpack(header)
        rate = fields[7]
        if not 0 < rate < 2**20 or fields[:1] + fields[2:12] != _expected(rate):
            raise NotARecordingError(f"{path.name} does not begin like a recording")
        frames = (file.seek(0, os.SEEK_END) - HEADER_BYTES) // FRAME_BYTES
        file.truncate(HEADER_BYTES + frames * FRAME_BYTES)
        file.seek(0)
        file.write(wav_header(rate, frames))
    return frames / float(rate)


def _expected(rate: int) -> tuple[object, ...]:
    fields = _HEADER.unpack(wav_header(rate, 0))
    return fields[:1] + fields[2:12]
