"""What a question "what if" is answered with: plain values, for the console, JSON and the page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

FOLDER: Final = "what-if"
"""In a run's folder: one JSON file an answer."""
_LARGEST: Final = 16 * 1024 * 1024

Kind = Literal["policy", "recognition", "understanding"]
Effect = Literal["same", "better", "worse", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One turn as it was and as it would have been.

    `at` are seconds since the call began, `then` and `now` what is compared, in words; `effect`
    says which way it goes where that can be told. `seconds` is by how much sooner (negative) or
    later the turn would have been taken.
    """

    call: str
    at: float
    then: str
    now: str
    effect: Effect
    why: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """A figure as it was and as it would have been; None: it can't be told."""

    title: str
    then: float | None
    now: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """An answer. `judged` of `turns` could be told; the others lie behind a turn that would have
    gone differently (`hypothetical`). `unusable` says why calls were left out, `limits` what the
    answer does not cover."""

    kind: Kind
    question: str
    calls: int
    turns: int
    judged: int
    hypothetical: int
    totals: tuple[Total, ...]
    differences: tuple[Difference, ...]
    unusable: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


class AnswerError(ValueError):
    """A kept answer can't be read; the message names the file."""


_SHAPE: Final = TypeAdapter(WhatIf)


def keep(answer: WhatIf, path: Path) -> None:
    """Write it as JSON; the file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(json.dumps(asdict(answer), indent=1, ensure_ascii=False) + "\n", "utf-8")
    draft.replace(path)


def kept(folder: Path) -> list[WhatIf]:
    """The answers in a run's folder, by name. Raises AnswerError."""
    return [read(path) for path in sorted((folder / FOLDER).glob("*.json"))]


def read(path: Path) -> WhatIf:
    """One answer. Raises AnswerError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise AnswerError(f"{path} is larger than any answer")
        return _SHAPE.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise AnswerError(f"{path} is no answer to a what-if: {error}") from error


def table(answer: WhatIf, most: int = 20) -> str:
    """The answer for a console."""
    lines = [
        answer.question,
        f"{answer.judged} of {answer.turns} turns in {answer.calls} calls can be told"
        + (f"; {answer.hypothetical} lie behind one that changes" if answer.hypothetical else ""),
        "",
    ]
    rows = [("", "then", "now")]
    rows += [(t.title, _shown(t.then, t.unit), _shown(t.now, t.unit)) for t in answer.totals]
    lines += _columns(rows)
    lines += [f"{name}: {count}" for name, count in answer.counts.items()]
    telling = telling_first(answer.differences)
    if telling:
        lines += ["", "turn by turn:"]
        lines += [
            f"  {_MARKS[one.effect]} {one.call} at {one.at:.1f} s: {one.then} -> {one.now}"
            + (f" ({one.why})" if one.why else "")
            for one in telling[:most]
        ]
        if len(telling) > most:
            lines.append(f"  and {len(telling) - most} more, in the JSON file")
    lines += ["", *(f"left out: {reason}" for reason in answer.unusable)]
    lines += [f"note: {limit}" for limit in answer.limits]
    return "\n".join(lines)


def telling_first(differences: Sequence[Difference]) -> list[Difference]:
    """Those that make a difference, other outcomes before mere times."""
    found = [one for one in differences if one.effect != "same"]
    return sorted(found, key=lambda one: not one.why)


_MARKS: Final[Mapping[Effect, str]] = {"same": "=", "better": "+", "worse": "-", "changed": "~"}


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "not known"
    if unit == "share":
        return f"{value:.1%}"
    return f"{value:.0f} {unit}".strip()


def _columns(rows: Sequence[Iterable[str]]) -> list[str]:
    cells = [list(row) for row in rows]
    widths = [max(len(row[n]) for row in cells) for n in range(3)]
    return [
        f"  {row[0]:{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}" for row in cells
    ]
