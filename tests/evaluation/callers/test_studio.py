from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from evaluation.callers.studio import Studio, Unspeakable, speech_level
from evaluation.callers.voices import VoiceUnknown
from evaluation.sets.model import Case, Keys, Say
from tests.evaluation.bench.tracks import silence, tone
from voicebot.audio.pcm import Int16, level


class Mouth:
    """Says every text as a tone, and keeps with which voice."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def say(self, text: str, name: str) -> Int16:
        self.said.append((text, name))
        if name == "nobody":
            raise VoiceUnknown("no voice 'nobody'")
        return silence(0.5) if text == "..." else tone(0.5)


def recording(path: Path, sound: Int16) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(sound.tobytes())
    return path


def test_each_speaking_turn_has_a_clip_of_its_own_kind(tmp_path: Path) -> None:
    mouth = Mouth()
    audio = recording(tmp_path / "a.wav", np.concatenate([silence(0.5), tone(1.0), silence(0.5)]))
    case = Case(
        "a",
        voice="hibari",
        turns=(
            Say("hello"),
            Keys("1"),
            Say("well", voice="espeak"),
            Say("recorded", audio=audio),
            Say("mm-hmm", backchannel=True),
            Say("Yeah.", backchannel=True),
        ),
    )
    clips = Studio(tmp_path, mouth).clips(case, 1)
    assert sorted(clips) == [0, 2, 3, 4, 5]
    assert mouth.said == [("hello", "hibari"), ("well", "espeak"), ("Yeah.", "hibari")]
    assert clips[3].seconds == pytest.approx(1.0, abs=0.05)
    assert speech_level(clips) == pytest.approx(level(tone(1.0)), abs=0.5)


def test_sounds_of_listening_come_from_the_seed(tmp_path: Path) -> None:
    case = Case("a", turns=(Say("cough", backchannel=True),))
    studio = Studio(tmp_path, Mouth())
    one, same, other = (studio.clips(case, seed)[0].frames for seed in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (Say("..."), "nothing can be heard"),
        (Say("hello", voice="nobody"), "no voice 'nobody'"),
        (Say("hello", audio=Path("absent.wav")), "absent.wav"),
    ],
)
def test_what_cannot_be_said_is_told_with_its_place(tmp_path: Path, say: Say, why: str) -> None:
    case = Case("a", turns=(Keys("1"), say), where="cases.jsonl:7")
    with pytest.raises(Unspeakable, match=r"cases\.jsonl:7, turn 2") as refused:
        Studio(tmp_path, Mouth()).clips(case, 1)
    assert why in str(refused.value)


def test_a_caller_who_says_nothing_has_the_usual_level() -> None:
    assert speech_level({}) == -20.0
