"""The summary that is read first: one sentence, what is incomplete, and the figures that matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evaluation.bench.intervals import Figure
from evaluation.reporting.figures import Shown, counted, number, shown
from evaluation.runs.model import Run
from evaluation.runs.names import call_name
from evaluation.scoring.model import Metric, Scores, Verdict
from evaluation.sets.model import EvaluationSet
from evaluation.statistics.bootstrap import figure

KEYS: Final = (
    ("dialogue.success", "Calls in which everything that had to happen did, and nothing else"),
    ("recognition.wer", "Words that were heard wrong, left out or made up, of those said"),
    (
        "understanding.accuracy_heard",
        "Sentences whose meaning was found, with all mishearing in it",
    ),
    ("activity.cut_off", "Sentences into which the bot spoke, or that it took for over too early"),
    ("whole.voice_to_voice", "How long a caller waits for an answer, half of them longer"),
)
"""The figures of the summary, in plain words; those that a run has not are passed over."""
LATE: Final = 0.1
"""Seconds behind time from which on the machine that called is no good witness."""
_NAMED: Final = 12
"""Calls that are named; of the others there is only the number."""
_REASONS: Final = 3
"""The same for reasons of failures, which often differ in a number only."""

Status = Literal["good", "bad", "open"]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure of the summary: its name, what it says in plain words, and the figure itself."""

    key: str
    title: str
    words: str
    shown: Shown | None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is read first. `alarms` say loudly what is incomplete or not to be trusted."""

    status: Status
    sentence: str
    passed: int
    calls: int
    interval: str
    share: Shown | None
    keys: tuple[KeyFigure, ...]
    alarms: tuple[str, ...]


def summary(
    run: Run, cases: EvaluationSet, scores: Scores, gate: tuple[Status, str] | None
) -> Summary:
    """`gate` is what the gate or the comparison says, where there is one."""
    passed = sum(verdict.passed for verdict in scores.verdicts)
    calls = len(scores.verdicts)
    rate = passed_rate(scores.verdicts)
    alarms = incomplete(run, cases, scores)
    status: Status = "good" if calls and passed == calls else "bad" if calls else "open"
    if gate is not None:
        status = gate[0]
    if not run.info.complete and status == "good":
        status = "open"
    share = shown(rate, "share") if rate is not None else None
    return Summary(
        status,
        _sentence(passed, calls, rate, gate),
        passed,
        calls,
        share.interval if share is not None else "",
        share,
        key_figures(scores),
        tuple(alarms),
    )


def passed_rate(verdicts: Sequence[Verdict]) -> Figure | None:
    """The part of calls that passed; repetitions of a case are not taken for other callers."""
    cases: dict[str, list[bool]] = {}
    for verdict in verdicts:
        cases.setdefault(verdict.case, []).append(verdict.passed)
    return figure("ratio", [(float(sum(each)), float(len(each))) for each in cases.values()])


def key_figures(scores: Scores) -> tuple[KeyFigure, ...]:
    """The five figures, as far as the run has them."""
    known = {metric.key: metric for metric in scores.metrics}
    return tuple(_key_figure(known[key], words) for key, words in KEYS if key in known)


def _key_figure(metric: Metric, words: str) -> KeyFigure:
    found = shown(metric.figure, metric.unit) if metric.figure is not None else None
    return KeyFigure(metric.key, metric.title, words, found, metric.because)


def _sentence(passed: int, calls: int, rate: Figure | None, gate: tuple[Status, str] | None) -> str:
    if not calls or rate is None:
        return "No call of this run was judged."
    low, high = (number(part, "share").removesuffix(" %") for part in (rate.low, rate.high))
    all_calls = f"{'All' if passed == calls else f'{passed} of'} {counted(calls, 'call')}"
    told = (
        f"{all_calls} went as they had to ({number(rate.value, 'share')}; "
        f"with other callers of this kind it would be {low} to {high} %)."
    )
    return f"{gate[1]} {told}" if gate is not None else told


# ── what is incomplete ────────────────────────────────────────────────────────────────────────


def incomplete(run: Run, cases: EvaluationSet, scores: Scores) -> list[str]:
    """Everything for which this report says less than it seems to."""
    info = run.info
    alarms = []
    expected = info.cases * info.repeats
    if not info.complete or len(run.calls) < expected:
        alarms.append(
            f"This run is incomplete: {len(run.calls)} of {counted(expected, 'call')} were placed. "
            "Resume it before you rely on it."
        )
    if cases.digest and info.set_digest and cases.digest != info.set_digest:
        alarms.append(
            f"The set has changed since the run: {info.set_name} {info.set_version} was called, "
            f"{cases.name} {cases.version} is what the calls are judged by."
        )
    failures = Counter(call.failure for call in run.calls if call.failure)
    if failures:
        named = "; ".join(f"{n} x {reason}" for reason, n in failures.most_common(_REASONS))
        if len(failures) > _REASONS:
            named += f"; and {counted(len(failures) - _REASONS, 'other reason')}"
        alarms.append(
            f"{counted(failures.total(), 'call')} failed and count as not passed: {named}."
        )
    judged = {(verdict.case, verdict.attempt) for verdict in scores.verdicts}
    unjudged = [
        call_name(c.case, c.attempt) for c in run.calls if (c.case, c.attempt) not in judged
    ]
    if unjudged:
        alarms.append(f"{counted(len(unjudged), 'call')} not judged: {_list(unjudged)}.")
    late = [call_name(call.case, call.attempt) for call in run.calls if call.late > LATE]
    if late:
        alarms.append(
            f"In {counted(len(late), 'call')} the machine that called ran more than "
            f"{LATE * 1000:.0f} ms behind time, so that times are too long: {_list(late)}."
        )
    return alarms


def _list(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + rest
