"""Decoding with the real ffmpeg: every usual form, and everything that is not a recording."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from gateway.errors import CancelledError, MissingPartError, RefusedError
from gateway.transcripts.decode import RATE, decode, samples_of
from gateway.transcripts.settings import TranscriptSettings
from tests.gateway.transcripts.conftest import make, silence, write_wav
from voicebot.audio.g711 import ulaw_encode
from voicebot.audio.pcm import level, to_bytes


@pytest.fixture
def decoded(tmp_path):
    return tmp_path / "step" / "sound.raw"


@pytest.fixture(autouse=True)
def folder(tmp_path):
    (tmp_path / "step").mkdir()


def tone(seconds: float = 2.0, rate: int = RATE) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return (8000 * np.sin(2 * np.pi * 400 * time)).astype(np.int16)


@pytest.fixture
def source(tmp_path) -> Path:
    return write_wav(tmp_path / "concat:a|b %d.wav", tone())


def check(decoded: Path, seconds: float = 2.0, dbfs: float = -15.3) -> None:
    samples = samples_of(decoded)
    assert len(samples) / RATE == pytest.approx(seconds, abs=0.15)
    assert level(np.asarray(samples[4000:-4000])) == pytest.approx(dbfs, abs=1.5)
    assert not list(decoded.parent.glob("*.part"))


@pytest.mark.parametrize(
    "suffix", "wav flac mp3 ogg opus m4a mp4 webm mkv avi aiff au caf aac wma 3gp ts mov".split()
)
def test_forms(source, tmp_path, decoded, suffix):
    other = tmp_path / f"tone.{suffix}"
    rate = ["-ar", "8000", "-c:a", "aac"] if suffix == "3gp" else []
    make("-i", f"file:{source}", *rate, other)
    decode(other, "audio/x", decoded, TranscriptSettings())
    check(decoded)


def test_the_sound_of_a_film_and_the_first_of_two_languages(source, tmp_path, decoded):
    film = tmp_path / "film.mkv"
    make(
        *("-f", "lavfi", "-i", "testsrc=duration=2:size=64x64", "-i", f"file:{source}"),
        *("-f", "lavfi", "-i", "anullsrc=duration=2", "-map", "0", "-map", "1", "-map", "2", film),
    )
    decode(film, "video/x-matroska", decoded, TranscriptSettings())
    check(decoded)


def test_two_channels_become_one(tmp_path, decoded):
    stereo = tmp_path / "stereo.wav"
    source = write_wav(tmp_path / "mono.wav", tone(rate=44100), 44100)
    make("-i", source, "-ac", "2", stereo)
    decode(stereo, "audio/wav", decoded, TranscriptSettings())
    check(decoded, dbfs=-18.3)  # ffmpeg makes each of two channels 3 dB quieter than the one


def test_bare_mu_law(tmp_path, decoded):
    bare = tmp_path / "tone.ulaw"
    bare.write_bytes(ulaw_encode(to_bytes(tone(rate=8000))))
    decode(bare, "audio/PCMU", decoded, TranscriptSettings())
    check(decoded)


def playlist(name: str, text: str):
    def write(folder: Path) -> Path:
        (folder / name).write_text(text)
        return folder / name

    return write


def only_video(folder: Path) -> Path:
    make("-f", "lavfi", "-i", "testsrc=duration=1:size=64x64", folder / "silent.mp4")
    return folder / "silent.mp4"


def no_header(folder: Path) -> Path:
    """An MP4 whose index, at its end, is cut off."""
    whole = folder / "whole.m4a"
    make("-f", "lavfi", "-i", "sine=duration=3", whole)
    (folder / "cut.m4a").write_bytes(whole.read_bytes()[:-3000])
    return folder / "cut.m4a"


def random_bytes(folder: Path) -> Path:
    (folder / "x.mp3").write_bytes(np.random.default_rng(1).bytes(50_000))
    return folder / "x.mp3"


def no_samples(folder: Path) -> Path:
    return write_wav(folder / "nothing.wav", silence(0))


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (playlist("empty.wav", ""), "an empty file"),
        (playlist("text.wav", "Dear Sir or Madam,\n" * 100), "no recording that can be read"),
        (
            playlist(
                "a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n"
            ),
            "a play list",
        ),
        (
            playlist("a.wav", "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:9,\n/etc/passwd\n"),
            "a play list",
        ),
        (playlist("a.mp3", "ffconcat version 1.0\nfile '/etc/passwd'\n"), "a play list"),
        (
            playlist(
                "a.mpd",
                '<?xml version="1.0"?><MPD profiles="urn:mpeg:dash:profile:isoff-live:2011"/>',
            ),
            "a play list",
        ),
        (
            playlist("a.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n"),
            "no recording|list",
        ),
        (only_video, "holds no audio"),
        (no_header, "damaged"),
        (random_bytes, "no recording|no sound|no audio"),
        (no_samples, "length zero"),
        (lambda folder: folder / "gone.wav", "gone"),
        (lambda folder: folder, "no file"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, decoded, write, reason):
    bad = tmp_path / "bad"
    bad.mkdir()
    with pytest.raises(RefusedError, match=reason) as refused:
        decode(write(bad), "audio/wav", decoded, TranscriptSettings())
    assert str(tmp_path) not in str(refused.value)
    assert not list(decoded.parent.iterdir())


def test_a_truncated_recording_gives_what_there_is(source, tmp_path, decoded):
    mp3 = tmp_path / "whole.mp3"
    make("-i", f"file:{source}", mp3)
    cut = tmp_path / "cut.mp3"
    cut.write_bytes(mp3.read_bytes()[: mp3.stat().st_size // 2])
    decode(cut, "audio/mpeg", decoded, TranscriptSettings())
    check(decoded, seconds=1.0)


def test_a_header_that_promises_hours_is_not_believed(tmp_path, decoded):
    liar = write_wav(tmp_path / "liar.wav", tone())
    data = bytearray(liar.read_bytes())
    struct.pack_into("<I", data, 4, 0xFFFFFF00)
    struct.pack_into("<I", data, 40, 0xFFFFFF00)
    liar.write_bytes(data)
    decode(liar, "audio/wav", decoded, TranscriptSettings())
    check(decoded)


def test_a_small_file_of_endless_silence_is_refused(tmp_path, decoded):
    bomb = tmp_path / "bomb.flac"
    make("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:duration=3600", bomb)
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(RefusedError, match="longer than 2 minutes"):
        decode(bomb, "audio/flac", decoded, TranscriptSettings(longest_audio=120))
    assert not list(decoded.parent.iterdir())


def test_a_large_file_is_refused_before_it_is_opened(source, decoded):
    with pytest.raises(RefusedError, match="0 MB are allowed"):
        decode(source, "audio/wav", decoded, TranscriptSettings(largest_file=1000))


def test_a_decoder_that_takes_too_long_is_ended(source, tmp_path, decoded):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o700)
    settings = TranscriptSettings(ffmpeg=str(slow), decoding_seconds=0.05)
    with pytest.raises(RefusedError, match="too long to decode"):
        decode(source, "audio/wav", decoded, settings)


def test_calling_off_ends_the_decoder(source, tmp_path, decoded):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o700)

    def called_off() -> None:
        raise CancelledError("called off")

    with pytest.raises(CancelledError):
        decode(source, "audio/wav", decoded, TranscriptSettings(ffmpeg=str(slow)), called_off)


def test_without_ffmpeg(source, decoded):
    with pytest.raises(MissingPartError, match="no-such-ffmpeg"):
        decode(source, "audio/wav", decoded, TranscriptSettings(ffmpeg="no-such-ffmpeg"))
