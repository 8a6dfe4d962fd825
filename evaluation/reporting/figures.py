"""Figures as people read them: percent, milliseconds, and the interval beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from evaluation.bench.intervals import Figure
from evaluation.scoring.model import Metric

_MINUS: Final = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure in words: its value with the unit, its interval, and both as shares of the scale.

    `at`, `low` and `high` say where they lie on a bar from 0 to 1; None where there is no bar.
    """

    value: str
    interval: str
    at: float | None = None
    low: float | None = None
    high: float | None = None


def number(value: float, unit: str, *, sign: bool = False) -> str:
    """`value` of `unit` for people; a share in percent. `sign` writes the plus as well."""
    if not math.isfinite(value):
        return "unbounded"
    if unit == "share":
        text, unit = _rounded(value * 100), "%"
    elif unit in ("ms", "s", "turns"):
        text = f"{value:.0f}" if unit == "ms" else _rounded(value)
    else:
        text = _rounded(value)
    plus = "+" if sign and value > 0 else ""
    return f"{plus}{text.replace('-', _MINUS)} {unit}".strip()


def interval(figure: Figure, unit: str) -> str:
    """The interval alone: "66 to 87 %"; where there is none, why."""
    if not (math.isfinite(figure.low) and math.isfinite(figure.high)):
        return "too few calls to tell"
    low, high = number(figure.low, unit), number(figure.high, unit)
    return f"{low.rsplit(' ', 1)[0] if ' ' in low else low} to {high}"


def shown(figure: Figure, unit: str, widest: float | None = None) -> Shown:
    """A figure with its interval; on a bar up to `widest` (1 for shares) where there is one."""
    most = 1.0 if unit == "share" and widest is None else widest
    value, between = number(figure.value, unit), interval(figure, unit)
    if not most or not math.isfinite(figure.value):
        return Shown(value, between)
    at, low, high = (
        min(max(part / most, 0.0), 1.0) if math.isfinite(part) else 0.0
        for part in (figure.value, figure.low, figure.high)
    )
    return Shown(value, between, at, low, high)


def shown_metric(metric: Metric) -> Shown | None:
    """A metric's figure on the bar that its tags share; None where nothing was measured."""
    if metric.figure is None:
        return None
    return shown(metric.figure, metric.unit, widest(metric))


def widest(metric: Metric) -> float | None:
    """How far the bars of a metric reach: shares up to 1, else the largest of its figures."""
    if metric.figure is None:
        return None
    figures = [metric.figure, *metric.by_tag.values()]
    highest = max((f.high for f in figures if math.isfinite(f.high)), default=0.0)
    if metric.unit == "share" and highest <= 1.0:
        return 1.0
    return highest if highest > 0 else None


def counted(count: int, thing: str) -> str:
    """ "1 call", "3 calls"."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def clock(seconds: float) -> str:
    """A moment of a call: 0:07.3."""
    minutes, rest = divmod(max(seconds, 0.0), 60.0)
    if round(rest, 1) >= 60.0:
        minutes, rest = minutes + 1, 0.0
    return f"{int(minutes)}:{rest:04.1f}"


def _rounded(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= 10 else f"{value:.2g}"
