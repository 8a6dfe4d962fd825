"""A transcript in the form that was asked for: plain text, JSON, SRT or WebVTT. Pure.

Subtitles: https://www.w3.org/TR/webvtt1/ and the SubRip form that players read everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from gateway.transcripts.captions import Cue, cues
from gateway.transcripts.transcript import Transcript, Word

_PARAGRAPH_PAUSE: Final = 2.0
"""Seconds of silence after which a new paragraph begins."""
_LONG_PARAGRAPH: Final = 600
"""Characters after which a paragraph ends with the next sentence."""
_SENTENCE_ENDS: Final = (".", "?", "!", "…", "。", "？", "！", "؟", "।")


@dataclass(frozen=True, slots=True)
class Form:
    """How a transcript can be written: its media type, the end of the file's name, and how."""

    media_type: str
    suffix: str
    write: Callable[[Transcript], str]


def form_of(media_type: str | None) -> Form:
    """The form that a media type asks for; plain text where it is none of them."""
    name = (media_type or "").partition(";")[0].strip().lower()
    return _FORMS.get(_ALSO.get(name, name), _FORMS["text/plain"])


def plain(transcript: Transcript) -> str:
    """Paragraphs with an empty line between; '' where nothing was said."""
    paragraphs = [transcript.between.join(words) for words in _paragraphs(transcript.words)]
    return "\n\n".join(paragraphs) + "\n" if paragraphs else ""


def as_json(transcript: Transcript) -> str:
    """Text, language, confidence, and segments of words with times and confidences."""
    return json.dumps(transcript.as_json(), ensure_ascii=False, indent=1) + "\n"


def srt(transcript: Transcript) -> str:
    """SubRip subtitles."""
    blocks = (
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n"
        + "\n".join(line.replace("-->", "→") for line in cue.lines)
        for number, cue in enumerate(_cues(transcript), 1)
    )
    return "".join(f"{block}\n\n" for block in blocks)


def vtt(transcript: Transcript) -> str:
    """WebVTT subtitles."""
    blocks = (
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n"
        + "\n".join(_escaped(line) for line in cue.lines)
        for cue in _cues(transcript)
    )
    return "WEBVTT\n\n" + "".join(f"{block}\n\n" for block in blocks)


def _paragraphs(words: Iterable[Word]) -> list[list[str]]:
    paragraphs: list[list[str]] = []
    size, end = 0, 0.0
    ended = False
    for word in words:
        pause = word.start - end >= _PARAGRAPH_PAUSE
        if not paragraphs or pause or (ended and size >= _LONG_PARAGRAPH):
            paragraphs.append([])
            size = 0
        paragraphs[-1].append(word.text)
        size += len(word.text) + 1
        end, ended = word.end, word.text.endswith(_SENTENCE_ENDS)
    return paragraphs


def _cues(transcript: Transcript) -> list[Cue]:
    return cues(transcript.words, transcript.between)


def _clock(seconds: float, point: str) -> str:
    """Hours, minutes, seconds and milliseconds."""
    whole = round(max(0.0, seconds) * 1000)
    rest, milliseconds = divmod(whole, 1000)
    minutes, rest = divmod(rest, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest:02}{point}{milliseconds:03}"


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_FORMS: Final = {
    form.media_type: form
    for form in (
        Form("text/plain", ".txt", plain),
        Form("application/json", ".json", as_json),
        Form("application/x-subrip", ".srt", srt),
        Form("text/vtt", ".vtt", vtt),
    )
}
_ALSO: Final = {"text/srt": "application/x-subrip", "application/srt": "application/x-subrip"}
MEDIA_TYPES: Final = tuple(_FORMS)
"""The media types that a transcript can have."""
