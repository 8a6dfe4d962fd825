"""`voicebot evaluate`: sets run against the agent, scored, reported, compared.

`voicebot evaluate SET` does all of it: run, score, report. Heavy modules are imported inside the
commands that need them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from evaluation.sets.command import Set, check, export, import_set, read_quietly, seal
from evaluation.whatif.command import what_if

if TYPE_CHECKING:
    from evaluation.runs.session import Wish
    from evaluation.sets.model import EvaluationSet
    from evaluation.steps import Elsewhere

_EVERYTHING = "everything"


class _SetFirst(TyperGroup):
    """Takes what is no command for the set of the command that does everything."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = [_EVERYTHING, *args]
        return super().parse_args(ctx, args)


evaluate_app = typer.Typer(
    cls=_SetFirst,
    no_args_is_help=True,
    help="Evaluate the agent: `voicebot evaluate SET` runs a set, scores it and writes a report.",
    epilog="`voicebot evaluate SET --help` has the options; docs/evaluation.md says how it works.",
)

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")]
Seed = Annotated[int, typer.Option(help="Of everything random: noise, losses, manners.")]
Repeats = Annotated[int, typer.Option(min=1, max=100, help="How often each case is called.")]
Parallel = Annotated[
    int | None, typer.Option(min=1, max=64, help="Calls at once; else as the machine carries.")
]
Only = Annotated[list[str] | None, typer.Option(help="Only the case or tag of this name.")]
Out = Annotated[Path | None, typer.Option(help="Folder of the run.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a run that broke off.")]
Hear = Annotated[bool, typer.Option(help="Recognize the bot's speech back, after the calls.")]
Url = Annotated[str | None, typer.Option("--agent", help="The edge of an agent that runs.")]
Data = Annotated[Path | None, typer.Option("--data", help="Its data folder (data_dir).")]
Change = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of the agent: turns.patience=1.2."),
]
GateFile = Annotated[Path | None, typer.Option("--gate", help="Judge by this gate.yaml.")]
Before = Annotated[Path | None, typer.Option("--against", help="Compare with this run.")]
Junit = Annotated[Path | None, typer.Option(help="Write JUnit XML here.")]
RoundTrips = Annotated[
    list[Path] | None,
    typer.Option("--round-trip", help="Results of a round trip of the gateway; may be repeated."),
]
Cases = Annotated[Path | None, typer.Option("--set", help="The run's set, if it was moved.")]


@evaluate_app.command(name=_EVERYTHING, hidden=True)
def everything(
    cases: Set,
    seed: Seed = 1,
    repeats: Repeats = 1,
    parallel: Parallel = None,
    only: Only = None,
    out: Out = None,
    resume: Resume = False,
    hear: Hear = True,
    agent: Url = None,
    data: Data = None,
    change: Change = None,
    gate: GateFile = None,
    before: Before = None,
    junit: Junit = None,
    round_trip: RoundTrips = None,
) -> None:
    """Run a set, score the run, write its report; with a gate, judge it.

    Status: 0 well, 1 the gate fails (or an error), 2 not enough data, 130 Ctrl-C.
    """
    from evaluation.steps import INTERRUPTED, Against, placed, reported

    known = read_quietly(cases)
    wish = _wish(known, seed, repeats, parallel, only, out, resume, hear, change)
    done = placed(wish, known, _elsewhere(agent, data))
    status = INTERRUPTED
    if done.calls:
        against = Against(gate, before, junit, tuple(round_trip or ()))
        status = reported(wish.out, known.folder, against, typer.echo)
    if not done.info.complete:
        typer.echo(f"stopped; go on with --resume --out {wish.out}", err=True)
    raise typer.Exit(status if done.info.complete else INTERRUPTED)


@evaluate_app.command()
def run(
    cases: Set,
    seed: Seed = 1,
    repeats: Repeats = 1,
    parallel: Parallel = None,
    only: Only = None,
    out: Out = None,
    resume: Resume = False,
    hear: Hear = True,
    agent: Url = None,
    data: Data = None,
    change: Change = None,
) -> None:
    """Place the calls of a set and keep what came of them."""
    from evaluation.steps import INTERRUPTED, placed

    known = read_quietly(cases)
    wish = _wish(known, seed, repeats, parallel, only, out, resume, hear, change)
    done = placed(wish, known, _elsewhere(agent, data))
    typer.echo(f"{len(done.calls)} calls in {wish.out}")
    if not done.info.complete:
        raise typer.Exit(INTERRUPTED)


@evaluate_app.command()
def report(
    folder: Run,
    cases: Cases = None,
    gate: GateFile = None,
    before: Before = None,
    junit: Junit = None,
    round_trip: RoundTrips = None,
) -> None:
    """Score a run and write its page; with a gate, judge it."""
    from evaluation.steps import Against, reported

    against = Against(gate, before, junit, tuple(round_trip or ()))
    raise typer.Exit(reported(folder, cases, against, typer.echo))


@evaluate_app.command()
def compare(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The run to compare with.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The run that is judged.")],
    gate: GateFile = None,
    junit: Junit = None,
    cases: Cases = None,
) -> None:
    """Compare two runs of a set: what got better or worse, and by how much for sure.

    Status: 0 the gate passes, 1 it fails, 2 not enough data.
    """
    from evaluation.steps import Against, reported

    raise typer.Exit(reported(after, cases, Against(gate, before, junit), typer.echo))


@evaluate_app.command()
def review(
    folder: Run,
    case: Annotated[str, typer.Argument(help="The id of the case.")],
    attempt: Annotated[int | None, typer.Option(min=1, help="Of several, this one.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where review items are kept.")] = None,
    cases: Cases = None,
) -> None:
    """Make a review item of a call, for those who train the dialogue."""
    from evaluation.reporting.examples import known_examples
    from evaluation.reporting.review import write_review
    from evaluation.runs.opened import opened
    from evaluation.scoring.scores import score
    from voicebot.config import ROOT, Settings

    done, known = opened(folder, cases)
    place = out or Settings().data_dir / "evaluation" / "review"
    number = None if attempt is None else attempt - 1
    examples = known_examples(ROOT / "nlu-data")
    made = write_review(folder, done, known, score(done, known), case, place, number, examples)
    typer.echo(str(made))


@evaluate_app.command()
def tasks() -> None:
    """The tasks that simulated callers follow, and what a goal must and may say."""
    from evaluation.callers.tasks import TASKS

    for task in TASKS.values():
        may = f", may know {', '.join(task.may)}" if task.may else ""
        typer.echo(f"{task.name:12} must know {', '.join(task.needs) or 'nothing'}{may}")


evaluate_app.command()(check)
evaluate_app.command(name="hash")(seal)
evaluate_app.command(name="import")(import_set)
evaluate_app.command(name="export")(export)
evaluate_app.command(name="what-if")(what_if)


def _wish(
    cases: EvaluationSet,
    seed: int,
    repeats: int,
    parallel: int | None,
    only: list[str] | None,
    out: Path | None,
    resume: bool,
    hear: bool,
    change: list[str] | None,
) -> Wish:
    from evaluation.runs.session import Wish
    from evaluation.steps import run_folder
    from voicebot.configuration import load_settings

    folder = run_folder(load_settings(), cases, out, resume)
    changes = dict(map(_change, change or ()))
    return Wish(folder, seed, repeats, parallel, tuple(only or ()), resume, hear, changes)


def _change(text: str) -> tuple[str, str]:
    """`turns.patience=1.2` as a VOICEBOT_ variable without its prefix."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise typer.BadParameter(f"{text!r}: write a setting like turns.patience=1.2")
    return name.strip().upper().replace(".", "__"), value.strip()


def _elsewhere(agent: str | None, data: Path | None) -> Elsewhere | None:
    from evaluation.steps import Elsewhere

    if agent is None:
        if data is not None:
            raise typer.BadParameter("--data says where the agent named by --agent keeps its data")
        return None
    return Elsewhere(agent, data)
