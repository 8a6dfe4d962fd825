"""Text to voice and back: is what the gateway reads out understood, and how fast does it read?

Letters of five sentences, with names, numbers, money and dates, go through the gateway's transform
into an audio file, as wide-band WAV and as mu-law, and through its transform back to text, by
Whisper base; with `--plain`, Whisper listens by itself, in the usual window of 30 s. The same thing
written differently is no error: text and transcript are compared as they are said as well as as
they stand, both by the same rules, and the nearer reading counts. Then a document of 2,000 words is
read out on one core.

    python -m evaluation.roundtrip_speech --quick
    python -m evaluation.roundtrip_speech --full [--voice NAME] [--each N] [--sentences CSV]

A CSV file gives further sentences in its first column, of which 100 are taken.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import soundfile
from faster_whisper import WhisperModel

from evaluation.roundtrip_texts import SENTENCES
from evaluation.words import Errors, word_errors
from gateway.content import Content, Kind
from gateway.errors import GatewayError
from gateway.speech.settings import SpeechSettings
from gateway.speech.speak import transforms
from gateway.transcripts.recognize import transforms as transcripts
from gateway.transcripts.settings import TranscriptSettings
from gateway.transform import Wishes
from voicebot.config import Settings
from voicebot.dialogue.spoken import spoken
from voicebot.models import ModelMissing, ModelStore

FORMS: Final = {"wide-band": "audio/wav", "mu-law": "audio/basic"}
LIMITS: Final = {"wide-band": 0.03, "mu-law": 0.05}
"""Word error rates that must not be reached."""

_MODEL: Final = "whisper-base"
_QUICK: Final = 12  # sentences
_FURTHER: Final = 100
_EACH: Final = 5  # sentences of a letter
_WORDS: Final = 2000
_SEED: Final = 4


@dataclass
class Step:
    """Circumstances of a transform: a folder and nobody who waits."""

    folder: Path
    key: str = "evaluation"

    def progress(self, done: float) -> None:
        """Nobody looks."""


@dataclass
class Heard:
    """What became of the texts in one form."""

    form: str
    errors: int = 0
    words: int = 0
    wrong: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Word error rate, 0 to 1."""
        return self.errors / max(self.words, 1)


@dataclass(frozen=True, slots=True)
class Speed:
    """A long document read out: seconds of audio, of CPU time (programs included), by the clock."""

    words: int
    audio: float
    cpu: float
    wall: float

    @property
    def times(self) -> float:
        """How many times faster than real time on one core."""
        return self.audio / self.cpu


Speak = Callable[[str, str, Path], Content]
Listen = Callable[[Content, Path], str]


def speaking(voice: str | None) -> Speak:
    """A function that reads a text out into a file of a media type in a folder."""
    settings = SpeechSettings(models_dir=Settings().models_dir)
    (transform,) = transforms(settings)

    def speak(text: str, media_type: str, folder: Path) -> Content:
        folder.mkdir()
        (folder / "text").write_text(text, encoding="utf-8")
        source = Content(Kind.TEXT, folder / "text", "text/plain", {"language": "en"})
        wishes = Wishes(media_type=media_type, voice=voice)
        return transform.run(source, wishes, Step(folder))

    return speak


def listening(settings: TranscriptSettings) -> Listen:
    """A function that writes a recording down by the gateway's transform, working in a folder."""
    (transform,) = transcripts(settings)

    def listen(voice: Content, folder: Path) -> str:
        folder.mkdir()
        wishes = Wishes(language="en", media_type="text/plain")
        return transform.run(voice, wishes, Step(folder)).path.read_text(encoding="utf-8")

    return listen


def plainly_listening(model: Path) -> Listen:
    """The same by Whisper alone."""
    whisper = WhisperModel(str(model), device="cpu", compute_type="int8", local_files_only=True)

    def listen(voice: Content, _: Path) -> str:
        segments, _info = whisper.transcribe(
            str(voice.path), language="en", beam_size=5, condition_on_previous_text=False
        )
        return " ".join(segment.text.strip() for segment in segments)

    return listen


def nearest(wanted: str, heard: str) -> Errors:
    """Word errors, both texts as they stand or both as they are said."""
    readings = [word_errors(wanted, heard), word_errors(spoken(wanted), spoken(heard))]
    return min(readings, key=lambda found: found.errors / max(found.words, 1))


def letters(sentences: Sequence[str], each: int) -> list[str]:
    """Texts of so many sentences."""
    return [" ".join(sentences[at : at + each]) for at in range(0, len(sentences), each)]


def round_trip(
    texts: Iterable[str], form: str, speak: Speak, listen: Listen, folder: Path
) -> Heard:
    """All texts spoken and written down again."""
    result = Heard(form)
    for number, text in enumerate(texts):
        voice = speak(text, FORMS[form], folder / f"{form}-{number}")
        heard = listen(voice, folder / f"{form}-{number}-heard").strip()
        found = nearest(text, heard)
        result.errors += found.errors
        result.words += found.words
        if found.errors:
            result.wrong.append((text, heard, found.errors))
    return result


def reading_speed(words: int, speak: Speak, folder: Path) -> Speed:
    """Read out a document of so many words, in paragraphs, on one core, as Opus."""
    order = random.Random(_SEED)  # noqa: S311  # the same document every time
    paragraphs: list[str] = []
    count = 0
    while count < words:
        paragraph = " ".join(order.sample(SENTENCES, 5))
        paragraphs.append(paragraph)
        count += len(paragraph.split())
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        cpu, wall = _cpu(), time.monotonic()
        voice = speak("\n\n".join(paragraphs), "audio/ogg", folder / "document")
        cpu, wall = _cpu() - cpu, time.monotonic() - wall
    finally:
        os.sched_setaffinity(0, cores)
    return Speed(count, soundfile.info(voice.path).duration, cpu, wall)


def _cpu() -> float:
    """CPU seconds of this process and of the programs that it ran."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def further(files: Iterable[Path]) -> list[str]:
    """Sentences of CSV files."""
    found: list[str] = []
    for path in files:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [" ".join(row[0].split()) for row in csv.reader(file) if row][1:]
        found += random.Random(_SEED).sample(rows, min(_FURTHER, len(rows)))  # noqa: S311
    return found


def report(name: str, results: Sequence[Heard]) -> None:
    """Print a table, and what was misheard."""
    for result in results:
        for wanted, heard, errors in result.wrong:
            print(f"  {result.form}, {errors}: {wanted}\n      heard: {heard}")
    for result in results:
        print(
            f"{name:14} {result.form:10} {result.errors:4} errors of {result.words:5} words: "
            f"{100 * result.rate:.2f} % (limit {100 * LIMITS[result.form]:g} %)"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns 1 where a limit is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.roundtrip_speech",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    extent = parser.add_mutually_exclusive_group(required=True)
    extent.add_argument("--quick", action="store_true", help="12 sentences, 500 words")
    extent.add_argument("--full", action="store_true", help="all sentences, 2,000 words")
    parser.add_argument("--voice", help="by name; the default voice otherwise")
    parser.add_argument("--each", type=int, default=_EACH, help="sentences in one recording")
    parser.add_argument("--plain", action="store_true", help="Whisper listens by itself")
    parser.add_argument("--sentences", type=Path, action="append", default=[], help="a CSV file")
    parser.add_argument("--out", type=Path, default=Path("build/roundtrip_speech.json"))
    given = parser.parse_args(arguments)
    try:
        return _measure(given, *_open(given))
    except (ModelMissing, GatewayError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _open(given: argparse.Namespace) -> tuple[Speak, Listen]:
    """The voice and the listener that are asked for."""
    models = Settings().models_dir
    model = ModelStore(models).path(_MODEL)
    if given.plain:
        return speaking(given.voice), plainly_listening(model)
    return speaking(given.voice), listening(TranscriptSettings(model="base", models_dir=models))


def _measure(given: argparse.Namespace, speak: Speak, listen: Listen) -> int:
    own = SENTENCES[:: len(SENTENCES) // _QUICK] if given.quick else SENTENCES
    sets = {"own sentences": list(own)}
    if given.sentences:
        sets["further"] = further(given.sentences)
    figures: dict[str, object] = {
        "voice": given.voice,
        "plain": given.plain,
        "model": _MODEL,
        "each": given.each,
    }
    missed = False
    with tempfile.TemporaryDirectory() as made:
        for name, sentences in sets.items():
            folder = Path(made) / name
            folder.mkdir()
            texts = letters(sentences, max(given.each, 1))
            results = [round_trip(texts, f, speak, listen, folder) for f in FORMS]
            report(name, results)
            figures[name] = [asdict(result) | {"rate": result.rate} for result in results]
            if name == "own sentences":
                missed = any(result.rate >= LIMITS[result.form] for result in results)
        speed = reading_speed(_WORDS // 4 if given.quick else _WORDS, speak, Path(made))
    figures["speed"] = asdict(speed) | {"times": speed.times}
    print(
        f"{speed.words} words: {speed.audio:.0f} s of audio in {speed.cpu:.1f} s of CPU time "
        f"({speed.wall:.1f} s by the clock, one core): {speed.times:.0f} times real time"
    )
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
