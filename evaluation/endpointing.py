"""How soon turns end, and how many are cut off: our rule beside every fixed silence.

Works on the pauses that `evaluation.pauses` collects from recordings (they are collected first
where that has not been done). A turn is over when the silence is long enough and its words are
known, whichever comes later; it is cut off when that happens before its last audible sound. The
wait is counted from the last audible sound. Both rules get the same voice activity and the same
recognizer, which begins in the pause and does not wait for the decision.

    python -m evaluation.endpointing --set FOLDER [--set FOLDER ...] [--recognition 0.2]

Prints a table and writes the curve to `build/endpointing.html`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from evaluation.cases import CasesError
from evaluation.pauses import Pause, Turn, collect, load_ears
from evaluation.svg import STYLE, Limit, Series, chart
from voicebot.config import Settings
from voicebot.conversation.turns import Evidence, Patience, silence_needed
from voicebot.engines.base import EngineError
from voicebot.models import ModelMissing

FIXED: Final = tuple(round(0.05 * step, 2) for step in range(4, 31))
"""Seconds of fixed silence that are tried."""
SCALES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0)
"""What our waits are multiplied by to draw a curve; 1 is what is in force."""
BAR: Final = 0.03
"""The part of turns that may be cut off."""

_AUDIBLE: Final = 0.03  # seconds by which the end of sound is uncertain

Rule = Callable[[Turn, Pause, float], float]
"""The silence needed in a pause of a turn; the last argument is the turn's longest gap so far."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule did with some turns: how many, the part cut off, waits of the others (s)."""

    turns: int
    cut_off: float
    p50: float
    p95: float
    mean: float
    cut: tuple[tuple[Turn, Pause], ...] = ()


def ours(patience: Patience, *, semantic: bool = True) -> Rule:
    """The rule in force; without the turn predictor's hint where `semantic` is False."""

    def rule(turn: Turn, pause: Pause, longest_gap: float) -> float:
        hint = pause.hint if semantic else None
        return silence_needed(Evidence(turn.expects, pause.text, hint, longest_gap), patience)

    return rule


def fixed(seconds: float) -> Rule:
    """A silence that is always the same."""
    return lambda turn, pause, longest_gap: seconds


def outcome(turns: Sequence[Turn], rule: Rule, recognition: float) -> Outcome:
    """Let a rule end turns, where recognition takes `recognition` seconds from a pause's notice.

    Turns without any words are left out: nothing is answered there. Raises ValueError where no
    turn is left.
    """
    waits: list[float] = []
    cut: list[tuple[Turn, Pause]] = []
    for turn in turns:
        decided = _decided(turn, rule, recognition)
        if decided is None:
            continue
        at, pause = decided
        if at < turn.end - _AUDIBLE:
            cut.append((turn, pause))
        else:
            waits.append(at - turn.end)
    if not waits:
        raise ValueError("no turn in which words were recognized and that was not cut off")
    p50, p95 = (float(p) for p in np.percentile(waits, [50, 95]))
    count = len(waits) + len(cut)
    return Outcome(count, len(cut) / count, p50, p95, float(np.mean(waits)), tuple(cut))


def _decided(turn: Turn, rule: Rule, recognition: float) -> tuple[float, Pause] | None:
    """When the turn is declared over, and in which pause; None: it has no words."""
    longest_gap = 0.0
    for pause in turn.pauses:
        if pause.text:
            silent = pause.at + rule(turn, pause, longest_gap)
            over = max(silent, pause.noticed + recognition)
            if pause.resumption_noticed is None or over < pause.resumption_noticed:
                return over, pause
        if pause.resumed is not None:
            longest_gap = max(longest_gap, pause.resumed - pause.at)
    return None


def advantage(us: Outcome, rivals: Sequence[Outcome]) -> tuple[float, Outcome] | None:
    """By how much our median wait is below the best rival's that cuts off no more (0.3: 30 %)."""
    equals = [rival for rival in rivals if rival.cut_off <= us.cut_off + 1e-9]
    if not equals:
        return None
    best = min(equals, key=lambda rival: rival.p50)
    return 1.0 - us.p50 / best.p50, best


# ── the report ────────────────────────────────────────────────────────────────────────────────


def report(name: str, turns: Sequence[Turn], recognition: float) -> tuple[str, str]:
    """A table as text, and the curve as SVG."""
    patience = Patience()
    rivals = [(seconds, outcome(turns, fixed(seconds), recognition)) for seconds in FIXED]
    scaled = [
        (scale, outcome(turns, ours(replace(patience, scale=scale)), recognition))
        for scale in SCALES
    ]
    us = outcome(turns, ours(patience), recognition)
    lines = [f"{name}: {us.turns} turns", _line("ours", us)]
    lines.append(_line("without hint", outcome(turns, ours(patience, semantic=False), recognition)))
    lines += [_line(f"fixed {seconds:.2f} s", rival) for seconds, rival in rivals[::2]]
    beaten = advantage(us, [rival for _, rival in rivals])
    if beaten is not None:
        share, best = beaten
        lines.append(
            f"  median wait {share:.0%} below the best fixed silence that cuts off no more "
            f"({best.cut_off:.1%}, {best.p50 * 1000:.0f} ms)"
        )
    lines += [
        f"  cut off: {turn.clip} after {pause.text!r} (hint {_shown(pause.hint)})"
        for turn, pause in us.cut
    ]
    picture = chart(
        [
            Series("ours, more or less patient", _points([o for _, o in scaled])),
            Series("fixed silence", _points([o for _, o in rivals])),
            Series("in force", _points([us]), "points"),
        ],
        title=f"{name}: median wait against turns cut off",
        x_label="turns cut off (%)",
        y_label="median wait (ms)",
        limits=[Limit(BAR * 100, "3 %", upright=True)],
    )
    return "\n".join(lines), picture


def _points(outcomes: Sequence[Outcome]) -> list[tuple[float, float]]:
    return [(one.cut_off * 100, one.p50 * 1000) for one in outcomes]


def _line(name: str, one: Outcome) -> str:
    return (
        f"  {name:14} cut off {one.cut_off:6.1%}   wait p50 {one.p50 * 1000:5.0f} ms   "
        f"p95 {one.p95 * 1000:5.0f} ms   mean {one.mean * 1000:5.0f} ms"
    )


def _shown(hint: float | None) -> str:
    return "none" if hint is None else f"{hint:.2f}"


def _page(pictures: Sequence[str]) -> str:
    body = "\n".join(f"<figure>{picture}</figure>" for picture in pictures)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Endpointing</title>'
        f"<style>{STYLE}</style><h1>When a turn is over</h1>{body}</html>\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.endpointing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--set", action="append", type=Path, required=True, dest="sets")
    parser.add_argument("--recognition", type=float, default=0.2, help="seconds it takes")
    parser.add_argument("--pauses", type=Path, default=Path("build/pauses"), help="kept there")
    parser.add_argument("--out", type=Path, default=Path("build/endpointing.html"))
    given = parser.parse_args(arguments)
    collected: list[tuple[str, list[Turn]]] = []
    try:
        ears = load_ears(Settings())
        for folder in given.sets:
            name = folder.resolve().name
            collected.append((name, list(collect(folder, ears, given.pauses / f"{name}.jsonl"))))
        if len(collected) > 1:
            collected.append(("all together", [turn for _, turns in collected for turn in turns]))
        reports = [report(name, turns, given.recognition) for name, turns in collected]
    except (CasesError, ModelMissing, EngineError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n\n".join(text for text, _ in reports))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(_page([picture for _, picture in reports]), encoding="utf-8")
    print(f"\n{given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
