"""Text to voice: a document is read out into an audio file, piece by piece."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from gateway.content import Content, Json, Kind
from gateway.errors import GatewayError, RefusedError, UnavailableError
from gateway.speech import ssml
from gateway.speech.families import families
from gateway.speech.formats import AudioFormat, encode, format_of, program
from gateway.speech.language import language_of
from gateway.speech.longtext import Piece, pieces_of, script_of
from gateway.speech.rendering import Rendering, key_of
from gateway.speech.script import Item
from gateway.speech.settings import SpeechSettings
from gateway.speech.voices import VoiceInfo, Voices
from gateway.transform import Transform, Wishes, Work
from voicebot.audio.pcm import Int16
from voicebot.audio.speech import SHAPING
from voicebot.dialogue.replies import pieces as cut
from voicebot.dialogue.spoken import spoken
from voicebot.engines.base import EngineError, Synthesizer, VoiceSettings
from voicebot.engines.limits import FASTEST, LONGEST_TEXT, SLOWEST

_ENCODING: Final = 0.1  # of the work
_SAMPLE: Final = 40  # pieces from which the language is guessed
_AT_ONCE: Final = LONGEST_TEXT - 100  # characters
_PLAIN: Final = ("text/plain", "text/markdown")


def transforms(settings: SpeechSettings) -> list[Transform]:
    """What this package adds to the conversion graph."""
    speaker = Speaker(settings, voices_of(settings))
    return [
        Transform(
            name="speak",
            source=Kind.TEXT,
            target=Kind.VOICE,
            cost=1.2,
            loss=0.02,
            run=speaker.run,
            missing=speaker.missing,
        )
    ]


def voices_of(settings: SpeechSettings) -> Voices:
    """The choice of voices under these settings."""
    return Voices(families(settings), settings.voice)


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: the form, the voice and the language of what does not name its own."""

    form: AudioFormat
    voice: VoiceInfo
    language: str
    rate: float


class Speaker:
    """Reads texts out. Several threads may use it at once."""

    def __init__(self, settings: SpeechSettings, voices: Voices) -> None:
        self._settings = settings
        self._voices = voices

    def missing(self) -> str:
        """What has to be installed before anything can be read out, or ''."""
        try:
            program(self._settings.ffmpeg)
        except GatewayError as error:
            return str(error)
        return ""

    def run(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """Text (text/plain, text/markdown or SSML) to an audio file.

        Raises:
            RefusedError: nothing to say, too much of it, bad SSML, no such voice or form.
            MissingPartError: the voice, or ffmpeg, is not installed.
            UnavailableError: the voice broke down, or the disk is full.
            CancelledError: the work was called off.
        """
        try:
            return self._run(content, wishes, work)
        except OSError as error:
            raise UnavailableError(f"the audio can't be written: {error.strerror}") from error
        except EngineError as error:
            raise UnavailableError(f"the voice broke down: {error}") from error

    def _run(self, content: Content, wishes: Wishes, work: Work) -> Content:
        request = _request(content, wishes, self._settings)
        finished = _Finished(work.folder / "speech.done")
        if (result := finished.recall(request)) is not None:
            return result
        total, sample = self._looked_through(content, wishes)
        order = self._order(content, wishes, sample)
        with Rendering(work.folder, order.form.rate, self._settings.longest_audio) as rendering:
            done = 0
            for piece in self._pieces(content, wishes):
                self._add(rendering, piece, order)
                done += len(piece.text)
                work.progress((1 - _ENCODING) * done / total)
        if not rendering.seconds:
            raise RefusedError(f"the voice {order.voice.name} finds nothing to say in this text")
        target = work.folder / f"speech{order.form.suffix}"
        encode(
            rendering.samples,
            order.form.rate,
            order.form,
            target,
            ffmpeg_program=self._settings.ffmpeg,
            going_on=lambda: work.progress(1 - _ENCODING),
        )
        result = _result(content, order, target, rendering.seconds)
        finished.keep(request, result)
        rendering.discard()
        work.progress(1.0)
        return result

    def _looked_through(self, content: Content, wishes: Wishes) -> tuple[int, str]:
        """How many characters there are to be said, and a sample of them."""
        total = 0
        sample: list[str] = []
        for piece in self._pieces(content, wishes):
            total += len(piece.text)
            if total > self._settings.longest_text:
                raise RefusedError(
                    f"the text has more than {self._settings.longest_text} characters; "
                    "send it in parts"
                )
            if len(sample) < _SAMPLE and piece.language is None:
                sample.append(piece.text)
        if not total:
            raise RefusedError("there is nothing to say in this text")
        return total, " ".join(sample)

    def _order(self, content: Content, wishes: Wishes, sample: str) -> Order:
        """The form, voice and language for a text of which this is a sample."""
        asked = wishes.media_type or ""
        form = format_of(asked if asked.startswith("audio/") else self._settings.media_type)
        voice = self._voices.named(wishes.voice) if wishes.voice else None
        told = wishes.language or _text(content.details.get("language"))
        language = told or (voice.language if voice else language_of(sample) or "en")
        voice = voice or self._voices.for_language(language)
        return Order(form, voice, language, wishes.rate)

    def _pieces(self, content: Content, wishes: Wishes) -> Iterator[Piece]:
        return pieces_of(
            self._script(content, wishes), sentence_pause=self._settings.sentence_pause
        )

    def _script(self, content: Content, wishes: Wishes) -> Iterable[Item]:
        media_type = content.media_type.partition(";")[0].strip().lower()
        if media_type == ssml.MEDIA_TYPE:
            if content.path.stat().st_size > self._settings.largest_ssml:
                raise RefusedError(f"the SSML has more than {self._settings.largest_ssml} bytes")
            return ssml.read_ssml(
                content.path.read_bytes(),
                wishes.language or _text(content.details.get("language")),
                sentence_pause=self._settings.sentence_pause,
                paragraph_pause=self._settings.paragraph_pause,
            )
        if media_type not in _PLAIN:
            raise RefusedError(
                f"{media_type[:60]} can't be read out; text/plain and {ssml.MEDIA_TYPE} can"
            )
        return script_of(
            content.path,
            line_pause=self._settings.line_pause,
            paragraph_pause=self._settings.paragraph_pause,
        )

    def _add(self, rendering: Rendering, piece: Piece, order: Order) -> None:
        voice = order.voice
        if piece.language and not voice.speaks(piece.language):
            voice = self._voices.for_language(piece.language)
        synthesizer = self._voices.load(voice)
        rate = min(max(order.rate * piece.rate, SLOWEST), FASTEST)
        english = voice.speaks("en") > 0
        words = spoken(piece.text) if english else piece.text
        key = key_of(synthesizer.name, SHAPING, words, rate, piece.pause)
        rendering.add(key, lambda: _said(synthesizer, words, rate, piece.pause, order.form.rate))


def _said(
    synthesizer: Synthesizer, words: str, rate: float, pause: float, line_rate: int
) -> Iterator[Int16]:
    """The samples of a piece and of the pause after it; none where there is nothing to say."""
    said = False
    for part in cut(words, _AT_ONCE, _AT_ONCE):
        for chunk in synthesizer.stream(part, line_rate, VoiceSettings(rate)):
            said = True
            yield chunk
    if said:
        yield np.zeros(round(pause * line_rate), np.int16)


def _result(content: Content, order: Order, target: Path, seconds: float) -> Content:
    details = {
        **content.details,
        "seconds": round(seconds, 2),
        "language": order.language,
        "voice": order.voice.name,
    }
    return Content(Kind.VOICE, target, order.form.media_type, details)


class _Finished:
    """A note of the result, for an attempt that comes after the work was done."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def recall(self, request: str) -> Content | None:
        try:
            note = json.loads(self._path.read_bytes())
            result = Content.from_json(note["result"])
        except (FileNotFoundError, ValueError, KeyError):
            return None
        return result if note.get("request") == request and result.path.is_file() else None

    def keep(self, request: str, result: Content) -> None:
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps({"request": request, "result": result.as_json()}))
        part.replace(self._path)


def _request(content: Content, wishes: Wishes, settings: SpeechSettings) -> str:
    """Names what is asked for, file and all."""
    with content.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    told = json.dumps(content.as_json(), sort_keys=True)
    return key_of(digest, told, wishes.model_dump_json(), settings.model_dump_json())


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
