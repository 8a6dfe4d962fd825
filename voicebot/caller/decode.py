"""Audio files of any format as telephone audio, decoded by ffmpeg in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import ffmpeg
import imageio_ffmpeg

RATE = 8000
MAX_FILE = 200 * 1024 * 1024
MAX_SECONDS = 600.0
TIME_LIMIT = 60.0

_FORMATS = "wav,w64,flac,mp3,ogg,mov,matroska,aac,amr,aiff,au,caf,asf,gsm,avi,mpegts,mpeg,ac3"
"""ffmpeg's names of the containers we open. Play lists are left out: they name other files."""

_CHUNK = 64 * 1024
_MAX_COMPLAINT = 4 * 1024


class AudioUnreadable(ValueError):
    """A file gives no audio; the message says why."""


async def decode(path: Path, *, rate: int = RATE, time_limit: float = TIME_LIMIT) -> bytes:
    """The audio of `path`: 16-bit little-endian PCM, one channel, at `rate` Hz.

    Raises AudioUnreadable when there is no such file, it is too big (200 MiB), holds no audio or
    more than ten minutes, or takes more than `time_limit` seconds to decode.
    """
    await asyncio.to_thread(_check_file, path)
    process = await asyncio.create_subprocess_exec(
        *_command(path, rate), stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(time_limit):
            pcm, complaint = await _collect(process, limit=int(MAX_SECONDS * rate) * 2)
    except TimeoutError as error:
        raise AudioUnreadable(f"{path}: decoding took more than {time_limit:g} s") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if pcm is None:
        raise AudioUnreadable(f"{path}: more than {MAX_SECONDS / 60:g} minutes of audio")
    if not pcm:
        raise AudioUnreadable(f"{path}: no audio in it ({_reason(complaint)})")
    return pcm[: len(pcm) // 2 * 2]


def ffmpeg_binary() -> str:
    """The ffmpeg to run: the one that comes with imageio-ffmpeg, or the system's.

    Raises AudioUnreadable when there is none.
    """
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        found = shutil.which("ffmpeg")
        if found is None:
            raise AudioUnreadable("no ffmpeg found; install the package imageio-ffmpeg") from error
        return found


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise AudioUnreadable(f"{path}: {'not a file' if path.exists() else 'no such file'}")
    if path.stat().st_size > MAX_FILE:
        raise AudioUnreadable(f"{path}: bigger than {MAX_FILE // 2**20} MiB")


def _command(path: Path, rate: int) -> list[str]:
    """ffmpeg's arguments; the file is named by protocol, so that no name is read as an address."""
    source = ffmpeg.input(f"file:{path}", protocol_whitelist="file", format_whitelist=_FORMATS)
    sink = source.audio.output(
        "pipe:1", format="s16le", acodec="pcm_s16le", ac=1, ar=rate, t=MAX_SECONDS + 1
    )
    quiet = sink.global_args("-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1")
    return [str(argument) for argument in quiet.compile(cmd=ffmpeg_binary())]


async def _collect(process: Process, limit: int) -> tuple[bytes | None, bytes]:
    """Standard output (None when longer than `limit` bytes) and the beginning of the errors."""
    if process.stdout is None or process.stderr is None:
        raise AudioUnreadable("ffmpeg was started without pipes")
    complaining = asyncio.create_task(_drain(process.stderr))
    pcm = bytearray()
    try:
        while chunk := await process.stdout.read(_CHUNK):
            pcm += chunk
            if len(pcm) > limit:
                return None, b""
        return bytes(pcm), await complaining
    finally:
        complaining.cancel()


async def _drain(stream: asyncio.StreamReader) -> bytes:
    """Read to the end, so that the process never waits for us; keep the beginning."""
    kept = b""
    while chunk := await stream.read(_CHUNK):
        kept = (kept + chunk)[:_MAX_COMPLAINT]
    return kept


def _reason(complaint: bytes) -> str:
    """The last line that ffmpeg complained in, without its addresses in memory."""
    lines = complaint.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].rpartition("] ")[2] if lines else "ffmpeg says nothing"
