"""Audio files: WAV, MP3, Ogg Opus, FLAC and mu-law, written by ffmpeg within limits.

A media type may have a parameter: `audio/wav;rate=8000`. mu-law is 8 kHz (RFC 2046 audio/basic as
a .au file, RFC 4856 audio/PCMU as bare bytes).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import ffmpeg
import imageio_ffmpeg

from gateway.errors import MissingPartError, RefusedError
from gateway.sandbox import Limits, run

CONTAINERS: Final = (
    "3gp,aa,aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,gsm,ircam,loas,"
    "m4a,matroska,mov,mp2,mp3,mp4,mpc,mpc8,mpeg,mpegts,nistsphere,nut,ogg,rm,sox,tak,tta,voc,w64,"
    "wav,webm,wsd,wv"
)
"""ffmpeg's names of the containers that may be opened: none of them refers to other files."""

WIDE: Final = 24000
"""Hertz of audio that is not for a telephone line."""

_PASSES: Final = 10.0  # times faster than real time, at the least, that ffmpeg converts audio
_MEMORY: Final = 1 << 30
_RATES: Final = (8000, 16000, WIDE, 48000)


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """A form of audio file: `rate` in hertz, `bitrate` in bits per second (0: as it comes)."""

    media_type: str
    suffix: str
    container: str
    codec: str
    rate: int = WIDE
    rates: tuple[int, ...] = _RATES
    bitrate: int = 0


_FORMATS: Final = {
    "audio/wav": AudioFormat("audio/wav", ".wav", "wav", "pcm_s16le"),
    "audio/mpeg": AudioFormat("audio/mpeg", ".mp3", "mp3", "libmp3lame", bitrate=48_000),
    "audio/ogg": AudioFormat("audio/ogg", ".ogg", "ogg", "libopus", bitrate=24_000),
    "audio/flac": AudioFormat("audio/flac", ".flac", "flac", "flac"),
    "audio/basic": AudioFormat("audio/basic", ".au", "au", "pcm_mulaw", 8000, (8000,)),
    "audio/pcmu": AudioFormat("audio/PCMU", ".ulaw", "mulaw", "pcm_mulaw", 8000, (8000,)),
}
_ALSO: Final = {
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/opus": "audio/ogg",
    "audio/x-flac": "audio/flac",
    "audio/mulaw": "audio/pcmu",
    "audio/x-mulaw": "audio/pcmu",
}
MEDIA_TYPES: Final = tuple(form.media_type for form in _FORMATS.values())
"""The media types that can be written."""


def format_of(media_type: str) -> AudioFormat:
    """The format that a media type, with or without `;rate=` and `;codecs=`, stands for.

    Raises:
        RefusedError: there is none, or not at this rate.
    """
    name, *parameters = (part.strip() for part in media_type.split(";"))
    name = name.lower()
    found = _FORMATS.get(_ALSO.get(name, name))
    if found is None:
        raise RefusedError(f"no audio can be written as {name[:60]}; {', '.join(MEDIA_TYPES)} can")
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() != "rate":
            continue
        rate = int(value) if value.strip().isdecimal() and len(value) < 7 else 0
        if rate not in found.rates:
            allowed = ", ".join(str(rate) for rate in found.rates)
            raise RefusedError(f"{found.media_type} can be written at {allowed} Hz")
        found = replace(found, rate=rate)
    return found


def format_of_name(name: str) -> AudioFormat | None:
    """The format that the end of a file's name stands for, or None."""
    suffix = Path(name).suffix.lower()
    suffix = {".opus": ".ogg", ".oga": ".ogg", ".wave": ".wav"}.get(suffix, suffix)
    return next((form for form in _FORMATS.values() if form.suffix == suffix), None)


def program(setting: str = "") -> str:
    """The ffmpeg to be used: the one of the settings, the system's, or that of imageio-ffmpeg.

    Raises:
        MissingPartError: there is none.
    """
    found = shutil.which(setting or "ffmpeg")
    if found is not None:
        return found
    if setting:
        raise MissingPartError(f"{setting} is not installed; it is the ffmpeg of the settings")
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MissingPartError("ffmpeg is not installed; `apt-get install ffmpeg`") from error


def encode(
    pcm: Path,
    rate: int,
    form: AudioFormat,
    target: Path,
    *,
    ffmpeg_program: str = "",
    going_on: Callable[[], None] = lambda: None,
) -> None:
    """Write bare 16-bit mono samples at `rate` hertz as an audio file; it appears complete.

    `going_on` is called several times a second; what it raises ends the encoding.

    Raises:
        MissingPartError: there is no ffmpeg.
        RefusedError: it failed.
    """
    seconds = pcm.stat().st_size / 2 / rate
    given = {"format": "s16le", "ar": rate, "ac": 1}
    _convert(pcm, given, seconds, form, target, ffmpeg_program, going_on)


def transcode(
    source: Path,
    seconds: float,
    form: AudioFormat,
    target: Path,
    *,
    ffmpeg_program: str = "",
    going_on: Callable[[], None] = lambda: None,
) -> None:
    """Write the sound of a media file of any kind, at most `seconds` of it, as an audio file.

    Only containers that can't name other files are opened. The same errors as `encode`.
    """
    given = {"t": seconds, "format_whitelist": CONTAINERS}
    _convert(source, given, seconds, form, target, ffmpeg_program, going_on)


def _convert(
    source: Path,
    given: dict[str, Any],
    seconds: float,
    form: AudioFormat,
    target: Path,
    setting: str,
    going_on: Callable[[], None],
) -> None:
    part = target.with_name(f"{target.name}.part")
    wanted: dict[str, Any] = {
        "format": form.container,
        "acodec": form.codec,
        "ar": form.rate,
        "ac": 1,
        "map_metadata": -1,
        "fflags": "+bitexact",
        "threads": 1,
    }
    if form.bitrate:
        wanted["audio_bitrate"] = form.bitrate
    if form.codec == "libopus":
        wanted["application"] = "voip"
    stream = ffmpeg.input(f"file:{source.resolve()}", protocol_whitelist="file", **given).audio
    stream = stream.output(f"file:{part.resolve()}", **wanted)
    stream = stream.global_args("-nostdin", "-hide_banner", "-loglevel", "error")
    command = stream.compile(cmd=program(setting), overwrite_output=True)
    patience = 30.0 + seconds / _PASSES
    size = 65536 + round(seconds * max(2 * form.rate, form.bitrate / 8) * 1.1)
    limits = Limits(seconds=3 * patience, cpu=patience, memory=_MEMORY, output=size)
    run(command, limits, folder=target.parent.resolve(), going_on=going_on)
    part.replace(target)
