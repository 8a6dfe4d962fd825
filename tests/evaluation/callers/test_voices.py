from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from evaluation.callers.voices import Voice, Voices, VoiceUnknown, installed, voice_named
from tests.evaluation.bench.tracks import tone
from voicebot.audio.pcm import Int16
from voicebot.engines.base import EngineError, VoiceSettings


class Whistle:
    """Says everything as a whistle of 400 Hz, a second for each word at its own tempo."""

    name = "whistle 1"

    def __init__(self) -> None:
        self.said: list[tuple[str, float]] = []

    def stream(self, text: str, out_rate: int, settings: VoiceSettings) -> Iterator[Int16]:
        self.said.append((text, settings.rate))
        for _ in text.split():
            yield tone(1.0 / settings.rate)


def hertz(sound: Int16) -> float:
    spectrum = np.abs(np.fft.rfft(sound.astype(float)))
    return float(np.argmax(spectrum) * 8000 / len(sound))


@pytest.mark.parametrize(
    ("name", "voice"),
    [
        ("hibari", Voice("hibari")),
        ("hibari~0.85", Voice("hibari", pitch=0.85)),
        ("hibari@1.2~1.1", Voice("hibari", pitch=1.1, tempo=1.2)),
        ("espeak", Voice("espeak")),
        ("espeak:en-gb+f3", Voice("espeak", "en-gb+f3")),
        ("piper:en_US-joe-medium", Voice("piper", "en_US-joe-medium")),
    ],
)
def test_names_of_voices(name: str, voice: Voice) -> None:
    assert voice_named(name) == voice


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "write one of"),
        ("siri", "write one of"),
        ("hibari:deep", "only one"),
        ("piper", "voicebot voices"),
        ("espeak:en us", "write one of"),
        ("hibari~3", "may be 0.7 to 1.4"),
        ("hibari@0.1", "may be 0.5 to 2"),
        ("hibari~1.2.3", "no number"),
    ],
)
def test_what_is_no_voice_is_told_with_how_one_is_written(name: str, said: str) -> None:
    with pytest.raises(VoiceUnknown, match=said):
        voice_named(name)


def test_pitch_and_tempo_are_two_things(tmp_path: Path) -> None:
    voices = Voices(tmp_path, {"espeak": lambda _: Whistle()})
    plain, high, quick = (voices.say("one", f"espeak{x}") for x in ("", "~1.25", "@1.25"))
    assert [round(hertz(sound)) for sound in (plain, high, quick)] == [400, 500, 400]
    assert len(plain) == pytest.approx(len(high), abs=10)
    assert len(quick) == pytest.approx(len(plain) / 1.25, abs=10)


def test_what_was_said_once_is_not_made_again_even_by_another_process(tmp_path: Path) -> None:
    engine = Whistle()
    first = Voices(tmp_path, {"espeak": lambda _: engine}).say("one two", "espeak")
    again = Voices(tmp_path, {"espeak": lambda _: engine}).say("one two", "espeak")
    assert np.array_equal(first, again)
    assert engine.said == [("one two", 1.0)]


def test_nothing_to_say_is_no_sound(tmp_path: Path) -> None:
    assert not len(Voices(tmp_path, {"espeak": lambda _: Whistle()}).say(" ", "espeak"))


def test_a_voice_that_is_not_installed_says_where_the_others_are(tmp_path: Path) -> None:
    voices = Voices(tmp_path, installed(tmp_path / "models", tmp_path))
    with pytest.raises(EngineError, match="voicebot voices"):
        voices.say("hello", "piper:nobody")
