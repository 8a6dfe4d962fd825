"""Scores of a run: verdicts of calls, metrics by stage with intervals, and what explains them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from evaluation.bench.intervals import Figure
from evaluation.statistics.bootstrap import Kind

Stage = Literal[
    "activity",
    "recognition",
    "understanding",
    "dialogue",
    "turn_taking",
    "speech_output",
    "whole",
    "conversions",
]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a stage.

    `key` is unique in a run ("recognition.wer"), `unit` is "share", "ms", "turns", "points" ...,
    `better` says which direction is. `figure` is None where nothing could be measured, and
    `because` says why. `by_tag` is the same by tag of the case. `samples` are the values by call
    that the figure is made of, keyed by (case, attempt), so that two runs can be compared call by
    call; `kind` says how they make the figure (`evaluation.statistics.bootstrap`).
    """

    key: str
    title: str
    stage: Stage
    unit: str
    better: Literal["higher", "lower"]
    kind: Kind
    figure: Figure | None
    because: str = ""
    by_tag: Mapping[str, Figure] = field(default_factory=dict)
    samples: Mapping[tuple[str, int], tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Was a call as it had to be? `reasons` name what was not, for people; empty when passed."""

    case: str
    attempt: int
    passed: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Aligned:
    """A turn's reference and what was heard, word by word: (op, said, heard) with op one of
    "=", "S" (another word), "D" (left out), "I" (not said)."""

    case: str
    attempt: int
    turn: int
    errors: int
    words: int
    pairs: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of (expected intent, found intent), on the reference text or on what was heard."""

    basis: Literal["reference", "heard"]
    counts: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Turns whose confidence lay from `low` to `high`: their number, mean confidence, accuracy."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Everything that is said of a run.

    `calibration` is that on what was heard. `latencies` are single waits in milliseconds: "onset",
    "end_of_turn", "response", "yield", "voice_to_voice", and "stage.<name>" for each stage of the
    last. `notes` are warnings for the reader.
    """

    metrics: tuple[Metric, ...]
    verdicts: tuple[Verdict, ...]
    alignments: tuple[Aligned, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    latencies: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def metric(self, key: str) -> Metric:
        """The metric of that key. Raises KeyError."""
        for metric in self.metrics:
            if metric.key == key:
                return metric
        raise KeyError(key)
