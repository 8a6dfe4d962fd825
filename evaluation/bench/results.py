"""What the benchmarks found, against what has to be reached; as nested JSON and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from evaluation.bench.intervals import Figure


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure has to reach: at most or at least `limit`; `scale` and `unit` are for people.

    `key` is the figure's place in the JSON, its parts joined by dots.
    """

    key: str
    what: str
    limit: float
    direction: Literal["at most", "at least"] = "at most"
    unit: str = "ms"
    scale: float = 1.0

    def reached(self, value: float) -> bool:
        """Is `value` good enough?"""
        return value <= self.limit if self.direction == "at most" else value >= self.limit


BARS: Final = (
    Bar("voice_to_voice_ms.p50", "end of speech to first audio, median", 500),
    Bar("voice_to_voice_ms.p95", "end of speech to first audio, 95th percentile", 1000),
    Bar("decided_to_audio_ms.p50", "turn is over to first audio, median", 80),
    Bar("decided_to_audio_ms.p95", "turn is over to first audio, 95th percentile", 350),
    Bar("cut_off_rate", "turns cut off", 0.03, unit="%", scale=100),
    Bar("endpointing.gain", "faster than the best fixed silence", 0.3, "at least", "%", 100),
    Bar("asr.wer_above", "word errors above offline Whisper", 0.01, unit="points", scale=100),
    Bar("asr.cpu_ratio", "CPU of recognition, offline is 1", 1 / 3, unit=""),
    Bar("concurrent.p95_ratio", "ten callers: 95th percentile, one caller is 1", 2, unit=""),
    Bar("concurrent.max_gap_ms", "ten callers: longest gap in what the bot says", 40),
    Bar("concurrent.refused_politely", "one call too many is refused politely", 1, "at least", ""),
    Bar("silent.core_per_call", "silent call: of one core", 0.01, unit="%", scale=100),
    Bar("silent.bytes_per_call", "silent call: memory", 300e3, unit="kB", scale=1e-3),
    Bar("interruption.stop_ms_p95", "interruption to silence, 95th percentile", 150),
    Bar("interruption.audio_after_clear", "audio after clear", 0, unit="samples"),
    Bar("interruption.false_stop_rate", "stopped for good by mm-hmm", 0.05, unit="%", scale=100),
    Bar("interruption.miss_rate", "real interruptions missed", 0.03, unit="%", scale=100),
    Bar("peer.voice_to_voice_ratio", "peer's median, ours is 1", 3, "at least", ""),
    Bar("peer.calls_ratio", "calls at equal p95, the peer's are 1", 5, "at least", ""),
    Bar("soak.growth_mb", "memory grown after the first fifty calls", 20, unit="MB"),
)

ALWAYS: Final = (
    "asr.wer_live",
    "asr.wer_offline",
    "concurrent.calls",
    *(bar.key for bar in BARS),
)
"""Keys that every result has, null where nothing was measured."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG with what it shows."""

    title: str
    svg: str
    caption: str = ""


@dataclass(slots=True)
class Outcome:
    """What one benchmark found. `figures` by key; `notes` are sentences for the reader."""

    name: str
    figures: dict[str, Figure | float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)
    partial: bool = False
    seconds: float = 0.0
    failure: str = ""

    def put(self, key: str, figure: Figure | float | None, scale: float = 1.0) -> None:
        """Keep a figure, times `scale`; None is left out."""
        if isinstance(figure, Figure):
            self.figures[key] = Figure(
                figure.value * scale, figure.low * scale, figure.high * scale
            )
        elif figure is not None:
            self.figures[key] = figure * scale


def value_of(figure: Figure | float) -> float:
    """The number itself."""
    return figure.value if isinstance(figure, Figure) else figure


def as_json(
    outcomes: Sequence[Outcome], description: Mapping[str, Any], mode: str
) -> dict[str, Any]:
    """The content of bench.json: every key of `ALWAYS` nested by its dots, and what surrounds it.

    `intervals` has [low, high] by key; `not_run` names the benchmarks without a result.
    """
    figures = {key: figure for outcome in outcomes for key, figure in outcome.figures.items()}
    result: dict[str, Any] = {"mode": mode}
    for key in dict.fromkeys((*ALWAYS, *figures)):
        _put(result, key, _rounded(value_of(figures[key])) if key in figures else None)
    result["intervals"] = {
        key: [_rounded(figure.low), _rounded(figure.high)]
        for key, figure in figures.items()
        if isinstance(figure, Figure)
    }
    result["reached"] = {
        bar.key: bar.reached(value_of(figures[bar.key])) for bar in BARS if bar.key in figures
    }
    result["null_because"] = {
        key: "not measured in this run" for key in ALWAYS if key not in figures
    }
    result["benchmarks"] = {
        outcome.name: {
            "seconds": round(outcome.seconds, 1),
            "partial": outcome.partial,
            "failure": outcome.failure,
            "counts": outcome.counts,
            "notes": outcome.notes,
            "cases": outcome.cases,
        }
        for outcome in outcomes
    }
    result["partial"] = any(outcome.partial for outcome in outcomes)
    result.update(description)
    return result


def _put(result: dict[str, Any], key: str, value: float | None) -> None:
    *path, last = key.split(".")
    for part in path:
        result = result.setdefault(part, {})
    result[last] = value


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
