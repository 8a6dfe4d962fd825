"""The pictures of the report: where the time goes, how waits spread, how honest confidence is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from markupsafe import Markup

from evaluation.bench.turns import STAGES
from evaluation.runs.model import CallerTurn, Run
from evaluation.scoring.model import CalibrationBin, Scores
from evaluation.svg import Limit, Series, Span, chart, histogram, waterfall

WAIT: Final = "whole.voice_to_voice"
"""The metric whose samples are the waits (ms)."""
_NAMES: Final[Mapping[str, str]] = {
    "noticed": "silence is noticed",
    "transcribed": "words are known",
    "decided": "turn declared over",
    "replied": "dialogue has answered",
    "first_audio": "first audio is sent",
    "audible": "first sound arrives",
}
_MS: Final = 1000.0


def waits(scores: Scores) -> list[float]:
    """All waits from voice to voice, in ms."""
    for metric in scores.metrics:
        if metric.key == WAIT:
            return sorted(value for sample in metric.samples.values() for value in sample)
    return []


def distribution(values: Sequence[float], title: str = "Voice to voice") -> Markup | None:
    """How often an answer took how long; None where nothing was measured."""
    if not values:
        return None
    p50, p95 = (float(np.percentile(values, q)) for q in (50, 95))
    limits = [
        Limit(p50, f"half: {p50:.0f} ms", upright=True),
        Limit(p95, f"19 of 20: {p95:.0f} ms", upright=True),
    ]
    return _markup(histogram(values, title=title, x_label="ms", limits=limits))


def share_answered(values: Sequence[float]) -> Markup | None:
    """Which part of the callers had an answer after how long; None where nothing was measured."""
    if not values:
        return None
    ordered = sorted(values)
    points = [(ordered[0], 0.0)]
    points += [(wait, 100.0 * n / len(ordered)) for n, wait in enumerate(ordered, 1)]
    return _markup(
        chart(
            [Series("answered", points, "steps")],
            title="Part of the turns answered within a time",
            x_label="ms after the caller's last sound",
            y_label="% of the turns",
            height=240,
        )
    )


def stage_times(run: Run) -> list[tuple[str, float, float]]:
    """(stage, begin, end) of the mean wait in ms, in the order in which stages come about.

    Only turns whose record has every stage that any of them has are taken, so that the stages add
    up to their mean wait. A stage that is over before the one ahead of it took no time of its own.
    """
    turns = [turn for turn in _ordinary(run) if turn.stages]
    names = [name for name in STAGES if any(name in turn.stages for turn in turns)]
    whole = [turn for turn in turns if all(name in turn.stages for name in names)]
    if not names or not whole:
        return []
    at = np.array([[turn.stages[name] * _MS for name in names] for turn in whole])
    at = np.maximum.accumulate(np.maximum(at, 0.0), axis=1)
    means = at.mean(axis=0)
    begins = np.concatenate(([0.0], means[:-1]))
    return [
        (name, float(begin), float(end))
        for name, begin, end in zip(names, begins, means, strict=True)
    ]


def stage_waterfall(run: Run) -> Markup | None:
    """Where the time goes between the caller's last sound and the bot's first."""
    spans = [
        Span(_NAMES.get(name, name), begin, end, f"{end - begin:.0f} ms")
        for name, begin, end in stage_times(run)
    ]
    if not spans:
        return None
    return _markup(waterfall(spans, title="The mean wait by stage", unit="ms"))


def _ordinary(run: Run) -> Iterable[CallerTurn]:
    for call in run.calls:
        for turn in call.turns:
            usual = not (turn.cut_off or turn.barge_in or turn.backchannel)
            if usual and turn.end is not None and turn.answered is not None:
                yield turn


def calibration(bins: Sequence[CalibrationBin]) -> Markup | None:
    """Confidence against accuracy; on the diagonal confidence is honest."""
    points = [(one.confidence, one.accuracy) for one in bins if one.count]
    if not points:
        return None
    return _markup(
        chart(
            [
                Series("honest", [(0.0, 0.0), (1.0, 1.0)]),
                Series("measured", points, "points"),
            ],
            title="How sure the understanding is, and how often it is right",
            x_label="confidence",
            y_label="part that is right",
            height=280,
        )
    )


def _markup(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - evaluation.svg escapes every text that it is given
