"""The sound of a foreign audio or video file as 16 kHz mono, by ffmpeg within limits.

Only containers that hold their own audio are opened: a play list (HLS, DASH, concat ...) names
other files, on this machine or elsewhere. How long a file claims to be is not believed; decoding
ends where the limit is reached.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import ffmpeg
import numpy as np

from gateway.errors import RefusedError
from gateway.sandbox import Limits, run
from gateway.speech.formats import CONTAINERS, program
from gateway.transcripts.settings import TranscriptSettings
from voicebot.audio.pcm import Int16

RATE: Final = 16000
"""Hertz of what is decoded."""

_BARE: Final = {
    "audio/pcmu": {"format": "mulaw", "ar": 8000, "ac": 1},
    "audio/pcma": {"format": "alaw", "ar": 8000, "ac": 1},
}
"""Media types without any container (RFC 4856)."""

_MEMORY: Final = 1 << 30
_BY_THE_CLOCK: Final = 4  # a busy machine takes so many times the CPU time


def decode(
    source: Path,
    media_type: str,
    target: Path,
    settings: TranscriptSettings,
    going_on: Callable[[], None] = lambda: None,
) -> None:
    """Write the first audio stream of `source` to `target`, which appears complete: bare 16-bit
    little-endian samples, one channel, 16 kHz.

    `going_on` is called several times a second; what it raises ends the decoding.

    Raises:
        MissingPartError: there is no ffmpeg.
        RefusedError: the file is too large or too long, damaged, or holds no sound.
    """
    _check(source, settings.largest_file)
    part = target.with_name(f"{target.name}.part")
    longest = round(settings.longest_audio * RATE) * 2
    limits = Limits(
        seconds=_BY_THE_CLOCK * settings.decoding_seconds,
        cpu=settings.decoding_seconds,
        memory=_MEMORY,
        output=longest + 8 * RATE,
    )
    command = _command(source, media_type, part, settings)
    try:
        run(command, limits, folder=target.parent.resolve(), going_on=going_on)
    except RefusedError as error:
        part.unlink(missing_ok=True)
        raise RefusedError(_reason(str(error))) from error
    size = part.stat().st_size if part.exists() else 0
    if size > longest or size < 2:
        part.unlink(missing_ok=True)
        if size > longest:
            raise RefusedError(
                f"the recording is longer than {settings.longest_audio / 60:g} minutes; cut it "
                "into several"
            )
        raise RefusedError("the file holds no sound: its audio is of length zero")
    part.replace(target)


def samples_of(decoded: Path) -> Int16:
    """The samples that `decode` wrote, mapped into memory and not read: [samples], 16 kHz."""
    samples: Int16 = np.memmap(decoded, dtype="<i2", mode="r")
    return samples


def _check(source: Path, largest: int) -> None:
    try:
        size = source.stat().st_size
    except OSError as error:
        raise RefusedError("the recording can't be read: the file is gone") from error
    if not source.is_file():
        raise RefusedError("the recording is no file")
    if size == 0:
        raise RefusedError("the recording is an empty file")
    if size > largest:
        raise RefusedError(
            f"the recording has {size >> 20} MB; {largest >> 20} MB are allowed: cut it, or send "
            "the sound without the picture"
        )


def _command(
    source: Path, media_type: str, target: Path, settings: TranscriptSettings
) -> list[str]:
    """ffmpeg's arguments; files are named by protocol, so that no name is read as an address."""
    given: dict[str, Any] = dict(_BARE.get(media_type.partition(";")[0].strip().lower(), {}))
    if not given:
        given["format_whitelist"] = CONTAINERS
    stream = ffmpeg.input(f"file:{source.resolve()}", protocol_whitelist="file", threads=1, **given)
    stream = stream["a:0"].output(
        f"file:{target.resolve()}",
        format="s16le",
        acodec="pcm_s16le",
        ac=1,
        ar=RATE,
        t=settings.longest_audio + 1.0,
    )
    stream = stream.global_args("-nostdin", "-hide_banner", "-loglevel", "error")
    compiled = stream.compile(cmd=program(settings.ffmpeg), overwrite_output=True)
    return [str(argument) for argument in compiled]


def _reason(complaint: str) -> str:
    """What ffmpeg's complaint means to whoever sent the file; nothing of our paths."""
    if "matches no streams" in complaint:
        return "the file holds no audio"
    if "not on whitelist" in complaint:
        return (
            "this kind of file is not opened, for it may name other files (a play list); "
            "send the recording itself"
        )
    if "took longer than" in complaint or "of CPU time" in complaint:
        return "the recording takes too long to decode; send it in a simpler form, such as MP3"
    return "the file is no recording that can be read, or it is damaged"
