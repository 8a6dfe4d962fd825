"""What a run found, for people."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from evaluation.hostile.circumstances import MEGABYTE, Caps
from evaluation.hostile.report import Tried

_HEAD: Final = (
    f"{'group':<12}{'inputs':>7}{'made':>6}{'refused':>9}{'CPU s':>8}{'own MB':>8}"
    f"{'prog. MB':>10}{'disk MB':>9}{'breaches':>10}"
)


def table(tried: Sequence[Tried], caps: Caps) -> str:
    """A line for every group, with its most expensive input, then the caps and all breaches."""
    ordered = sorted(tried, key=lambda one: one.group)
    lines = [_HEAD]
    for group, members in itertools.groupby(ordered, key=lambda one: one.group):
        lines.append(_line(group, list(members)))
    lines.append(_line("all", ordered))
    lines.append(
        f"{'allowed':<12}{'':>22}{caps.cpu:>8.0f}{caps.own / MEGABYTE:>8.0f}"
        f"{caps.program / MEGABYTE:>10.0f}{caps.disk / MEGABYTE:>9.0f}{0:>10}"
    )
    return "\n".join([*lines, *_breaches(tried)])


def _line(group: str, members: list[Tried]) -> str:
    reports = [one.report for one in members if one.report is not None]
    answers = [one.answer for one in members if one.answer is not None]
    states = [{outcome.state for outcome in report.outcomes} for report in reports]
    accepted = sum(
        1 for one in members if one.report is None and one.answer and one.answer.accepted
    )
    made = sum("made" in state for state in states) + accepted
    refused = len(members) - made
    own = max([0, *(report.own for report in reports), *(answer.memory for answer in answers)])
    return (
        f"{group:<12}{len(members):>7}{made:>6}{refused:>9}"
        f"{max([0.0, *(report.cpu for report in reports)]):>8.1f}{own / MEGABYTE:>8.0f}"
        f"{max([0, *(report.program for report in reports)]) / MEGABYTE:>10.0f}"
        f"{max([0, *(report.disk for report in reports)]) / MEGABYTE:>9.1f}"
        f"{sum(bool(one.breaches) for one in members):>10}"
    )


def _breaches(tried: Sequence[Tried]) -> Iterator[str]:
    for one in tried:
        for breach in one.breaches:
            yield f"BREACH {one.group}: {one.name}: {breach}"
