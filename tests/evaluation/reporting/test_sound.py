"""The sound of a call in the page: whole, in place, and silent where it has to be."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from evaluation.reporting.sound import Mark, Sound, SoundError, opus_uri, read_sound, waveform
from tests.evaluation.reporting.world import RATE, a_run, sounds

MOVE = a_run().calls[1]


def test_secret_turns_are_silent_in_the_callers_channel_only(tmp_path: Path) -> None:
    sounds(tmp_path)
    sound = read_sound(tmp_path, MOVE)
    assert sound is not None
    levels = np.abs(sound.samples.astype(int)).reshape(80, RATE // 10, 2).max(axis=1)
    assert levels[27:43, 0].max() == 0
    assert levels[:27, 0].min() > 7000
    assert levels[43:, 0].min() > 7000
    assert levels[6:, 1].min() > 3000


def test_opus_keeps_every_moment_in_its_place() -> None:
    samples = np.zeros((8 * RATE, 2), np.int16)
    samples[5 * RATE : 5 * RATE + 800, 0] = 12000 * np.sin(np.arange(800) * 0.8)
    uri = opus_uri(Sound(samples, RATE))
    head, _, data = uri.partition(",")
    assert head == "data:audio/ogg;base64"
    decoded, rate = soundfile.read(io.BytesIO(base64.b64decode(data)), always_2d=True)
    loud = np.flatnonzero(np.abs(decoded[:, 0]) > 0.1) / rate
    assert loud[0] == pytest.approx(5.0, abs=0.03)
    assert loud[-1] == pytest.approx(5.1, abs=0.03)
    assert len(decoded) / rate == pytest.approx(8.0, abs=0.05)


def test_the_waveform_has_both_channels_and_the_marks() -> None:
    samples = np.zeros((RATE, 2), np.int16)
    samples[:, 1] = 9000
    drawn = waveform(Sound(samples, RATE), [Mark(0.25, 0.5, "wrong"), Mark(-1.0, 9.0, "said")])
    assert re.search(r'class="mark wrong" x="150.0" y="0" width="150.0"', drawn)
    assert re.search(r'class="mark said" x="0.0" y="0" width="600.0"', drawn)
    heights = {
        name: re.findall(r" (\d+\.\d)", re.search(rf'wave-{name}" d="([^"]*)"', drawn)[1])  # type: ignore[index]
        for name in ("caller", "bot")
    }
    assert {float(h) for h in heights["caller"]} == {23.7, 24.3}
    assert {float(h) for h in heights["bot"]} == {50.0, 94.0}


def test_a_sound_without_samples_is_a_line() -> None:
    empty = Sound(np.zeros((0, 2), np.int16), RATE)
    assert "M0 24H600" in waveform(empty)


def test_a_part_of_a_sound() -> None:
    sound = Sound(np.arange(2 * RATE, dtype=np.int16).reshape(-1, 2), RATE)
    assert sound.between(0.5, 0.75).seconds == 0.25
    assert sound.between(-1.0, 9.0).seconds == 1.0


def test_what_cant_be_read_is_named(tmp_path: Path) -> None:
    sounds(tmp_path)
    assert read_sound(tmp_path, replace(MOVE, audio="")) is None
    with pytest.raises(SoundError, match=r"gone\.wav can't be read"):
        read_sound(tmp_path, replace(MOVE, audio="audio/gone.wav"))
    with pytest.raises(SoundError, match="outside the run's folder"):
        read_sound(tmp_path, replace(MOVE, audio="../audio/move.wav"))
    soundfile.write(tmp_path / "mono.wav", np.zeros(80, np.int16), RATE)
    with pytest.raises(SoundError, match="has 1 channels"):
        read_sound(tmp_path, replace(MOVE, audio="mono.wav"))
