"""The step from voice to text: decode, listen for speech, cut, recognize, write down.

What takes long is kept in the step's folder: the decoded sound, how it was cut, and each piece that
was recognized. A second attempt in the same folder goes on there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from gateway.content import Content, Kind
from gateway.transcripts.cutting import DEFAULT, Piece, Probabilities, pieces, stretches
from gateway.transcripts.decode import RATE, decode, samples_of
from gateway.transcripts.ears import Ears
from gateway.transcripts.effort import Effort
from gateway.transcripts.kept import Kept, Outline
from gateway.transcripts.listening import WINDOW, listen
from gateway.transcripts.output import as_json, form_of
from gateway.transcripts.settings import TranscriptSettings
from gateway.transcripts.transcript import Segment, Transcript, Word
from gateway.transform import Transform, Wishes, Work
from voicebot.audio.pcm import Int16
from voicebot.heap import give_back

WORDS: Final = "words.json"
"""Name of the file with the words, their times and confidences, beside the result."""

_CPU_SECONDS: Final = {"base": 0.15, "tiny.en": 0.07}  # for a second of speech
_LOSS: Final = 0.15
_TIDY: Final = 16  # pieces after which free memory is given back
_ASKED: Final = 4  # pieces from which the language is told
_ENOUGH: Final = 5.0  # seconds of speech that tell the language where they are clear
_VERY_SURE: Final = 0.9
_SURE: Final = 0.5  # below, what could be English well is taken for it
_FALLBACK: Final = "en"


def transforms(settings: TranscriptSettings) -> list[Transform]:
    """Voice to text. The models are loaded when the first recording comes, once for all."""
    recognizing = Recognizing(settings)
    return [
        Transform(
            name="recognize",
            source=Kind.VOICE,
            target=Kind.TEXT,
            cost=60 * _CPU_SECONDS[settings.model],
            loss=_LOSS,
            run=recognizing.run,
            missing=recognizing.ears.missing,
        )
    ]


class Recognizing:
    """Writes recordings down. For several threads at once; they share the models and the cores."""

    def __init__(self, settings: TranscriptSettings) -> None:
        self._settings = settings
        self.ears = Ears(settings)

    def run(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """What is said in a recording, in the form that `wishes.media_type` names, or plain text.

        Raises:
            RefusedError: the file is no recording, too long or too large, or the language unknown.
            MissingPartError: ffmpeg or a model is not installed.
            UnavailableError: the machine has not what it takes at the moment.
            CancelledError: `work.progress` said so.
        """
        work.progress(0.0)
        transcript = self.transcript(content, wishes.language, work)
        form = form_of(wishes.media_type)
        _write(work.folder / WORDS, as_json(transcript))
        result = work.folder / (WORDS if form.suffix == ".json" else f"transcript{form.suffix}")
        if result.name != WORDS:
            _write(result, form.write(transcript))
        details = {
            **content.details,
            "language": transcript.language,
            "seconds": round(transcript.seconds, 3),
            "confidence": round(transcript.confidence, 3),
            "words": WORDS,
        }
        work.progress(1.0)
        return Content(Kind.TEXT, result, form.media_type, details)

    def transcript(self, content: Content, language: str | None, work: Work) -> Transcript:
        """What is said in a recording; `language` (BCP 47) or None. Errors as in `run`."""
        asked = self.ears.language(language)
        key: dict[str, str | int | None] = {
            "model": self.ears.name,
            "beam": self._settings.beam,
            "language": asked,
            "bytes": content.path.stat().st_size if content.path.is_file() else None,
        }
        kept = Kept(work.folder / "heard.jsonl", key)
        decoded = work.folder / "sound.raw"
        if kept.outline is None or kept.missing():
            self._hear(content, asked, kept, decoded, work)
        decoded.unlink(missing_ok=True)
        return _assembled(kept, self.ears.name)

    def _hear(
        self, content: Content, asked: str | None, kept: Kept, decoded: Path, work: Work
    ) -> None:
        if not decoded.exists():
            decode(
                content.path,
                content.media_type,
                decoded,
                self._settings,
                lambda: work.progress(0.0),
            )
        samples = samples_of(decoded)
        recognizing = _CPU_SECONDS[self._settings.model] / self._settings.workers
        effort = Effort(len(samples) / RATE, recognizing)
        if kept.outline is None:
            kept.begin(self._outline(samples, asked, effort, work))
        self._recognize(samples, kept, effort, work)

    def _outline(self, samples: Int16, asked: str | None, effort: Effort, work: Work) -> Outline:
        def heard(seconds: float, found: Probabilities) -> None:
            speech = float(np.count_nonzero(found >= DEFAULT.speech_above)) * WINDOW
            work.progress(effort.listened(seconds, speech))

        probabilities, loudness = listen(samples, RATE, self.ears.activity(), heard)
        seconds = len(samples) / RATE
        cut = pieces(stretches(probabilities, WINDOW), loudness, WINDOW, seconds)
        language, sureness = (asked, 1.0) if asked else self._language(samples, cut)
        return Outline(tuple(cut), seconds, language, sureness)

    def _language(self, samples: Int16, cut: list[Piece]) -> tuple[str, float]:
        """The language of the recording and its probability, from pieces all over it."""
        total: dict[str, float] = {}
        best, sureness, seconds = "", 0.0, 0.0
        for piece in cut[:: max(1, len(cut) // _ASKED)][:_ASKED]:
            seconds += piece.seconds
            for name, probability in self.ears.languages(sound(samples, piece)).items():
                total[name] = total.get(name, 0.0) + probability * piece.seconds
            best = max(total, key=lambda name: total[name])
            sureness = total[best] / seconds
            if seconds >= _ENOUGH and sureness >= _VERY_SURE:
                break
        if best and sureness < _SURE and total[_FALLBACK] >= total[best] / 3:
            return _FALLBACK, total[_FALLBACK] / seconds
        return best, sureness

    def _recognize(self, samples: Int16, kept: Kept, effort: Effort, work: Work) -> None:
        outline = kept.outline
        if outline is None:
            return
        heard = {number: outline.pieces[number].seconds for number in kept.segments}

        def hear(number: int) -> Segment:
            piece = outline.pieces[number]
            return placed(self.ears.hear(sound(samples, piece), outline.language), piece)

        work.progress(effort.recognized(sum(heard.values()), outline.speech))
        pool = ThreadPoolExecutor(self._settings.workers, thread_name_prefix="recognize")
        going = {pool.submit(hear, number): number for number in kept.missing()}
        try:
            for future in as_completed(going):
                number = going[future]
                kept.add(number, future.result())
                heard[number] = outline.pieces[number].seconds
                if len(heard) % _TIDY == 0:
                    give_back()
                work.progress(effort.recognized(sum(heard.values()), outline.speech))
        finally:
            pool.shutdown(cancel_futures=True)
            for future, number in going.items():  # what was under way is not to be lost
                heard_it = not future.cancelled() and future.exception() is None
                if heard_it and number not in kept.segments:
                    kept.add(number, future.result())


def sound(samples: Int16, piece: Piece) -> Int16:
    """The sound of a piece, without what lies between its spans."""
    return np.concatenate(
        [samples[round(span.start * RATE) : round(span.end * RATE)] for span in piece.spans]
    )


def placed(words: tuple[Word, ...], piece: Piece) -> Segment:
    """Words with times since the piece's beginning, at their times in the recording.

    A word ends with the span in which it began, or begins with the next if only its first moment
    lies before.
    """
    found = []
    for word in words:
        start, end = piece.at(word.start), piece.at(word.end)
        for span, following in zip(piece.spans, piece.spans[1:], strict=False):
            if start <= span.end and end > following.start:
                start, end = _one_side(start, end, span.end, following.start)
        found.append(replace(word, start=start, end=max(start, end)))
    return Segment(tuple(found))


def _one_side(start: float, end: float, before: float, after: float) -> tuple[float, float]:
    """A word that lies on both sides of a silence, on the side where most of it is."""
    return (start, before) if before - start >= end - after else (after, end)


def _assembled(kept: Kept, model: str) -> Transcript:
    outline = kept.outline
    if outline is None:
        raise RuntimeError("a recording has been recognized, but not cut")
    segments = tuple(kept.segments[number] for number in sorted(kept.segments))
    return Transcript(
        outline.language, outline.sureness, outline.seconds, outline.speech, model, segments
    )


def _write(path: Path, text: str) -> None:
    """The file appears complete."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
