"""Recognition on the live path beside faster-whisper as it is used offline.

Both get the same recordings and the same weights with int8 on one thread. Offline means the whole
recording at once: a window of 30 s, a beam of 5, and faster-whisper's other defaults, which include
its retries at higher temperatures. Counted is the CPU time of recognition; the live path's includes
every attempt that was thrown away because the caller went on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from faster_whisper import WhisperModel

from evaluation.bench.benchmark import Bench, NothingMeasured
from evaluation.bench.clips import Clip, Wanted
from evaluation.bench.intervals import ROUNDS, SEED, Figure
from evaluation.bench.livepath import Heard, LivePath
from evaluation.bench.results import Outcome, Picture
from evaluation.svg import Series, chart
from evaluation.words import Errors, word_errors
from voicebot.audio.pcm import to_float
from voicebot.audio.resample import resample
from voicebot.engines.silero import SileroModel
from voicebot.engines.smart_turn import SmartTurn
from voicebot.engines.whisper import WhisperRecognizer
from voicebot.engines.whisper_decoding import RATE
from voicebot.models import ModelStore
from voicebot.telephony.base import LINE_RATE

NAME: Final = "asr"
_QUICK, _FULL = 24, 240


@dataclass(frozen=True, slots=True)
class Compared:
    """One recording, heard both ways."""

    clip: Clip
    live: Heard
    offline: str
    offline_cpu: float
    live_errors: Errors
    offline_errors: Errors


class Offline:
    """faster-whisper with a window of 30 s and a beam of 5."""

    def __init__(self, bench: Bench) -> None:
        """Raises ModelMissing."""
        folder = ModelStore(bench.settings.models_dir).path(
            f"whisper-{bench.settings.whisper_model}"
        )
        self._model = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
        )

    def hear(self, clip: Clip) -> tuple[str, float]:
        """The text and the CPU seconds."""
        samples = to_float(resample(clip.pcm, LINE_RATE, RATE))
        began = time.process_time()
        segments, _ = self._model.transcribe(samples, language="en", beam_size=5)
        text = " ".join(segment.text.strip() for segment in segments)
        return text, time.process_time() - began


async def run(bench: Bench) -> Outcome:
    """The benchmark. Raises NothingMeasured, ModelMissing, EngineError, CasesError."""
    clips = bench.clips.choose(bench.count(_QUICK, _FULL), Wanted(text=True), NAME, bench.going_on)
    if not clips:
        raise NothingMeasured("no set has texts; give one with --set whose cases have a text")
    compared = await asyncio.to_thread(_compare, bench, clips)
    if not compared:
        raise NothingMeasured("interrupted before the first recording")
    return judged(compared, partial=len(compared) < len(clips))


def _compare(bench: Bench, clips: Sequence[Clip]) -> list[Compared]:
    models = ModelStore(bench.settings.models_dir)
    recognizer = WhisperRecognizer(models.path(f"whisper-{bench.settings.whisper_model}"))
    turns = bench.settings.turns
    judged_by_sound = turns.adaptive and turns.semantic
    live_path = LivePath(
        bench.settings,
        recognizer,
        SileroModel(models.path("silero")).stream,
        SmartTurn(models.path("smart-turn")) if judged_by_sound else None,
    )
    offline_path = Offline(bench)
    live_path.hear(clips[0])  # what happens only once is not counted
    offline_path.hear(clips[0])
    compared: list[Compared] = []
    for clip in clips:
        if not bench.going_on():
            break
        live = live_path.hear(clip)
        offline, cpu = offline_path.hear(clip)
        text = clip.text or ""
        compared.append(
            Compared(
                clip, live, offline, cpu, word_errors(text, live.text), word_errors(text, offline)
            )
        )
        bench.tell(f"{NAME}: {len(compared)} of {len(clips)} recordings")
    return compared


def judged(compared: Sequence[Compared], *, partial: bool) -> Outcome:
    """Figures of the comparison."""
    outcome = Outcome(NAME, partial=partial)
    table = np.array(
        [
            (
                pair.live_errors.errors,
                pair.offline_errors.errors,
                pair.live_errors.words,
                pair.live.cpu,
                pair.offline_cpu,
            )
            for pair in compared
        ],
        np.float64,
    )
    outcome.put("asr.wer_live", _ratio(table, lambda t: t[0] / max(1.0, t[2])))
    outcome.put("asr.wer_offline", _ratio(table, lambda t: t[1] / max(1.0, t[2])))
    outcome.put("asr.wer_above", _ratio(table, lambda t: (t[0] - t[1]) / max(1.0, t[2])))
    outcome.put("asr.cpu_ratio", _ratio(table, lambda t: t[3] / t[4]))
    outcome.put("asr.cpu_live_s", float(table[:, 3].mean()))
    outcome.put("asr.cpu_offline_s", float(table[:, 4].mean()))
    judging = float(np.mean([pair.live.judging for pair in compared]))
    outcome.put("asr.cpu_end_of_turn_s", judging)
    outcome.counts = {
        "recordings": len(compared),
        "words": int(table[:, 2].sum()),
        "attempts": sum(pair.live.attempts for pair in compared),
        "turns": sum(pair.live.turns for pair in compared),
    }
    outcome.pictures = [_picture(compared)]
    outcome.cases = [_case(pair) for pair in compared]
    return outcome


def _ratio(table: Any, statistic: Any) -> Figure:
    """A statistic of column sums, with its bootstrap interval over recordings."""
    random = np.random.default_rng(SEED)
    count = len(table)
    drawn = [statistic(table[random.integers(0, count, count)].sum(axis=0)) for _ in range(ROUNDS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Figure(float(statistic(table.sum(axis=0))), float(low), float(high))


def _picture(compared: Sequence[Compared]) -> Picture:
    return Picture(
        "What recognition costs",
        chart(
            [
                Series("live", [(p.clip.seconds, p.live.cpu) for p in compared], "points"),
                Series("offline", [(p.clip.seconds, p.offline_cpu) for p in compared], "points"),
            ],
            title="CPU seconds of recognition",
            x_label="seconds of speech",
            y_label="CPU seconds",
        ),
        "Each recording twice: on the live path with all its attempts, and offline.",
    )


def _case(pair: Compared) -> dict[str, Any]:
    return {
        "id": pair.clip.id,
        "said": pair.clip.text,
        "live": pair.live.text,
        "offline": pair.offline,
        "errors_live": pair.live_errors.errors,
        "errors_offline": pair.offline_errors.errors,
        "attempts": pair.live.attempts,
        "cpu_live_s": round(pair.live.cpu, 3),
        "cpu_offline_s": round(pair.offline_cpu, 3),
    }
