"""The gate: each of its rules held against a run, with the reason in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase

from evaluation.bench.intervals import Figure
from evaluation.comparing.model import Change, Comparison, Floor, Gate, Margin, Rule, Status
from evaluation.comparing.wording import STAGES, amount, chance, change, listed, spread
from evaluation.scoring.model import Metric, Scores, Stage


def judged(comparison: Comparison, after: Scores, gate: Gate, *, alone: bool) -> tuple[Rule, ...]:
    """All rules of the gate, in its order: enough calls, margins, floors.

    Without margins where the run is judged `alone`.
    """
    rules = [_enough(comparison, gate, "in the run" if alone else "in both runs")]
    if not alone:
        rules += [_margin(margin, comparison, gate) for margin in gate.margins]
    for floor in gate.floors:
        rules += _floors(floor, after)
    return tuple(rules)


def _enough(comparison: Comparison, gate: Gate, where: str) -> Rule:
    paired = len(comparison.paired)
    single = len(comparison.before_only) + len(comparison.after_only)
    name = f"at least {gate.calls} calls {where}"
    if paired < gate.calls:
        return Rule(name, "calls", "not enough data", f"{paired} calls are {where}")
    if single > gate.missing * (paired + single):
        reason = (
            f"{single} of {paired + single} calls are in one run only: finish the runs, or compare "
            "runs of the same cases and repeats"
        )
        return Rule(name, "calls", "not enough data", reason)
    return Rule(name, "calls", "passed", f"{paired} calls are {where}")


def _margin(margin: Margin, comparison: Comparison, gate: Gate) -> Rule:
    by = f"{margin.by:.0%} of what it was" if margin.relative else f"{margin.by:g}"
    name = f"{margin.metric} is worse by no more than {by}"
    keys = [each.key for each in comparison.changes]
    found = next((each for each in comparison.changes if each.key == margin.metric), None)
    if found is None:
        return Rule(name, "margin", "not enough data", _unknown(margin.metric, keys), margin.metric)
    status, reason = _held(found, margin, gate)
    return Rule(name, "margin", status, reason, found.key, found.stage)


def _held(found: Change, margin: Margin, gate: Gate) -> tuple[Status, str]:
    """Is the margin kept? A drop must be shown and larger than it to break it."""
    if found.difference is None or found.before is None or found.adjusted is None:
        return "not enough data", found.because
    allowed = margin.of(found.before)
    difference = spread(found.difference, found.unit, signed=True)
    told = f"{found.title}: {difference}, {chance(found.adjusted)} by {found.test}"
    if found.verdict == "worse" and found.drop > allowed:
        return "failed", f"{_stage(found.stage)} got worse. {told}{_why(found)}"
    if found.verdict == "worse":
        return "passed", f"{told}: worse, but within the margin"
    if found.worst > allowed:
        text = f"{told}: that it is worse by more than {_by(allowed, found)} is not excluded"
        return gate.undecided, text
    return "passed", told


def _stage(stage: Stage) -> str:
    name = STAGES[stage]
    return name[0].upper() + name[1:]


def _by(allowed: float, found: Change) -> str:
    return change(allowed, found.unit).lstrip("+")


def _why(found: Change) -> str:
    told = f"; {'; '.join(found.details)}" if found.details else ""
    if not found.follows:
        return told
    return f"{told}; it follows from {listed(tuple(STAGES[each] for each in found.follows))}"


def _floors(floor: Floor, scores: Scores) -> Iterator[Rule]:
    metric = next((each for each in scores.metrics if each.key == floor.metric), None)
    name = f"{floor.metric} is {_limits(floor, metric.unit if metric else '')}"
    if metric is None or metric.figure is None:
        keys = [each.key for each in scores.metrics]
        reason = metric.because if metric else _unknown(floor.metric, keys)
        stage = metric.stage if metric else None
        yield Rule(name, "floor", "not enough data", reason, floor.metric, stage)
        return
    if not floor.tags:
        yield _floor(name, metric, metric.figure, floor, "")
        return
    tags = [tag for tag in metric.by_tag if any(fnmatchcase(tag, each) for each in floor.tags)]
    if not tags:
        reason = f"of no tag like {', '.join(floor.tags)} there are calls enough for a figure"
        yield Rule(name, "floor", "not enough data", reason, metric.key, metric.stage)
    for tag in tags:
        yield _floor(f"{name} for {tag}", metric, metric.by_tag[tag], floor, tag)


def _limits(floor: Floor, unit: str) -> str:
    parts = [
        f"{word} {amount(limit, unit)}"
        for word, limit in (("at least", floor.at_least), ("at most", floor.at_most))
        if limit is not None
    ]
    return " and ".join(parts)


def _floor(name: str, metric: Metric, figure: Figure, floor: Floor, tag: str) -> Rule:
    where = f" for {tag}" if tag else ""
    told = f"{metric.title}{where}: {spread(figure, metric.unit)}"
    good, bad = _inside(figure, floor), _outside(figure, floor)
    within = _inside(Figure(figure.value, figure.value, figure.value), floor)
    status: Status = "passed"
    if bad or (floor.judged_by == "value" and not within):
        status = "failed"
        told = f"{_stage(metric.stage)} is not good enough. {told}"
    elif floor.judged_by == "proof" and not good:
        status = "not enough data"
    return Rule(name, "floor", status, told, metric.key, metric.stage)


def _inside(figure: Figure, floor: Floor) -> bool:
    """Does the whole interval keep to the floor?"""
    above = floor.at_least is None or figure.low >= floor.at_least
    return above and (floor.at_most is None or figure.high <= floor.at_most)


def _outside(figure: Figure, floor: Floor) -> bool:
    """Does the whole interval break it?"""
    below = floor.at_least is not None and figure.high < floor.at_least
    return below or (floor.at_most is not None and figure.low > floor.at_most)


def _unknown(metric: str, keys: list[str]) -> str:
    near = get_close_matches(metric, keys, 1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return f'nothing is known of "{metric}" in both runs{hint}'
