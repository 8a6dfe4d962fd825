"""Recordings of an original as FLAC files of a set."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from evaluation.sets.problems import refused
from voicebot.audio.pcm import Int16

_LITTLE: Final = np.dtype("<i2")
_BIG: Final = np.dtype(">i2")


def converted(source: Path, path: Path) -> Path:
    """A recording of any usual format (WAV, NIST SPHERE, FLAC ...) as FLAC at `path`.

    Raises SetError where the source can't be read.
    """
    try:
        samples, rate = soundfile.read(source, dtype="int16")
    except (OSError, soundfile.LibsndfileError) as error:
        raise refused(source, f"can't be read: {error}") from None
    return written(samples, int(rate), path)


def headerless(source: Path, rate: int, path: Path) -> Path:
    """A recording without a header, 16 bits a sample at `rate` Hz, as FLAC at `path`.

    Raises SetError where the source can't be read.
    """
    try:
        data = source.read_bytes()
    except OSError as error:
        raise refused(source, f"can't be read: {error.strerror}") from None
    return written(in_order(data), rate, path)


def in_order(data: bytes) -> Int16:
    """Samples of 16 bits whose byte order nobody wrote down.

    In the wrong order the low bytes lead, which makes noise of any recording: its samples then
    differ from their neighbours by more than they are loud.
    """
    data = data[: len(data) // 2 * 2]
    readings = [np.frombuffer(data, dtype=order).astype(np.int16) for order in (_LITTLE, _BIG)]
    return min(readings, key=_roughness)


def cut(source: Path, spans: list[tuple[float, float, Path]]) -> None:
    """Cut spans, from and to a second, out of a recording; each becomes FLAC at its path.

    Raises SetError where the source can't be read or ends before a span begins.
    """
    try:
        with soundfile.SoundFile(source) as file:
            for start, end, path in spans:
                first = max(round(start * file.samplerate), 0)
                if first >= file.frames:
                    length = file.frames / file.samplerate
                    raise refused(source, f"ends at {length:.2f} s, before {start:.2f} s")
                file.seek(first)
                samples = file.read(round(end * file.samplerate) - first, dtype="int16")
                written(samples, file.samplerate, path)
    except (OSError, soundfile.LibsndfileError) as error:
        raise refused(source, f"can't be read: {error}") from None


def written(samples: Int16, rate: int, path: Path) -> Path:
    """Samples at `rate` Hz as FLAC at `path`; gives the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, format="FLAC", subtype="PCM_16")
    return path


def _roughness(samples: Int16) -> float:
    wide = samples.astype(np.float64)
    return float(np.abs(np.diff(wide)).sum() / (np.abs(wide).sum() + 1))
