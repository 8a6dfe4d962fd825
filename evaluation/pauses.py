"""Every pause that callers make, with what could be known in it: what endpointing is tuned from.

A recording goes over a telephone line (8 kHz, mu-law) with the noise of the line before and after
it; the agent's own voice activity finds the pauses in it, and in each the agent's own recognizer
and turn predictor say what they would have said in a call. The result is kept as JSON lines, since
it takes about a second of one core for each second of speech.

    python -m evaluation.pauses --set FOLDER [--set FOLDER ...] [--out build/pauses]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from evaluation.audible import Audible, audible
from evaluation.cases import Case, CasesError, line_audio, read_cases
from voicebot.audio.pcm import Int16, level
from voicebot.config import Settings
from voicebot.conversation.activity import ActivitySettings, SpeechDetector
from voicebot.conversation.events import Expectation, SpeechStarted
from voicebot.engines.base import EngineError, Recognizer, TurnPredictor, VoiceActivity
from voicebot.engines.silero import SileroModel
from voicebot.engines.smart_turn import SmartTurn
from voicebot.engines.whisper import WhisperRecognizer
from voicebot.models import ModelMissing, ModelStore
from voicebot.telephony.base import LINE_RATE

BEFORE: Final = 0.5
"""Seconds of line noise before a recording."""
AFTER: Final = 2.0
"""Seconds of line noise after a recording."""
LEAD_IN: Final = 0.6
"""Seconds before the detected onset that recognition and the turn predictor get."""
PAUSE: Final = 0.096
"""Seconds of silence after which a pause is noticed."""

_LOUDEST_NOISE: Final = -50.0  # dBFS; a recording that begins loud has no noise floor to go by
_FORMAT: Final = 3


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause; times in seconds since the recording (with the noise before it) began.

    The speech before it began at `started` and fell silent at `at`, which was `noticed` later. It
    went on at `resumed`, which was noticed at `resumption_noticed`; None where it did not go on.
    `text` is what recognition made of the speech so far, `hint` the turn predictor's probability
    that it was complete.
    """

    started: float
    at: float
    noticed: float
    resumed: float | None
    resumption_noticed: float | None
    text: str
    hint: float | None


@dataclass(frozen=True, slots=True)
class Turn:
    """One recording: when its speech was audible, what was expected, and its pauses in order."""

    clip: str
    start: float
    end: float
    expects: Expectation
    pauses: tuple[Pause, ...]


@dataclass(frozen=True, slots=True)
class Ears:
    """What pauses are collected with."""

    silero: SileroModel
    recognizer: Recognizer
    predictor: TurnPredictor
    detector: ActivitySettings


def on_the_line(speech: Int16, seed: int) -> Int16:
    """The recording with the noise of its line before and after it."""
    found = audible(speech, LINE_RATE)
    floor = min(found.floor if found is not None else _LOUDEST_NOISE, _LOUDEST_NOISE)
    random = np.random.default_rng(seed)
    amplitude = 32768.0 * 10.0 ** (floor / 20.0)
    before, after = (
        np.rint(random.normal(0.0, amplitude, round(seconds * LINE_RATE))).astype(np.int16)
        for seconds in (BEFORE, AFTER)
    )
    return np.concatenate([before, speech, after])


def turn_of(case: Case, ears: Ears) -> Turn | None:
    """The pauses of one recording; None where nothing is audible in it.

    Raises:
        CasesError: the audio can't be read.
    """
    speech = line_audio(case)
    heard = audible(speech, LINE_RATE)
    if heard is None:
        return None
    seed = int.from_bytes(hashlib.sha256(case.id.encode()).digest()[:4])
    line = on_the_line(speech, seed)
    pauses = tuple(
        _judged(pause, line, ears, case.expects.hints)
        for pause in _pauses(line, ears.silero.stream(), SpeechDetector(ears.detector))
    )
    shifted = Audible(heard.start + BEFORE, heard.end + BEFORE, heard.floor)
    return Turn(case.id, shifted.start, shifted.end, case.expects, pauses)


def _pauses(line: Int16, activity: VoiceActivity, detector: SpeechDetector) -> list[Pause]:
    window = activity.window
    seconds = window / LINE_RATE
    found: list[Pause] = []
    started: float | None = None
    for number in range(len(line) // window):
        begins = number * seconds
        samples = line[number * window : (number + 1) * window]
        event = detector.feed(activity.probability(samples), begins, seconds, level=level(samples))
        if isinstance(event, SpeechStarted):
            if started is None:
                started = event.at
            else:
                last = asdict(found.pop())
                last.update(resumed=event.at, resumption_noticed=begins + seconds)
                found.append(Pause(**last))
        elif event is not None and started is not None:
            found.append(Pause(started, event.at, begins + seconds, None, None, "", None))
    return found


def _judged(pause: Pause, line: Int16, ears: Ears, hints: tuple[str, ...]) -> Pause:
    since = round(max(pause.started - LEAD_IN, 0.0) * LINE_RATE)
    audio = line[since : round(pause.noticed * LINE_RATE)]
    known = asdict(pause)
    known["text"] = ears.recognizer.recognize(audio, LINE_RATE, hints).text
    known["hint"] = ears.predictor.probability(audio, LINE_RATE)
    return Pause(**known)


# ── kept as JSON lines ────────────────────────────────────────────────────────────────────────


def collect(folder: Path, ears: Ears, kept: Path) -> Iterator[Turn]:
    """The turns of a set: those in the file `kept` are read, the others heard and added to it.

    Raises:
        CasesError: the set or one of its files can't be read.
    """
    key = _key(ears)
    known = {turn.clip: turn for turn in read_turns(kept, key)}
    kept.parent.mkdir(parents=True, exist_ok=True)
    if not known:
        kept.write_text(json.dumps(key) + "\n", encoding="utf-8")
    with kept.open("a", encoding="utf-8") as file:
        for case in read_cases(folder):
            turn = known.get(case.id)
            if turn is None:
                turn = turn_of(case, ears)
                if turn is None:
                    continue
                file.write(json.dumps(asdict(turn)) + "\n")
                file.flush()
            yield turn


def read_turns(kept: Path, key: dict[str, Any] | None = None) -> list[Turn]:
    """Turns from a file; none where it is missing or was collected with other parts than `key`."""
    if not kept.is_file():
        return []
    lines = [line for line in kept.read_text(encoding="utf-8").splitlines(True) if line[-1] == "\n"]
    if not lines or (key is not None and json.loads(lines[0]) != key):
        return []
    return [_turn(json.loads(line)) for line in lines[1:]]


def _turn(entry: dict[str, Any]) -> Turn:
    expects = entry.pop("expects")
    expects["hints"] = tuple(expects["hints"])
    pauses = tuple(Pause(**pause) for pause in entry.pop("pauses"))
    return Turn(**entry, expects=Expectation(**expects), pauses=pauses)


def _key(ears: Ears) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "recognizer": ears.recognizer.name,
        "predictor": ears.predictor.name,
        "detector": asdict(ears.detector),
    }


def load_ears(settings: Settings) -> Ears:
    """The agent's own parts. Raises ModelMissing, EngineError."""
    models = ModelStore(settings.models_dir)
    return Ears(
        SileroModel(models.path("silero")),
        WhisperRecognizer(models.path(f"whisper-{settings.whisper_model}")),
        SmartTurn(models.path("smart-turn")),
        ActivitySettings(pause=PAUSE),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.pauses", description=__doc__)
    parser.add_argument("--set", action="append", type=Path, required=True, dest="sets")
    parser.add_argument("--out", type=Path, default=Path("build/pauses"))
    given = parser.parse_args(arguments)
    try:
        ears = load_ears(Settings())
        for folder in given.sets:
            kept = given.out / f"{folder.resolve().name}.jsonl"
            turns = list(collect(folder, ears, kept))
            pauses = sum(len(turn.pauses) for turn in turns)
            print(f"{kept}: {len(turns)} turns, {pauses} pauses")
    except (CasesError, ModelMissing, EngineError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
