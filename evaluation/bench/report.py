"""The results as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from evaluation.bench.intervals import Figure
from evaluation.bench.results import BARS, Bar, Outcome, value_of
from evaluation.svg import STYLE, meter

_CSS: Final = """
:root{color-scheme:light dark;--line:#8884;--good:#2e7d32;--bad:#c62828}
@media(prefers-color-scheme:dark){:root{--good:#7bc77f;--bad:#ff8a80}}
body{font:15px/1.5 system-ui,sans-serif;max-width:900px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin-bottom:.2rem}h2{margin-top:2.2rem;border-top:1px solid var(--line);
padding-top:1rem;text-transform:capitalize}h3{margin-bottom:.3rem}
table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;text-align:left;
border-bottom:1px solid var(--line)}td.n{text-align:right;font-variant-numeric:tabular-nums;
white-space:nowrap}.good{color:var(--good);font-weight:600}.bad{color:var(--bad);font-weight:600}
.quiet,figcaption,.note{opacity:.75}figure{margin:1rem 0}pre{overflow:auto;font-size:12px}
.banner{border:2px solid var(--bad);padding:.5rem 1rem}
.scroll{overflow-x:auto;max-height:30rem;overflow-y:auto;font-size:13px}
"""


def page(outcomes: Sequence[Outcome], result: Mapping[str, Any]) -> str:
    """The page; `result` is the content of bench.json."""
    machine = result["machine"]
    head = (
        f"<h1>Benchmarks of the voice agent</h1><p class=quiet>{escape(str(result['mode']))} run, "
        f"{escape(str(result['finished']))} · {escape(machine['processor'])}, "
        f"{machine['cores']} cores, {machine['memory_gb']} GB · load before "
        f"{machine['load_before'][0]} · sets: {escape(', '.join(result['sets']))} · "
        f"{escape(result['versions']['commit'])}</p>"
    )
    parts = [head]
    if result["partial"]:
        parts.append("<p class=banner>This run was cut short: its figures are partial.</p>")
    parts.append(_summary(outcomes))
    parts += [_section(outcome) for outcome in outcomes]
    parts.append(_details("Machine, versions and settings", _surroundings(result)))
    return (
        "<!DOCTYPE html><html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>Benchmarks</title><style>{_CSS}{STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _summary(outcomes: Sequence[Outcome]) -> str:
    figures = {key: figure for outcome in outcomes for key, figure in outcome.figures.items()}
    rows = "".join(_row(bar, figures.get(bar.key)) for bar in BARS)
    return (
        "<table><thead><tr><th>what<th>measured<th>95 % interval<th>to reach<th><th>"
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(bar: Bar, figure: Figure | float | None) -> str:
    limit = f"{bar.direction} {_number(bar.limit * bar.scale)} {bar.unit}".strip()
    if figure is None:
        return (
            f"<tr class=quiet><td>{escape(bar.what)}<td class=n>not run<td>"
            f"<td class=n>{escape(limit)}<td><td></tr>"
        )
    value = value_of(figure) * bar.scale
    interval = ""
    if isinstance(figure, Figure):
        interval = f"{_number(figure.low * bar.scale)} – {_number(figure.high * bar.scale)}"
    reached = bar.reached(value_of(figure))
    verdict = "<td class=good>reached" if reached else "<td class=bad>missed"
    at = bar.limit * bar.scale
    drawn = meter(value, at, worst=max(2 * at, 1e-9), title=f"{_number(value)}, limit {at:g}")
    return (
        f"<tr><td>{escape(bar.what)}<td class=n>{_number(value)} {escape(bar.unit)}"
        f"<td class=n>{interval}<td class=n>{escape(limit)}<td>{drawn}{verdict}</tr>"
    )


def _section(outcome: Outcome) -> str:
    parts = [f"<h2>{escape(outcome.name)}</h2>"]
    if outcome.failure:
        parts.append(f"<p class=bad>Not measured: {escape(outcome.failure)}</p>")
    if outcome.partial:
        parts.append("<p class=bad>Cut short: partial.</p>")
    counts = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in outcome.counts.items())
    parts.append(f"<p class=quiet>{escape(counts)} · {outcome.seconds:.0f} s</p>")
    parts += [
        f"<figure><h3>{escape(picture.title)}</h3>{picture.svg}"
        f"<figcaption>{escape(picture.caption)}</figcaption></figure>"
        for picture in outcome.pictures
    ]
    parts += [f"<p class=note>{escape(note)}</p>" for note in outcome.notes]
    parts.append(_details("All figures", _figures(outcome)))
    if outcome.cases:
        parts.append(_details(f"All {len(outcome.cases)} cases", _cases(outcome.cases)))
    return "".join(parts)


def _figures(outcome: Outcome) -> str:
    rows = []
    for key, figure in outcome.figures.items():
        interval = ""
        if isinstance(figure, Figure):
            interval = f"{_number(figure.low)} – {_number(figure.high)}"
        rows.append(
            f"<tr><td>{escape(key)}<td class=n>{_number(value_of(figure))}"
            f"<td class=n>{interval}</tr>"
        )
    return f"<table>{''.join(rows)}</table>"


def _cases(cases: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(key for case in cases for key in case))
    head = "".join(f"<th>{escape(column)}" for column in columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(_shown(case.get(c)))}" for c in columns) + "</tr>"
        for case in cases
    )
    return f"<div class=scroll><table><tr>{head}</tr>{rows}</table></div>"


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {inner}" for key, inner in value.items())
    return "" if value is None else str(value)


def _surroundings(result: Mapping[str, Any]) -> str:
    lines = []
    for part in ("machine", "versions", "settings"):
        for key, value in result[part].items():
            lines.append(f"{part}.{key}: {value}")
    return f"<pre>{escape(chr(10).join(lines))}</pre>"


def _details(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"
