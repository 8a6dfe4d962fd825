"""Decoding with the real ffmpeg: every usual format, and everything that is not audio."""

import asyncio
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.telephony.echobot import tone
from voicebot.audio.pcm import from_bytes, level
from voicebot.caller import decode as decoding
from voicebot.caller.decode import AudioUnreadable, decode, ffmpeg_binary

DATA = Path(__file__).parents[3] / "shared" / "data" / "an4" / "audio"


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    """One second of a tone in both channels at 44.1 kHz; the name tempts to be an address."""
    path = tmp_path / "concat:a|b &.wav"
    time = np.arange(44100) / 44100
    samples = (8000 * np.sin(2 * np.pi * 400 * time)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(np.repeat(samples, 2).tobytes())
    return path


def check(pcm: bytes, seconds: float = 1.0) -> None:
    assert len(pcm) / 16000 == pytest.approx(seconds, abs=0.12)
    assert level(from_bytes(pcm[2000:14000])) == pytest.approx(-15.3, abs=1.5)


async def test_a_wav_of_another_rate_and_two_channels(stereo: Path) -> None:
    check(await decode(stereo))
    assert len(await decode(stereo, rate=16000)) == pytest.approx(32000, abs=100)


@pytest.mark.parametrize("suffix", ["flac", "mp3", "ogg", "m4a", "opus", "webm", "aiff", "au"])
async def test_formats(stereo: Path, tmp_path: Path, suffix: str) -> None:
    other = tmp_path / f"tone.{suffix}"
    command = [ffmpeg_binary(), "-nostdin", "-v", "error", "-i", f"file:{stereo}", str(other)]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=30)
    check(await decode(other))


@pytest.mark.skipif(not DATA.is_dir(), reason="the test recordings lie outside the project")
async def test_a_real_recording() -> None:
    path = sorted(DATA.glob("*.flac"))[0]
    pcm = await decode(path)
    assert len(pcm) > 8000
    assert level(from_bytes(pcm)) > -60


async def test_files_that_are_no_audio(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("hello\n" * 100)
    playlist = tmp_path / "list.m3u8"
    playlist.write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n")
    concat = tmp_path / "list.ffconcat"
    concat.write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"")
    for path in (text, playlist, concat, empty):
        with pytest.raises(AudioUnreadable, match=f"{path.name}: no audio"):
            await decode(path)
    with pytest.raises(AudioUnreadable, match="not a file"):
        await decode(tmp_path)
    with pytest.raises(AudioUnreadable, match="no such file"):
        await decode(tmp_path / "gone.wav")
    with pytest.raises(AudioUnreadable, match="no such file"):
        await decode(Path("https://example.com/a.wav"))


async def test_limits(stereo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_SECONDS", 0.5)
    with pytest.raises(AudioUnreadable, match="minutes of audio"):
        await decode(stereo)
    monkeypatch.setattr(decoding, "MAX_FILE", 1000)
    with pytest.raises(AudioUnreadable, match="bigger than"):
        await decode(stereo)


async def test_a_decoder_that_hangs_is_ended(
    stereo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stuck = tmp_path / "ffmpeg"
    stuck.write_text("#!/bin/sh\nexec sleep 60\n")
    stuck.chmod(0o700)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(stuck))
    with pytest.raises(AudioUnreadable, match=r"more than 0\.2 s"):
        await asyncio.wait_for(decode(stereo, time_limit=0.2), 5)


async def test_a_decoder_that_complains_without_end_does_not_block(
    stereo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loud = tmp_path / "ffmpeg"
    loud.write_text("#!/bin/sh\nhead -c 3000000 /dev/zero | tr '\\0' x >&2\nexit 1\n")
    loud.chmod(0o700)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(loud))
    with pytest.raises(AudioUnreadable, match="no audio") as unreadable:
        await asyncio.wait_for(decode(stereo), 20)
    assert len(str(unreadable.value)) < 5000


async def test_without_any_ffmpeg(stereo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise RuntimeError("No ffmpeg exe could be found.")

    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", missing)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(AudioUnreadable, match="install the package imageio-ffmpeg"):
        await decode(stereo)


def test_a_tone_is_a_tone() -> None:
    check(tone(1.0))
