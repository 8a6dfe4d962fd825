"""Rules that end turns, on made-up pauses; and the pauses of a real recording."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from evaluation import endpointing
from evaluation.audible import audible
from evaluation.cases import Case, CasesError, line_audio, read_cases
from evaluation.endpointing import advantage, fixed, ours, outcome, report
from evaluation.pauses import Ears, Pause, Turn, collect, read_turns, turn_of
from tests.engines.realaudio import DATA, SILERO, needs_data, needs_silero
from voicebot.audio.pcm import Int16
from voicebot.conversation.activity import ActivitySettings
from voicebot.conversation.events import Expectation
from voicebot.conversation.turns import Patience
from voicebot.engines.base import Recognition
from voicebot.engines.silero import SileroModel

OPEN = Expectation()


def turn(*pauses: Pause, end: float) -> Turn:
    return Turn("clip", 0.5, end, OPEN, pauses)


def inner(at: float, gap: float, text: str, hint: float) -> Pause:
    return Pause(0.5, at, at + 0.1, at + gap, at + gap + 0.06, text, hint)


def last(at: float, text: str, hint: float = 0.98) -> Pause:
    return Pause(0.5, at, at + 0.1, None, None, text, hint)


ORDER = turn(last(3.1, "I'd like a large coffee with milk."), end=3.0)
SPELLED = turn(inner(2.0, 0.5, "C A L I", 0.2), last(4.1, "C A L I G U R I"), end=4.0)


def test_a_short_silence_cuts_off_and_a_long_one_waits() -> None:
    quick, slow = (outcome([ORDER, SPELLED], fixed(s), 0.1) for s in (0.3, 0.8))
    assert (quick.turns, quick.cut_off, quick.cut[0][0]) == (2, 0.5, SPELLED)
    assert slow.cut_off == 0.0
    assert slow.p50 == pytest.approx(0.9)


def test_ours_does_neither() -> None:
    us = outcome([ORDER, SPELLED], ours(Patience()), 0.1)
    assert us.cut_off == 0.0
    assert us.p50 < 0.5
    share, best = advantage(us, [outcome([ORDER, SPELLED], fixed(s), 0.1) for s in (0.3, 0.6)])
    assert best.cut_off == 0.0
    assert share > 0.3


def test_no_rival_that_cuts_off_as_little() -> None:
    us = outcome([SPELLED], ours(Patience()), 0.1)
    assert advantage(us, [outcome([ORDER, SPELLED], fixed(0.3), 0.1)]) is None


def test_words_are_waited_for() -> None:
    assert outcome([ORDER], fixed(0.2), 1.0).p50 == pytest.approx(1.2)


def test_a_turn_without_words_does_not_count() -> None:
    assert outcome([ORDER, turn(last(1.0, ""), end=0.9)], fixed(0.3), 0.1).turns == 1
    with pytest.raises(ValueError, match="no turn"):
        outcome([turn(last(1.0, ""), end=0.9)], fixed(0.3), 0.1)


def test_sound_after_the_end_is_no_cut_off() -> None:
    noisy = turn(inner(3.1, 0.9, "I want a large coffee.", 0.98), last(4.5, "ignored"), end=3.0)
    assert outcome([noisy], fixed(0.3), 0.1).cut_off == 0.0


def test_the_report_is_a_table_and_a_picture() -> None:
    text, picture = report("orders", [ORDER, SPELLED], 0.1)
    assert "ours" in text
    assert "fixed 0.60 s" in text
    assert picture.startswith("<svg")


# ── from recordings ───────────────────────────────────────────────────────────────────────────


class Words:
    """A recognizer that counts tenths of seconds, and a predictor that is always half sure."""

    name = "words"

    def recognize(
        self,
        pcm: Int16,
        rate: int,
        hints: tuple[str, ...] = (),
        wanted: Callable[[str], bool] | None = None,
    ) -> Recognition:
        return Recognition(f"{len(pcm) * 10 // rate} tenths", 1.0)

    def probability(self, pcm: Int16, rate: int) -> float:
        return 0.5


@pytest.mark.real
@needs_silero
@needs_data
def test_pauses_of_a_recording_are_found_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "audio").mkdir(parents=True)
    speech, rate = soundfile.read(DATA / "an4" / "audio" / "cen8-ffmm-b.flac", dtype="int16")
    gap = np.zeros(rate, np.int16)
    soundfile.write(folder / "audio" / "a.wav", np.concatenate([speech, gap, speech]), rate)
    case = {"id": "a", "audio": "audio/a.wav", "expects": {"kind": "digits", "length": 4}}
    (folder / "cases.jsonl").write_text(json.dumps(case) + "\n\n")
    ears = Ears(SileroModel(SILERO), Words(), Words(), ActivitySettings(pause=0.096))
    (found,) = collect(folder, ears, tmp_path / "kept.jsonl")
    assert found.expects == Expectation("digits", 4)
    *inside, final = found.pauses
    assert any(p.resumed is not None and p.resumed - p.at > 0.8 for p in inside)
    assert final.resumed is None
    assert abs(final.at - found.end) < 0.3
    assert read_turns(tmp_path / "kept.jsonl") == [found]
    assert list(collect(folder, ears, tmp_path / "kept.jsonl")) == [found]
    other = Ears(ears.silero, Words(), Words(), ActivitySettings(pause=0.2))
    assert list(collect(folder, other, tmp_path / "kept.jsonl")) != [found]


@pytest.mark.real
@needs_silero
def test_silence_is_no_turn(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0, np.int16), 8000)
    ears = Ears(SileroModel(SILERO), Words(), Words(), ActivitySettings())
    assert turn_of(Case("a", tmp_path / "a.wav", None, OPEN), ears) is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nothing", "line 1"),
        ('{"id": "a"}', "audio"),
        ('{"id": "a", "audio": "../a.wav"}', "outside the folder"),
        ('{"id": "a", "audio": "a.wav", "expects": {"sort": 1}}', "sort"),
        ("", "names no recording"),
    ],
)
def test_a_bad_listing_is_refused(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "cases.jsonl").write_text(line + "\n")
    with pytest.raises(CasesError, match=message):
        read_cases(tmp_path)


def test_audio_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no audio")
    with pytest.raises(CasesError, match="can't be read"):
        line_audio(Case("a", tmp_path / "a.wav", None, OPEN))
    soundfile.write(tmp_path / "b.wav", np.zeros(61 * 8000, np.int16), 8000)
    with pytest.raises(CasesError, match="61 s; at most 60 s"):
        line_audio(Case("b", tmp_path / "b.wav", None, OPEN))


def test_the_command_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ears = Ears(None, Words(), Words(), ActivitySettings())  # type: ignore[arg-type]
    monkeypatch.setattr(endpointing, "load_ears", lambda _: ears)
    assert endpointing.main(["--set", str(tmp_path), "--pauses", str(tmp_path)]) == 1
    assert "is no set of recordings" in capsys.readouterr().err


# ── where speech is audible ───────────────────────────────────────────────────────────────────


def sound(seconds: float, dbfs: float, seed: int = 0) -> Int16:
    amplitude = 32768 * 10 ** (dbfs / 20)
    wave = np.random.default_rng(seed).normal(0, amplitude, round(seconds * 8000))
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)


def test_audible_speech_begins_and_ends_where_it_is_loud() -> None:
    line = np.concatenate([sound(1.0, -65), sound(1.5, -25), sound(1.0, -65)])
    found = audible(line, 8000)
    assert found is not None
    assert found.start == pytest.approx(1.0, abs=0.03)
    assert found.end == pytest.approx(2.5, abs=0.03)
    assert found.floor == pytest.approx(-65, abs=2)


def test_a_knock_after_the_speech_is_not_its_end() -> None:
    line = [sound(0.5, -65), sound(1.5, -25), sound(1.0, -65), sound(0.08, -25), sound(0.5, -65)]
    found = audible(np.concatenate(line), 8000)
    assert found is not None
    assert found.end == pytest.approx(2.0, abs=0.03)


def test_speech_without_any_silence_is_audible_all_along() -> None:
    found = audible(sound(0.4, -25), 8000)
    assert found is not None
    assert (found.start, found.end) == (pytest.approx(0, abs=0.02), pytest.approx(0.4, abs=0.02))


def test_nothing_is_audible_in_nothing() -> None:
    assert audible(np.zeros(0, np.int16), 8000) is None
