from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from evaluation.bench.clips import Clips, Wanted, clip_of
from evaluation.cases import CasesError
from tests.evaluation.bench.tracks import placed, silence, tone
from voicebot.audio.g711 import ulaw_decode
from voicebot.audio.pcm import from_bytes, level
from voicebot.caller.decode import ffmpeg_binary


def recording(path: Path, seconds: float = 1.0, rate: int = 44100, channels: int = 2) -> None:
    at = np.arange(round((seconds + 2) * rate)) / rate
    speech = (0.2 * np.sin(2 * np.pi * 300 * at) * ((at > 1) & (at < 1 + seconds))).astype("f4")
    soundfile.write(path, np.stack([speech] * channels, axis=1), rate)


def make_set(folder: Path, names: list[str], text: str | None = None) -> Path:
    folder.mkdir()
    cases = [{"id": name, "audio": name} | ({"text": text} if text else {}) for name in names]
    (folder / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    return folder


def test_a_clip_keeps_a_little_around_its_speech_and_knows_where_that_is() -> None:
    clip = clip_of("a", "made", None, placed(6, [(2.0, tone(1.5))]))
    assert clip is not None
    assert clip.start == pytest.approx(0.2, abs=0.03)
    assert clip.end == pytest.approx(1.7, abs=0.03)
    assert len(clip.frames) * 0.02 == pytest.approx(2.0, abs=0.05)
    heard = from_bytes(ulaw_decode(b"".join(clip.frames)))
    assert level(heard[round(0.3 * 8000) : round(1.6 * 8000)]) > -20


def test_silence_is_no_clip() -> None:
    assert clip_of("a", "made", None, silence(2)) is None


def test_recordings_of_any_format_rate_and_channels_are_read(tmp_path: Path) -> None:
    folder = make_set(tmp_path / "set", ["a.wav", "b.flac", "c.ogg", "d.m4a"])
    recording(folder / "a.wav")
    recording(folder / "b.flac", rate=16000, channels=1)
    recording(folder / "c.ogg", rate=48000)
    command = [ffmpeg_binary(), "-v", "error", "-i", folder / "a.wav", folder / "d.m4a"]
    subprocess.run(command, check=True)
    found = Clips([folder], seed=1).choose(10, Wanted(), "test")
    assert {clip.id for clip in found} == {"a.wav", "b.flac", "c.ogg", "d.m4a"}
    assert all(clip.seconds == pytest.approx(1.0, abs=0.1) for clip in found)


def test_sets_take_turns_and_the_seed_decides_the_draw(tmp_path: Path) -> None:
    names = [f"{number}.wav" for number in range(8)]
    folders = [make_set(tmp_path / name, names) for name in ("one", "two")]
    for folder in folders:
        for name in names:
            recording(folder / name, rate=8000, channels=1)
    draws = [
        [(clip.set, clip.id) for clip in Clips(folders, seed).choose(6, Wanted(), "x")]
        for seed in (1, 1, 2)
    ]
    assert [name for name, _ in draws[0]] == ["one", "two"] * 3
    assert draws[0] == draws[1] != draws[2]
    assert len(Clips(folders, 1).choose(99, Wanted(), "x")) == 16


def test_what_is_not_wanted_is_passed_over(tmp_path: Path) -> None:
    plain = make_set(tmp_path / "plain", ["short.wav", "long.wav"])
    recording(plain / "short.wav", 0.5)
    recording(plain / "long.wav", 3.0)
    texts = make_set(tmp_path / "texts", ["said.wav"], text="hello")
    recording(texts / "said.wav")
    clips = Clips([plain, texts], seed=1)
    assert [c.id for c in clips.choose(9, Wanted(shortest=2.0), "x")] == ["long.wav"]
    assert [c.id for c in clips.choose(9, Wanted(text=True), "x")] == ["said.wav"]
    assert clips.choose(9, Wanted(), "x", lambda: False) == []


def test_a_file_that_is_no_audio_is_named(tmp_path: Path) -> None:
    folder = make_set(tmp_path / "set", ["broken.wav"])
    (folder / "broken.wav").write_bytes(b"this is no audio at all" * 10)
    with pytest.raises(CasesError, match=r"broken\.wav"):
        Clips([folder], seed=1).choose(1, Wanted(), "x")
