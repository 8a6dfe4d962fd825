"""The recordings of a set: can each be heard, and is it the file that it was?"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from evaluation.cases import LONGEST

LARGEST: Final = 64_000_000
"""Bytes of one recording."""
_SILENT: Final = 2 / 32768
"""Peak below which nothing is in a recording (dithering at most)."""


class RecordingUnusable(ValueError):
    """A recording can't be played; the message says why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What is known of a recording: its length in seconds and the SHA-256 (hex) of its file."""

    seconds: float
    sha256: str


def examined(path: Path) -> Recording:
    """A recording, read to its end.

    Raises RecordingUnusable: missing, unreadable, torn, empty, silent, longer than a minute.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise RecordingUnusable(f"is larger than {LARGEST} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise RecordingUnusable(f"can't be read: {error.strerror}") from None
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            seconds = file.frames / file.samplerate
            if seconds > LONGEST:
                raise RecordingUnusable(f"lasts {seconds:.0f} s; at most {LONGEST:.0f} s")
            _hear(file)
    except soundfile.LibsndfileError as error:
        raise RecordingUnusable(f"is no audio that can be read: {error.error_string}") from None
    return Recording(seconds, sha256)


def _hear(file: soundfile.SoundFile) -> None:
    samples = file.read(dtype="float32", always_2d=True)
    if not len(samples):
        raise RecordingUnusable("is empty: it has no sample")
    if len(samples) < file.frames:
        raise RecordingUnusable(
            f"is torn: {len(samples)} of {file.frames} samples are there; copy it anew"
        )
    if float(np.max(np.abs(samples))) < _SILENT:
        raise RecordingUnusable("is silent from its beginning to its end")
