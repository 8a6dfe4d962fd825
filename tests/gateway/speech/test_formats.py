"""Audio files by the real ffmpeg, read back by libsndfile and by ffmpeg's own reading."""

from __future__ import annotations

import shutil
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from gateway.errors import CancelledError, MissingPartError, RefusedError
from gateway.speech.formats import (
    MEDIA_TYPES,
    encode,
    format_of,
    format_of_name,
    program,
    transcode,
)
from voicebot.audio.g711 import ulaw_decode
from voicebot.audio.pcm import Int16, from_bytes

RATE = 24000


def tone(seconds: float, rate: int = RATE) -> Int16:
    time = np.arange(round(seconds * rate)) / rate
    return (np.sin(2 * np.pi * 440 * time) * 8000).astype(np.int16)


@pytest.fixture
def pcm(tmp_path):
    path = tmp_path / "speech.pcm"
    path.write_bytes(tone(1.0).tobytes())
    return path


def read_back(path):
    if path.suffix == ".ulaw":
        return from_bytes(ulaw_decode(path.read_bytes())), 8000
    return soundfile.read(path, dtype="int16")


def pitch(samples, rate):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return np.argmax(spectrum) * rate / len(samples)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_every_format_is_the_same_sound(pcm, tmp_path, media_type):
    form = format_of(media_type)
    target = tmp_path / f"out{form.suffix}"
    encode(pcm, RATE, form, target)
    samples, rate = read_back(target)
    assert rate == (form.rate if form.codec != "libopus" else rate)
    assert len(samples) / rate == pytest.approx(1.0, abs=0.06)
    assert pitch(samples, rate) == pytest.approx(440, abs=3)
    assert np.max(np.abs(samples)) == pytest.approx(8000, rel=0.15)
    assert not target.with_name(f"{target.name}.part").exists()


def test_lossless_formats_keep_every_sample(pcm, tmp_path):
    for media_type in ("audio/wav", "audio/flac"):
        target = tmp_path / "out"
        encode(pcm, RATE, format_of(media_type), target)
        assert np.array_equal(soundfile.read(target, dtype="int16")[0], tone(1.0))


def test_a_rate_can_be_asked_for(pcm, tmp_path):
    target = tmp_path / "narrow.wav"
    encode(pcm, RATE, format_of("audio/wav; rate=8000"), target)
    assert soundfile.info(target).samplerate == 8000


def test_the_same_samples_are_the_same_file(pcm, tmp_path):
    form = format_of("audio/ogg;codecs=opus")
    for name in ("a.ogg", "b.ogg"):
        encode(pcm, RATE, form, tmp_path / name)
    a, b = ((tmp_path / name).read_bytes() for name in ("a.ogg", "b.ogg"))
    assert abs(len(a) - len(b)) < 16
    assert a[:4] == b"OggS"


@pytest.mark.parametrize(
    ("media_type", "reason"),
    [
        ("image/png", "no audio can be written as image/png"),
        ("audio/wav;rate=44100", "can be written at 8000"),
        ("audio/wav;rate=-1", "can be written at"),
        ("audio/basic;rate=16000", "at 8000 Hz"),
        ("", "no audio"),
    ],
)
def test_what_cannot_be_written_is_refused(media_type, reason):
    with pytest.raises(RefusedError, match=reason):
        format_of(media_type)


def test_names_of_files():
    assert format_of_name("a/b.MP3").media_type == "audio/mpeg"
    assert format_of_name("x.opus").media_type == "audio/ogg"
    assert format_of_name("x.pdf") is None


def test_the_program_of_the_package_does_it_too(pcm, tmp_path):
    target = tmp_path / "out.mp3"
    own = imageio_ffmpeg.get_ffmpeg_exe()
    encode(pcm, RATE, format_of("audio/mpeg"), target, ffmpeg_program=own)
    assert soundfile.info(target).duration == pytest.approx(1.0, abs=0.06)


def test_it_is_used_where_the_system_has_none(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert program() == imageio_ffmpeg.get_ffmpeg_exe()
    with pytest.raises(MissingPartError, match="my-ffmpeg is not installed"):
        program("my-ffmpeg")


def test_called_off(pcm, tmp_path):
    def no_more():
        raise CancelledError("called off")

    pcm.write_bytes(tone(600.0).tobytes())
    with pytest.raises(CancelledError):
        encode(pcm, RATE, format_of("audio/ogg"), tmp_path / "out.ogg", going_on=no_more)
    assert not (tmp_path / "out.ogg").exists()


def test_the_sound_of_a_film(tmp_path):
    film = tmp_path / "-film.mkv"
    command = [program(), "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i"]
    command += ["sine=440:d=2", "-f", "lavfi", "-i", "testsrc=d=2:s=64x64", f"file:{film}"]
    subprocess.run(command, check=True, timeout=60)
    transcode(film, 1.5, format_of("audio/flac"), tmp_path / "out.flac")
    assert soundfile.info(tmp_path / "out.flac").duration == pytest.approx(1.5, abs=0.05)


def test_a_list_of_other_files_is_not_followed(pcm, tmp_path):
    playlist = tmp_path / "list.m3u8"
    playlist.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(RefusedError, match="ffmpeg failed"):
        transcode(playlist, 10.0, format_of("audio/wav"), tmp_path / "out.wav")
