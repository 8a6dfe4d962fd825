"""Text to voice as a step of a job: what is said, resuming, progress, errors."""

from __future__ import annotations

import errno

import numpy as np
import pytest
import soundfile

from gateway.content import Content, Kind
from gateway.errors import CancelledError, MissingPartError, RefusedError, UnavailableError
from gateway.speech import speak
from gateway.speech.settings import SpeechSettings
from gateway.speech.speak import Speaker, transforms
from gateway.transform import Wishes

SSML = "application/ssml+xml"
DOCUMENT = "\n\n".join(f"Paragraph {n} says something. It has two sentences." for n in range(1, 11))


@pytest.fixture
def speaker(voices):
    return Speaker(SpeechSettings(voice="hum:en"), voices)


@pytest.fixture
def text(tmp_path):
    def make(text, media_type="text/plain", **details):
        path = tmp_path / "source"
        path.write_text(text, encoding="utf-8")
        return Content(Kind.TEXT, path, media_type, details)

    return make


def test_a_text_becomes_an_audio_file(speaker, text, step, hums):
    result = speaker.run(text("You owe $5.\n\nBye.", subject="Debt"), Wishes(), step)
    assert (result.kind, result.media_type) == (Kind.VOICE, "audio/wav")
    assert hums.made["hum:en"].said == ["You owe five dollars.", "Bye."]
    samples, rate = soundfile.read(result.path, dtype="int16")
    assert rate == 24000
    assert len(samples) / rate == pytest.approx(0.21 + 0.6 + 0.04)  # a pause between paragraphs
    assert result.details == {
        "subject": "Debt",
        "seconds": 0.85,
        "language": "en",
        "voice": "hum:en",
    }
    assert {path.name for path in step.folder.iterdir()} == {"speech.wav", "speech.done"}


def test_the_wished_form(speaker, text, step):
    result = speaker.run(text("Hello."), Wishes(media_type="audio/basic"), step)
    assert result.path.read_bytes()[:4] == b".snd"
    assert result.media_type == "audio/basic"


def test_a_wish_for_a_later_step_is_not_for_this_one(speaker, text, step):
    result = speaker.run(text("Hello."), Wishes(media_type="message/rfc822"), step)
    assert result.media_type == "audio/wav"


def test_languages_find_their_voices(speaker, text, step, hums):
    source = text('<speak>Hello. <lang xml:lang="de">Sie haben 12 €.</lang></speak>', SSML)
    speaker.run(source, Wishes(), step)
    assert hums.made["hum:en"].said == ["Hello."]
    assert hums.made["hum:de"].said == ["Sie haben 12 €."]  # its voice knows how to read that


@pytest.mark.parametrize("wishes", [Wishes(), Wishes(language="de"), Wishes(voice="hum:de")])
def test_a_german_text_is_read_by_a_german_voice(speaker, text, step, hums, wishes):
    german = "Das ist nicht die Antwort, auf die wir mit Geduld gewartet haben."
    result = speaker.run(text(german), wishes, step)
    assert result.details["voice"] == "hum:de"
    assert hums.made["hum:de"].said == [german]


def test_the_language_an_earlier_step_found_counts(speaker, text, step):
    result = speaker.run(text("Okay.", language="de"), Wishes(), step)
    assert result.details["voice"] == "hum:de"


def test_rates_multiply(speaker, text, step, hums):
    source = text('<speak>One.<prosody rate="1.5">Two.</prosody></speak>', SSML)
    speaker.run(source, Wishes(rate=1.2), step)
    assert hums.made["hum:en"].rates == [1.2, pytest.approx(1.8)]


def test_progress_is_honest_in_characters(speaker, text, step):
    speaker.run(text(DOCUMENT), Wishes(), step)
    spoken = step.done[:20]
    assert spoken == sorted(spoken)
    assert spoken[9] == pytest.approx(0.45, abs=0.01)
    assert step.done[-1] == 1.0


def test_a_second_attempt_goes_on(speaker, text, step, hums, tmp_path):
    step.call_off_at = 0.45
    with pytest.raises(CancelledError):
        speaker.run(text(DOCUMENT), Wishes(), step)
    first = list(hums.made["hum:en"].said)
    assert 5 < len(first) < 15
    step.call_off_at = 2.0
    result = speaker.run(text(DOCUMENT), Wishes(), step)
    assert len(hums.made["hum:en"].said) == 20  # each of them once
    other = tmp_path / "other"
    other.mkdir()
    step.folder = other
    whole = speaker.run(text(DOCUMENT), Wishes(), step)
    assert whole.path.read_bytes() == result.path.read_bytes()


def test_an_attempt_after_the_end_does_nothing(speaker, text, step, hums):
    first = speaker.run(text("Hello."), Wishes(), step)
    assert speaker.run(text("Hello."), Wishes(), step) == first
    assert hums.made["hum:en"].said == ["Hello."]
    again = speaker.run(text("Hello."), Wishes(rate=2.0), step)
    assert again.details["seconds"] < first.details["seconds"]


def test_words_that_become_too_many_are_cut(speaker, text, step, hums):
    speaker.run(text("9" * 290), Wishes(), step)
    assert len(hums.made["hum:en"].said) > 1
    assert max(map(len, hums.made["hum:en"].said)) <= 1000


@pytest.mark.parametrize("nothing", ["", "  \n\n", "=====\n---", "\ufeff"])
def test_nothing_to_say(speaker, text, step, nothing):
    with pytest.raises(RefusedError, match="nothing to say"):
        speaker.run(text(nothing), Wishes(), step)


@pytest.mark.parametrize(
    ("source", "wishes", "reason"),
    [
        (("Hello.", "text/html"), Wishes(), "text/html can't be read out"),
        (("Hello.",), Wishes(voice="nobody"), "no voice 'nobody'"),
        (("Hello.",), Wishes(media_type="audio/midi"), "audio/midi"),
        (("<speak>", SSML), Wishes(), "SSML line 1"),
    ],
)
def test_what_is_refused(speaker, text, step, source, wishes, reason):
    with pytest.raises(RefusedError, match=reason):
        speaker.run(text(*source), wishes, step)


def test_limits(voices, text, step):
    short = Speaker(
        SpeechSettings(voice="hum:en", longest_text=20, longest_audio=0.1, largest_ssml=30), voices
    )
    with pytest.raises(RefusedError, match="more than 20 characters"):
        short.run(text("This is far too much."), Wishes(), step)
    with pytest.raises(RefusedError, match=r"longer than 0\.1 s"):
        short.run(text("This is too long."), Wishes(), step)
    with pytest.raises(RefusedError, match="more than 30 bytes"):
        short.run(text("<speak>This is too large.</speak>", SSML), Wishes(), step)


def test_a_missing_voice_is_named(speaker, text, step):
    with pytest.raises(MissingPartError, match="make french"):
        speaker.run(text("Bonjour."), Wishes(language="fr"), step)


def test_a_voice_that_breaks_down_may_be_tried_again(speaker, voices, text, step, hums):
    voice = voices.load(voices.named("hum:en"))
    voice.breaks_at = "seven"
    with pytest.raises(UnavailableError, match="it coughs"):
        speaker.run(text(DOCUMENT), Wishes(), step)
    voice.breaks_at = ""
    speaker.run(text(DOCUMENT), Wishes(), step)
    assert len(voice.said) == 20


def test_a_full_disk_may_be_tried_again(speaker, text, step, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(speak, "encode", full)
    with pytest.raises(UnavailableError, match="No space left"):
        speaker.run(text("Hello."), Wishes(), step)


def test_the_transform_is_complete(text, step):
    (transform,) = transforms(SpeechSettings())
    assert (transform.name, transform.source, transform.target) == ("speak", Kind.TEXT, Kind.VOICE)
    assert transform.missing() == ""
    (without,) = transforms(SpeechSettings(ffmpeg="no-such-ffmpeg"))
    assert "no-such-ffmpeg is not installed" in without.missing()


@pytest.mark.real
def test_the_real_voice_reads_a_letter(text, step):
    (transform,) = transforms(SpeechSettings())
    letter = "Dear Ms. Miller,\n\nyou have $1,234.50 on 3 May 2026.\n\nYours\nHarbour Bank\n"
    result = transform.run(text(letter), Wishes(media_type="audio/ogg"), step)
    samples, rate = soundfile.read(result.path, dtype="int16")
    assert 4.0 < len(samples) / rate < 15.0
    assert len(samples) / rate == pytest.approx(result.details["seconds"], abs=0.1)
    loud = np.abs(samples.astype(int)) > 300
    assert 0.3 < loud.mean() < 0.95
