"""Pictures of figures as SVG, to be put into an HTML page: no library, no script, no font.

Every function returns one `<svg>` element. Colours come from the classes c0 to c5 and the page's
text colour, so that a picture fits a light and a dark page; `STYLE` holds the rules.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

WIDTH: Final = 720
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 16, 44
_ROW: Final = 26

STYLE: Final = """
svg{max-width:100%;height:auto;font:12px system-ui,sans-serif;fill:currentColor}
svg .axis{stroke:currentColor;stroke-opacity:.5;fill:none}
svg .grid{stroke:currentColor;stroke-opacity:.12;fill:none}
svg .limit{stroke:#c62828;stroke-dasharray:5 4;fill:none}
svg .line{fill:none;stroke-width:2}
svg .c0{--c:#1f77b4} svg .c1{--c:#e07b00} svg .c2{--c:#2e9f5b}
svg .c3{--c:#8e5bc0} svg .c4{--c:#b8435b} svg .c5{--c:#7f7f7f}
svg .line{stroke:var(--c)} svg .fill{fill:var(--c)}
"""


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one kind: a `line` through them, `steps`, or the `points` alone."""

    name: str
    points: Sequence[tuple[float, float]]
    kind: Literal["line", "steps", "points"] = "line"


@dataclass(frozen=True, slots=True)
class Limit:
    """A dashed line at `value`, across the picture or (`upright`) from top to bottom."""

    value: float
    label: str
    upright: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A bar of a waterfall, from `start` to `end`, with what is written beside it."""

    label: str
    start: float
    end: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.begin + share * (self.end - self.begin), 1)


def ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round numbers from `low` (or just above) to `high`, `about` as many as asked for."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def chart(
    series: Sequence[Series],
    *,
    title: str,
    x_label: str,
    y_label: str,
    limits: Sequence[Limit] = (),
    height: int = 320,
) -> str:
    """Lines and points over two linear axes that begin at zero (or below, where values do)."""
    points = [point for one in series for point in one.points if _finite(point)]
    xs = [x for x, _ in points] + [limit.value for limit in limits if limit.upright]
    ys = [y for _, y in points] + [limit.value for limit in limits if not limit.upright]
    x, y = _scales(xs, ys, height)
    parts = [_axes(x, y, x_label, y_label, height)]
    parts += [_limit(limit, x, y) for limit in limits]
    for number, one in enumerate(series):
        parts.append(_drawn(one, number, x, y))
    parts.append(_legend([one.name for one in series]))
    return _svg(title, height, parts)


def histogram(
    values: Sequence[float],
    *,
    title: str,
    x_label: str,
    limits: Sequence[Limit] = (),
    bins: int = 30,
    height: int = 240,
) -> str:
    """How many values lie in each of `bins` equal steps; `limits` stand upright."""
    kept = [value for value in values if math.isfinite(value)]
    if not kept:
        return _empty(title)
    low, high = min(0.0, *kept), max(*kept, *(limit.value for limit in limits), 1e-9)
    width = (high - low) / bins
    counts = [0] * bins
    for value in kept:
        counts[min(bins - 1, int((value - low) / width))] += 1
    x, y = _scales([low, high], [0.0, float(max(counts))], height)
    parts = [_axes(x, y, x_label, "count", height)]
    for number, count in enumerate(counts):
        left, right = x(low + number * width), x(low + (number + 1) * width)
        parts.append(_rect(left, y(count), max(1.0, right - left - 1), y(0) - y(count), "fill c0"))
    parts += [_limit(limit, x, y) for limit in limits]
    return _svg(title, height, parts)


def waterfall(spans: Sequence[Span], *, title: str, unit: str) -> str:
    """One bar under the other, each where it begins and ends; written beside it what it is."""
    if not spans:
        return _empty(title)
    label_width = 190
    height = _TOP + _ROW * len(spans) + _BOTTOM
    low = min(0.0, *(span.start for span in spans))
    high = max(*(span.end for span in spans), low + 1e-9)
    x = _Scale(low, high, label_width, WIDTH - 90)
    bottom = height - _BOTTOM
    parts = []
    for tick in ticks(low, high):
        parts.append(f'<path class="grid" d="M{x(tick)} {_TOP}V{bottom}"/>')
        parts.append(_text(x(tick), bottom + 16, f"{tick:g}", "middle"))
    parts.append(_text((label_width + WIDTH - 90) / 2, height - 8, unit, "middle"))
    for number, span in enumerate(spans):
        top = _TOP + number * _ROW
        left, right = x(span.start), x(span.end)
        parts.append(_text(label_width - 8, top + 16, span.label, "end"))
        parts.append(_rect(left, top + 4, max(1.5, right - left), _ROW - 9, f"fill c{number % 6}"))
        parts.append(_text(right + 6, top + 16, span.note, "start"))
    return _svg(title, height, parts)


def meter(value: float, limit: float, *, worst: float, title: str) -> str:
    """A small bar for a table: `value` beside its `limit`, on an axis from 0 to `worst`."""
    width, height = 160, 14
    scale = _Scale(0.0, max(worst, limit, 1e-9), 0.0, width - 2.0)
    long = max(1.0, min(scale(max(0.0, value)), width - 2.0))
    at = scale(limit)
    return (
        f'<svg role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f"<title>{escape(title)}</title>{_rect(0, 3, long, 8, 'fill c0')}"
        f'<path class="limit" style="stroke-dasharray:none" d="M{at} 0V{height}"/></svg>'
    )


# ── the parts of a picture ────────────────────────────────────────────────────────────────────


def _scales(xs: Sequence[float], ys: Sequence[float], height: int) -> tuple[_Scale, _Scale]:
    x_low, x_high = min(0.0, *xs, 0.0), max(*xs, 0.0, 1e-9)
    y_low, y_high = min(0.0, *ys, 0.0), max(*ys, 0.0, 1e-9) * 1.05
    return (
        _Scale(x_low, x_high, _LEFT, WIDTH - _RIGHT),
        _Scale(y_low, y_high, height - _BOTTOM, _TOP),
    )


def _axes(x: _Scale, y: _Scale, x_label: str, y_label: str, height: int) -> str:
    bottom = height - _BOTTOM
    parts = [f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{WIDTH - _RIGHT}"/>']
    for tick in ticks(x.low, x.high):
        parts.append(f'<path class="grid" d="M{x(tick)} {_TOP}V{bottom}"/>')
        parts.append(_text(x(tick), bottom + 16, f"{tick:g}", "middle"))
    for tick in ticks(y.low, y.high, 5):
        parts.append(f'<path class="grid" d="M{_LEFT} {y(tick)}H{WIDTH - _RIGHT}"/>')
        parts.append(_text(_LEFT - 6, y(tick) + 4, f"{tick:g}", "end"))
    parts.append(_text((_LEFT + WIDTH - _RIGHT) / 2, height - 8, x_label, "middle"))
    middle = (_TOP + bottom) / 2
    parts.append(
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_label)}</text>"
    )
    return "".join(parts)


def _drawn(one: Series, number: int, x: _Scale, y: _Scale) -> str:
    points = [point for point in one.points if _finite(point)]
    colour = f"c{number % 6}"
    if one.kind == "points":
        dots = (f'<circle cx="{x(a)}" cy="{y(b)}" r="4"/>' for a, b in points)
        return f'<g class="fill {colour}">{"".join(dots)}</g>'
    if not points:
        return ""
    path = f"M{x(points[0][0])} {y(points[0][1])}"
    for a, b in points[1:]:
        path += f"H{x(a)}V{y(b)}" if one.kind == "steps" else f"L{x(a)} {y(b)}"
    return f'<path class="line {colour}" d="{path}"/>'


def _limit(limit: Limit, x: _Scale, y: _Scale) -> str:
    if limit.upright:
        at = x(limit.value)
        line = f"M{at} {y.end}V{y.begin}"
        near_end = at > WIDTH - 160
        written = _text(at + (-5 if near_end else 5), _TOP + 12, limit.label, "end" * near_end)
    else:
        at = y(limit.value)
        line = f"M{_LEFT} {at}H{WIDTH - _RIGHT}"
        written = _text(WIDTH - _RIGHT - 4, at - 5, limit.label, "end")
    return f'<path class="limit" d="{line}"/>{written}'


def _legend(names: Sequence[str]) -> str:
    if len(names) < 2:
        return ""
    parts = []
    for number, name in enumerate(names):
        top = _TOP + 4 + 18 * number
        parts.append(_rect(WIDTH - 210, top, 12, 12, f"fill c{number % 6}"))
        parts.append(_text(WIDTH - 192, top + 10, name))
    return "".join(parts)


def _rect(left: float, top: float, width: float, height: float, classes: str) -> str:
    return (
        f'<rect class="{classes}" x="{left:.1f}" y="{top:.1f}" '
        f'width="{width:.1f}" height="{max(0.0, height):.1f}"/>'
    )


def _text(left: float, top: float, text: str, anchor: str = "") -> str:
    anchored = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{left:.1f}" y="{top:.1f}"{anchored}>{escape(text)}</text>' if text else ""


def _empty(title: str) -> str:
    return _svg(title, 60, [_text(WIDTH / 2, 34, "nothing was measured", "middle")])


def _svg(title: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _finite(point: tuple[float, float]) -> bool:
    return math.isfinite(point[0]) and math.isfinite(point[1])
