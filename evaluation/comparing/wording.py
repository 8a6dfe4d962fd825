"""Figures and their changes in words and digits, as a report or a console says them."""

from __future__ import annotations

from typing import Final

from evaluation.bench.intervals import Figure
from evaluation.scoring.model import Stage

STAGES: Final[dict[Stage, str]] = {
    "activity": "voice activity and endpointing",
    "recognition": "recognition",
    "understanding": "understanding",
    "dialogue": "dialogue",
    "turn_taking": "turn-taking",
    "speech_output": "speech output",
    "whole": "the whole",
    "conversions": "conversions",
}
"""The stages as people call them."""


def amount(value: float, unit: str) -> str:
    """A figure with its unit: "93.5 %", "640 ms", "5.2 turns"."""
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "ms":
        return f"{value:.0f} ms"
    return f"{value:.3g} {unit}"


def change(value: float, unit: str) -> str:
    """A difference with its sign: "+3.1 points" of a share, "-120 ms"."""
    if unit == "share":
        return f"{100 * value:+.1f} points"
    return f"{value:+.0f} ms" if unit == "ms" else f"{value:+.3g} {unit}"


def spread(figure: Figure, unit: str, *, signed: bool = False) -> str:
    """A figure with its interval in brackets; `signed` where it is a difference."""
    say = change if signed else amount
    return f"{say(figure.value, unit)} ({say(figure.low, unit)} to {say(figure.high, unit)})"


def chance(p: float) -> str:
    """A p value as one writes it."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def listed(names: tuple[str, ...]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
