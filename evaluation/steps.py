"""What the commands of `voicebot evaluate` do: run, score, report, compare; and what they print."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from evaluation.callers.tasks import check_goals
from evaluation.comparing.compare import compare, judge
from evaluation.comparing.gatefile import SHIPPED, read_gate
from evaluation.comparing.junit import write_junit
from evaluation.comparing.model import Comparison
from evaluation.comparing.pairing import differing_settings, same_set
from evaluation.reporting.page import write_report
from evaluation.runs.model import CallRecord, Run
from evaluation.runs.opened import opened
from evaluation.runs.progress import RunProgress
from evaluation.runs.session import Judge, Session, Wish, chosen
from evaluation.runs.store import RunError, RunFolder
from evaluation.runs.systems import RunningSystem
from evaluation.scoring.dnsmos import installed
from evaluation.scoring.gathered import Call
from evaluation.scoring.model import Scores
from evaluation.scoring.scores import score
from evaluation.scoring.verdicts import reasons
from evaluation.sets.domain import domain_intents
from evaluation.sets.model import EvaluationSet
from evaluation.sets.reading import read_set
from voicebot.caller.ring import Agent
from voicebot.config import ROOT, Settings
from voicebot.configuration import load_settings
from voicebot.server.rasa_children import rasa_url
from voicebot.server.secrets import load_secrets

INTERRUPTED: Final = 130
_FAILURES: Final = 12
"""Failed calls that are printed; the page has all."""

Echo = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Against:
    """What a run is judged by: a gate's file, a run to compare it with, where JUnit XML goes.

    `round_trips` are results of the gateway's evaluations, for the page.
    """

    gate: Path | None = None
    before: Path | None = None
    junit: Path | None = None
    round_trips: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An agent that runs already: its edge's address, and its data folder where it can be read."""

    url: str
    data_dir: Path | None = None


def set_folder(named: Path) -> Path:
    """The folder of a set; the name of one that is shipped will do, as well."""
    shipped = Path(__file__).parent / "shipped" / named
    return shipped if not named.exists() and shipped.is_dir() else named


def read_named(named: Path, *, known_intents: bool = False) -> EvaluationSet:
    """The set of that folder or name; with `known_intents` its intents have to be the dialogue's.

    A set of other people's sentences may have intents of its own, and be run all the same. Raises
    SetError.
    """
    intents = domain_intents(ROOT / "nlu-data" / "domain") if known_intents else None
    found = read_set(set_folder(named), intents)
    check_goals(found.cases)
    return found


def run_folder(settings: Settings, cases: EvaluationSet, out: Path | None, resume: bool) -> Path:
    """Where a run belongs: `out`, else a new folder, or the last one that is not complete.

    Raises RunError where there is nothing to go on with.
    """
    if out is not None:
        return out
    runs = settings.data_dir / "evaluation" / "runs"
    if not resume:
        return runs / f"{cases.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    for folder in sorted(runs.glob(f"{cases.name}-*"), reverse=True):
        kept = RunFolder(folder)
        if kept.exists and not kept.info().complete:
            return folder
    raise RunError(f"no run of {cases.name} in {runs} is to be gone on with; name one by --out")


def placed(wish: Wish, cases: EvaluationSet, elsewhere: Elsewhere | None = None) -> Run:
    """Run a set; the run as far as it came. Raises what `Session.run` does."""
    console = Console(stderr=True)
    own = chosen(cases, wish.only)
    system = None if elsewhere is None else _running(elsewhere)
    with RunProgress(console) as progress:
        progress.say(f"{len(own.cases) * wish.repeats} calls into {wish.out}")
        session = Session(wish, own, progress, system, judge_of(own))
        return asyncio.run(session.run())


def judge_of(cases: EvaluationSet) -> Judge:
    """Tells of a call whether it was as it had to be."""
    known = {case.id: case for case in cases.cases}

    def passed(record: CallRecord) -> bool:
        return not reasons(Call(record, known[record.case]))

    return passed


def _running(elsewhere: Elsewhere) -> RunningSystem:
    settings = Settings()
    agent = Agent(
        elsewhere.url,
        public_url=settings.public_url,
        auth_token=settings.twilio_auth_token.get_secret_value(),
    )
    if elsewhere.data_dir is None:
        return RunningSystem(agent)
    here = settings.model_copy(update={"data_dir": elsewhere.data_dir})
    secret = load_secrets(here).rasa_secret.get_secret_value()
    return RunningSystem(agent, elsewhere.data_dir, (rasa_url(here), secret))


def reported(folder: Path, cases: Path | None, against: Against, echo: Echo) -> int:
    """Score a run, write its page, say what the gate says; the exit status.

    0 passed (or no gate was asked for), 1 failed, 2 not enough data.
    """
    run, known = opened(folder, cases)
    model = installed(load_settings().models_dir)
    scores = score(run, known, folder=folder, dnsmos=model, round_trips=against.round_trips)
    comparison = _compared(against, run, scores)
    page = write_report(folder, run, known, scores, comparison)
    for line in summary(run, scores):
        echo(line)
    if comparison is not None:
        for line in rules(comparison):
            echo(line)
    if against.junit is not None:
        write_junit(against.junit, scores, comparison or judge(scores, read_gate(SHIPPED)), run)
    echo(f"report: {page}")
    return 0 if comparison is None else comparison.exit_status


def _compared(against: Against, run: Run, scores: Scores) -> Comparison | None:
    if against.before is None:
        return None if against.gate is None else judge(scores, read_gate(against.gate))
    before, known = opened(against.before, Path(run.info.set_folder))
    same_set(before.info, run.info)
    found = compare(
        score(before, known, folder=against.before), scores, read_gate(against.gate or SHIPPED)
    )
    return replace(found, notes=(*found.notes, *differing_settings(before.info, run.info)))


def summary(run: Run, scores: Scores) -> list[str]:
    """How many calls passed, and why the others did not."""
    failed = [verdict for verdict in scores.verdicts if not verdict.passed]
    total = len(scores.verdicts)
    state = "" if run.info.complete else " (THE RUN IS NOT COMPLETE)"
    lines = [f"{total - len(failed)} of {total} calls were as they had to be{state}"]
    lines += [
        f"  {verdict.case}{f' ({verdict.attempt + 1})' if run.info.repeats > 1 else ''}: "
        f"{'; '.join(verdict.reasons)}"
        for verdict in failed[:_FAILURES]
    ]
    if len(failed) > _FAILURES:
        lines.append(f"  and {len(failed) - _FAILURES} more")
    return [*lines, *(f"note: {note}" for note in scores.notes)]


def rules(comparison: Comparison) -> list[str]:
    """What became of each rule of the gate that does not simply hold, and of all together."""
    lines = [
        f"  {rule.status}: {rule.name}: {rule.reason}"
        for rule in comparison.rules
        if rule.status != "passed"
    ]
    causes = f", because of {', '.join(comparison.causes)}" if comparison.causes else ""
    return [f"the gate: {comparison.status}{causes}", *lines, *comparison.notes]
