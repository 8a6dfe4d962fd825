"""From a recording to its transcript with real parts: ffmpeg, Silero, Whisper."""

from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pytest

from gateway.content import Kind
from gateway.errors import CancelledError, RefusedError, UnavailableError
from gateway.transcripts.cutting import Piece, Span
from gateway.transcripts.recognize import Recognizing, placed, transforms
from gateway.transcripts.settings import TranscriptSettings
from gateway.transcripts.transcript import Transcript, Word
from gateway.transform import Wishes
from tests.engines.realaudio import MODELS
from tests.gateway.transcripts.conftest import (
    RATE,
    SENTENCES,
    content,
    make,
    needs_base,
    needs_tiny,
    silence,
    write_wav,
)

pytestmark = [pytest.mark.real]


@pytest.fixture(scope="module")
def tiny():
    return Recognizing(TranscriptSettings(model="tiny.en", models_dir=MODELS))


def plain(text: str) -> str:
    american = text.lower().replace("harbour", "harbor")
    return " ".join("".join(c if c.isalnum() else " " for c in american).split())


def test_a_word_over_a_gap_lies_on_the_side_of_its_greater_part():
    piece = Piece((Span(10, 12), Span(20, 25)))
    words = (Word("a", 0.0, 1.0, 1), Word("b", 1.2, 2.1, 1), Word("c", 1.9, 3.0, 1))
    assert [(word.start, word.end) for word in placed(words, piece).words] == [
        (10, 11),
        (pytest.approx(11.2), 12),
        (20, 21),
    ]


def test_one_transform_that_says_what_it_needs(tmp_path):
    (recognize,) = transforms(TranscriptSettings(models_dir=tmp_path))
    assert (recognize.source, recognize.target) == (Kind.VOICE, Kind.TEXT)
    assert "whisper-base" in recognize.missing()


@needs_tiny
class TestTiny:
    def test_plain_text_with_details(self, tiny, recording, step):
        source = content(recording, subject="Your card")
        result = tiny.run(source, Wishes(), step)
        assert (result.kind, result.media_type) == (Kind.TEXT, "text/plain")
        text = result.path.read_text()
        assert plain(text) == plain(" ".join(SENTENCES))
        assert text.count("\n\n") == 2
        details = result.details
        assert details["subject"] == "Your card"
        assert details["language"] == "en"
        assert details["seconds"] == pytest.approx(details["seconds"])
        assert 0.5 < details["confidence"] <= 1
        words = Transcript.from_json(json.loads((step.folder / details["words"]).read_text())).words
        begins = [
            next(w.start for w in words if w.text == first) for first in ("Good", "Your", "Please")
        ]
        assert begins[0] == pytest.approx(10.1, abs=0.4)
        assert begins[1] - begins[0] > 11
        assert all(word.end - word.start < 2 for word in words)
        assert step.told == sorted(step.told)
        assert step.told[-1] == 1
        assert not list(step.folder.glob("*.raw"))

    @pytest.mark.parametrize(
        ("media_type", "name", "begins"),
        [
            ("text/vtt", "transcript.vtt", "WEBVTT\n\n00:00:09"),
            ("application/x-subrip", "transcript.srt", "1\n00:00:09"),
            ("application/json", "words.json", '{\n "text": "Good'),
        ],
    )
    def test_other_forms_from_other_recordings(
        self, tiny, recording, step, tmp_path, media_type, name, begins
    ):
        film = tmp_path / "film.mp4"
        make("-f", "lavfi", "-i", "color=s=64x64:r=5", "-i", recording, "-shortest", film)
        result = tiny.run(content(film, "video/mp4"), Wishes(media_type=media_type), step)
        assert result.path.name == name
        assert result.media_type == media_type
        assert result.path.read_text().startswith(begins)

    def test_a_second_attempt_hears_only_what_is_missing(self, tiny, recording, step, monkeypatch):
        whole = tiny.ears.hear
        heard: list[int] = []

        def breaks(samples, language):
            if heard:
                raise UnavailableError("out of memory")
            heard.append(len(samples))
            return whole(samples, language)

        monkeypatch.setattr(tiny.ears, "hear", breaks)
        with pytest.raises(UnavailableError):
            tiny.run(content(recording), Wishes(), step)
        again: list[int] = []

        def goes_on(samples, language):
            again.append(len(samples))
            return whole(samples, language)

        monkeypatch.setattr(tiny.ears, "hear", goes_on)
        result = tiny.run(content(recording), Wishes(), step)
        assert len(again) == 2
        assert heard[0] not in again
        assert plain(result.path.read_text()) == plain(" ".join(SENTENCES))

        monkeypatch.setattr("gateway.transcripts.recognize.decode", None)  # needs no sound any more
        once_more = tiny.run(content(recording), Wishes(media_type="text/vtt"), step)
        assert len(again) == 2
        assert once_more.path.read_text().startswith("WEBVTT")

    def test_it_can_be_called_off_at_any_time_and_gone_on_with(self, tiny, recording, step):
        for until in (0.0, 0.02, 0.3, 0.6):
            step.until = until
            with pytest.raises(CancelledError):
                tiny.run(content(recording), Wishes(), step)
        step.until = 2.0
        result = tiny.run(content(recording), Wishes(), step)
        assert plain(result.path.read_text()) == plain(" ".join(SENTENCES))

    @pytest.mark.parametrize("sound", ["silence", "hum", "noise", "music", "click"])
    def test_where_nobody_speaks_nothing_is_written(self, tiny, step, tmp_path, sound):
        time = np.arange(12 * RATE) / RATE
        random = np.random.default_rng(1)
        chords = [
            np.sin(2 * np.pi * f * time * (1 + (time // 1.5 % 3) / 4)) for f in (220, 277, 330)
        ]
        sounds = {
            "silence": np.zeros(len(time)),
            "hum": 3000 * np.sin(2 * np.pi * 50 * time),
            "noise": random.normal(0, 1500, len(time)),
            "music": 3000 * np.sum(chords, axis=0) * (0.3 + 0.7 * np.exp(-3 * (time % 0.5))),
            "click": 30000 * (np.arange(len(time)) % 40000 == 20000),
        }
        source = write_wav(tmp_path / "x.wav", sounds[sound].astype(np.int16))
        result = tiny.run(content(source), Wishes(), step)
        assert result.path.read_text() == ""
        assert result.details["confidence"] == 0

    def test_a_murmur_is_heard(self, tiny, step, tmp_path, voice):
        quiet = (voice(SENTENCES[1]) * 0.02).astype(np.int16)
        source = write_wav(tmp_path / "x.wav", np.concatenate([silence(1), quiet, silence(1)]))
        assert plain(tiny.run(content(source), Wishes(), step).path.read_text()) == plain(
            SENTENCES[1]
        )

    @pytest.mark.parametrize("seconds", [1 / RATE, 0.03, 0.2])
    def test_hardly_any_sound(self, tiny, step, tmp_path, seconds):
        source = write_wav(tmp_path / "x.wav", silence(seconds))
        result = tiny.run(content(source), Wishes(), step)
        assert result.path.read_text() == ""

    def test_what_is_no_recording_is_refused(self, tiny, step, tmp_path):
        source = tmp_path / "x.wav"
        source.write_text("hello " * 100)
        with pytest.raises(RefusedError, match="no recording"):
            tiny.run(content(source), Wishes(), step)
        with pytest.raises(RefusedError, match="gone"):
            tiny.run(content(tmp_path / "gone.wav"), Wishes(), step)


@needs_base
@needs_tiny
@pytest.mark.slow
class TestLanguages:
    @pytest.fixture(scope="class")
    @classmethod
    def base(cls):
        return Recognizing(TranscriptSettings(model="base", models_dir=MODELS))

    @pytest.mark.parametrize(
        ("language", "speed", "text", "words"),
        [
            (
                "de",
                "140",
                "Guten Morgen. Ihre neue Karte wurde am Dienstag verschickt. "
                "Bitte rufen Sie uns wieder an, wenn sie nicht angekommen ist.",
                {"guten", "morgen", "neue", "karte", "dienstag", "angekommen"},
            ),
            (
                "es",
                "110",
                "Buenos días. Su nueva tarjeta llegará el martes. Por favor, llame otra vez.",
                {"buenos", "días", "nueva", "martes", "favor"},
            ),
        ],
    )
    @pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
    def test_the_language_is_detected(self, base, step, tmp_path, language, speed, text, words):
        source = tmp_path / "x.wav"
        subprocess.run(
            ["espeak-ng", "-v", language, "-s", speed, "-w", str(source), text],
            check=True,
            timeout=20,
        )
        result = base.run(content(source), Wishes(), step)
        assert result.details["language"] == language
        assert words <= set(plain(result.path.read_text()).split())

    def test_english_by_the_larger_model(self, base, step, recording):
        result = base.run(content(recording), Wishes(), step)
        assert result.details["language"] == "en"
        assert plain(result.path.read_text()) == plain(" ".join(SENTENCES))
