"""The table of voices that `voicebot voices` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.speech.voices import VoiceInfo

_HEADING = ("voice", "language", "licence", "")


def table(voices: Iterable[VoiceInfo], language: str = "") -> Iterator[str]:
    """A line for each voice, or for each that suits `language` (BCP 47): what it is and needs."""
    chosen = [voice for voice in voices if not language or voice.speaks(language)]
    rows = [_HEADING, *(_row(voice) for voice in chosen)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[3]]).rstrip()


def _row(voice: VoiceInfo) -> tuple[str, str, str, str]:
    needs = f"missing: {voice.missing}" if voice.missing else voice.about
    return voice.name, voice.language, voice.licence, needs
