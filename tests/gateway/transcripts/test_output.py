"""Transcripts as plain text, JSON, SRT and WebVTT."""

from __future__ import annotations

import json

import pytest

from gateway.transcripts.output import form_of
from gateway.transcripts.transcript import Segment, Transcript, Word

SAID = Transcript(
    "en",
    0.98,
    3723.5,
    4.5,
    "whisper-base",
    (
        Segment((Word("Good", 0.5, 0.8, 0.9), Word("morning.", 0.8, 1.4, 0.7))),
        Segment((Word("A<b", 3.5, 4.0, 0.5), Word("-->", 4.0, 4.2, 0.5))),
        Segment((Word("Bye.", 3721.0, 3721.25, 1.0),)),
    ),
)
NOTHING = Transcript("", 0.0, 5.0, 0.0, "whisper-base", ())


def test_plain_text_has_a_paragraph_after_each_long_pause():
    assert form_of("text/plain").write(SAID) == "Good morning.\n\nA<b -->\n\nBye.\n"


def test_a_long_monologue_is_divided_at_sentences():
    words = tuple(
        Word("word." if n % 9 == 8 else "word", n * 0.2, n * 0.2 + 0.2, 1.0) for n in range(400)
    )
    text = form_of(None).write(Transcript("en", 1.0, 80.0, 80.0, "m", (Segment(words),)))
    paragraphs = text.strip().split("\n\n")
    assert len(paragraphs) == 4
    assert all(paragraph.endswith("word.") for paragraph in paragraphs[:-1])
    assert all(600 <= len(paragraph) < 700 for paragraph in paragraphs[:-1])


def test_srt():
    assert form_of("application/x-subrip").write(SAID) == (
        "1\n00:00:00,500 --> 00:00:01,500\nGood morning.\n\n"
        "2\n00:00:03,500 --> 00:00:04,500\nA<b →\n\n"
        "3\n01:02:01,000 --> 01:02:02,000\nBye.\n\n"
    )


def test_vtt():
    assert form_of("text/vtt; charset=utf-8").write(SAID) == (
        "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nGood morning.\n\n"
        "00:00:03.500 --> 00:00:04.500\nA&lt;b --&gt;\n\n"
        "01:02:01.000 --> 01:02:02.000\nBye.\n\n"
    )


def test_json_has_words_with_times_and_confidences():
    data = json.loads(form_of("application/json").write(SAID))
    assert data["text"] == "Good morning. A<b --> Bye."
    assert data["confidence"] == pytest.approx(0.72)
    assert data["segments"][0] == {
        "start": 0.5,
        "end": 1.4,
        "text": "Good morning.",
        "confidence": 0.8,
        "words": [
            {"word": "Good", "start": 0.5, "end": 0.8, "confidence": 0.9},
            {"word": "morning.", "start": 0.8, "end": 1.4, "confidence": 0.7},
        ],
    }
    assert Transcript.from_json(data) == SAID


def test_languages_without_spaces():
    words = (Word("你好", 0, 1, 0.9), Word("。", 1, 1.1, 0.9))
    transcript = Transcript("zh", 1.0, 2.0, 1.1, "m", (Segment(words),))
    assert form_of("text/plain").write(transcript) == "你好。\n"


@pytest.mark.parametrize(
    ("media_type", "written"),
    [("text/plain", ""), ("text/vtt", "WEBVTT\n\n"), ("application/x-subrip", "")],
)
def test_nothing_said(media_type, written):
    assert form_of(media_type).write(NOTHING) == written


def test_nothing_said_as_json():
    data = json.loads(form_of("application/json").write(NOTHING))
    assert (data["text"], data["segments"], data["confidence"]) == ("", [], 0)


def test_what_is_asked_of_a_later_step_gives_plain_text():
    assert form_of("audio/mpeg").media_type == "text/plain"
    assert form_of("text/srt").media_type == "application/x-subrip"
