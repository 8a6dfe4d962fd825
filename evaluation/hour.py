"""An hour of speech written down by the gateway: how fast, how well, and is its progress honest?

The hour is put together from the recordings of evaluation sets, in random order with pauses between
them in which only the noise of a room is heard, and kept as FLAC. Where a set says what is said,
the words that the transcript has at that time are compared with it.

The progress that was told is kept as progress.json: pairs of seconds and share.

    python -m evaluation.hour --set FOLDER [--set FOLDER ...] [--minutes 60] [--model base]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import resource
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from evaluation.cases import Case, CasesError, read_cases
from evaluation.words import Errors, word_errors
from gateway.content import Content, Kind
from gateway.errors import GatewayError
from gateway.transcripts.recognize import Recognizing
from gateway.transcripts.settings import TranscriptSettings
from gateway.transcripts.transcript import Transcript
from gateway.transform import Wishes
from voicebot.audio.pcm import Int16
from voicebot.audio.resample import resample

RATE: Final = 16000
_PAUSES: Final = (0.3, 2.5)  # seconds
_ROOM: Final = 10.0  # standard deviation of its noise: -70 dBFS


@dataclass(frozen=True, slots=True)
class Part:
    """What is said (None where nobody knows) between two moments of the hour, in seconds."""

    start: float
    end: float
    text: str | None


@dataclass(slots=True)
class Watched:
    """The circumstances of the step: remembers when which progress was told."""

    folder: Path
    key: str = "hour"
    told: list[tuple[float, float]] = field(default_factory=list)

    def progress(self, done: float) -> None:
        """So much is done, now."""
        self.told.append((time.monotonic(), done))


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured. `factor` is how many times faster than real time it went by the clock,
    `factor_per_core` by CPU time (on that many idle cores it is as many times as fast);
    `progress_deviation` the largest difference between the progress that was told and the share
    of the time that had gone by; `word_errors` a share of the words, None where no text is known.
    """

    seconds: float
    model: str
    cores: int
    wall_seconds: float
    cpu_seconds: float
    factor: float
    factor_per_core: float
    progress_deviation: float
    progress_steps: int
    word_errors: float | None
    words: int
    memory_mb: float
    load_before: float


def put_together(cases: Sequence[Case], seconds: float, file: Path, seed: int = 1) -> list[Part]:
    """Write a recording of `seconds` or a little more; every case once before one comes again.

    Raises:
        CasesError: audio that can't be read.
    """
    parts: list[Part] = []
    moment = 0.0
    noise = np.random.default_rng(seed)
    with soundfile.SoundFile(file, "w", RATE, 1, "PCM_16") as written:
        for case, pause in _order(cases, random.Random(seed)):  # noqa: S311  # no secret
            if moment >= seconds:
                return parts
            said = _audio(case)
            quiet = noise.normal(0.0, _ROOM, round(pause * RATE)).astype(np.int16)
            written.write(np.concatenate([quiet, said]))
            start = moment + len(quiet) / RATE
            moment = start + len(said) / RATE
            parts.append(Part(start, moment, case.text))
    return parts


def _order(cases: Sequence[Case], chance: random.Random) -> Iterator[tuple[Case, float]]:
    while True:
        for case in chance.sample(cases, len(cases)):
            yield case, chance.uniform(*_PAUSES)


def _audio(case: Case) -> Int16:
    try:
        samples, rate = soundfile.read(case.audio, dtype="int16", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise CasesError(f"{case.audio} can't be read: {error}") from error
    return resample(np.mean(samples, axis=1).astype(np.int16), int(rate), RATE)


def errors_of(parts: Sequence[Part], transcript: Transcript) -> Errors:
    """Word errors of the parts whose text is known.

    A word belongs to the part that began last before its middle. Parts that follow each other are
    compared together: who spells two names in a row may be written down as one.
    """
    starts = np.array([part.start for part in parts])
    heard: list[list[str]] = [[] for _ in parts]
    for word in transcript.words:
        number = int(np.searchsorted(starts, (word.start + word.end) / 2, side="right")) - 1
        heard[max(0, number)].append(word.text)
    found = []
    pairs = zip(parts, heard, strict=True)
    for known, row in itertools.groupby(pairs, lambda pair: pair[0].text is not None):
        if known:
            texts, words = zip(*((part.text, " ".join(said)) for part, said in row), strict=True)
            found.append(word_errors(" ".join(texts), " ".join(words)))
    return Errors(sum(one.errors for one in found), sum(one.words for one in found))


def deviation(told: Sequence[tuple[float, float]]) -> float:
    """The largest difference between progress and the share of the time that had gone by; just
    before each step, too, when the progress was still the former one."""
    began, ended = told[0][0], told[-1][0]
    if ended <= began:
        return 0.0
    worst, former = 0.0, 0.0
    for moment, done in told:
        share = (moment - began) / (ended - began)
        worst = max(worst, abs(done - share), abs(former - share))
        former = done
    return worst


def measure(recording: Path, parts: Sequence[Part], settings: TranscriptSettings) -> Result:
    """Write the recording down, the models being loaded. Raises GatewayError."""
    recognizing = Recognizing(settings)
    recognizing.ears.activity()
    recognizing.ears.hear(np.zeros(RATE, np.int16), "en")
    folder = recording.parent / "step"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    work = Watched(folder)
    load, cpu, began = os.getloadavg()[0], _cpu(), time.monotonic()
    result = recognizing.run(Content(Kind.VOICE, recording, "audio/flac"), Wishes(), work)
    wall, used = time.monotonic() - began, _cpu() - cpu
    curve = [[round(moment - began, 3), round(done, 4)] for moment, done in work.told]
    (recording.parent / "progress.json").write_text(json.dumps(curve), encoding="utf-8")
    data: dict[str, Any] = json.loads((folder / str(result.details["words"])).read_text())
    transcript = Transcript.from_json(data)
    errors = errors_of(parts, transcript)
    return Result(
        seconds=round(transcript.seconds, 1),
        model=transcript.model,
        cores=settings.workers,
        wall_seconds=round(wall, 1),
        cpu_seconds=round(used, 1),
        factor=round(transcript.seconds / wall, 1),
        factor_per_core=round(transcript.seconds / used, 1),
        progress_deviation=round(deviation(work.told), 3),
        progress_steps=len(work.told),
        word_errors=round(errors.errors / errors.words, 4) if errors.words else None,
        words=errors.words,
        memory_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0),
        load_before=round(load, 2),
    )


def _cpu() -> float:
    """CPU seconds of this process and of those that it started and that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.hour", description=__doc__)
    parser.add_argument("--set", action="append", type=Path, required=True, dest="sets")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--model", choices=("base", "tiny.en"), default="base")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("build/hour"))
    given = parser.parse_args(arguments)
    settings = TranscriptSettings(model=given.model, workers=given.workers)
    try:
        given.out.mkdir(parents=True, exist_ok=True)
        recording = given.out / "recording.flac"
        cases = [case for folder in given.sets for case in read_cases(folder)]
        parts = put_together(cases, given.minutes * 60, recording)
        result = measure(recording, parts, settings)
    except (CasesError, GatewayError) as error:
        print(error, file=sys.stderr)
        return 1
    written = json.dumps(asdict(result), indent=2)
    (given.out / "result.json").write_text(written + "\n", encoding="utf-8")
    print(written)
    return 0


if __name__ == "__main__":
    sys.exit(main())
