"""Does the gate catch an agent that is worse, and for the right reason? Tried on the real one.

    python -m evaluation.worse SET --out FOLDER [--repeats 2] [--rounds 1] [--draws 20]

runs the set against the agent as it is (twice, with different seeds: equal agents must pass) and
against three that are worse on purpose: one whose dialogue was trained without an intent, one that
takes a short pause for the end of a turn, and one that is called over lines with 10 dB more noise.
Each is compared with the run of the agent as it is. It takes as long as five runs, and a training;
what broke off is gone on with.

As rounds are dear, the verdict on smaller sets is tried by drawing: each of `--draws` takes `--of`
cases of the runs by a seed of its own, and is judged by itself. Draws of one run have cases in
common: they say how surely a set of that size finds the fault, not how another run would be.
Status 0 when every verdict on whole runs is right, and of each agent's draws all but one.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml

from evaluation.comparing.compare import compare
from evaluation.comparing.gatefile import SHIPPED, read_gate
from evaluation.comparing.model import Comparison, Gate
from evaluation.runs.model import Run
from evaluation.runs.opened import opened
from evaluation.runs.session import Wish, chosen
from evaluation.runs.store import RunFolder
from evaluation.scoring.model import Scores, Stage
from evaluation.scoring.scores import score
from evaluation.sets.model import Case, EvaluationSet
from evaluation.steps import placed, read_named
from voicebot.config import ROOT, Settings
from voicebot.configuration import load_settings
from voicebot.rasa_project import RasaProject
from voicebot.training import models_folder, train

INTENT: Final = "transfer_money"
NOISE: Final = 10.0
"""dB."""
QUIET: Final = 25.0
"""The signal-to-noise ratio that a line without noise is taken to have: a quiet room."""
IMPATIENT: Final = {"TURNS__ADAPTIVE": "false", "TURNS__SILENCE": "0.2"}
"""People pause for longer within a sentence, and between the digits of a number."""
_SEEDS: Final = 1000
"""Seeds of the worse runs are so far from those of the good ones."""


class UnknownIntent(ValueError):
    """Nothing in nlu-data/ teaches that intent."""


@dataclass(frozen=True, slots=True)
class Trial:
    """An agent to run, by a set that may be made harder, and the stage that the gate has to blame
    (None: it has to pass)."""

    name: str
    blamed: Stage | None
    settings: Mapping[str, str]
    cases: Callable[[EvaluationSet], EvaluationSet]


@dataclass(frozen=True, slots=True)
class Draws:
    """How many draws of how many cases, and the seed of the first."""

    draws: int
    of: int
    seed: int

    @property
    def allowed(self) -> int:
        """How many of them have to be right."""
        return self.draws - 1 if self.draws > 1 else self.draws


def noisier(cases: EvaluationSet, by: float = NOISE) -> EvaluationSet:
    """The same calls over lines with so many dB more noise."""
    return replace(cases, cases=tuple(_noisier(case, by) for case in cases.cases))


def _noisier(case: Case, by: float) -> Case:
    before = QUIET if case.line.snr is None else case.line.snr
    return replace(case, line=replace(case.line, snr=before - by))


def untaught(nlu: Mapping[str, Any], intent: str) -> dict[str, Any]:
    """A file of NLU examples without those of an intent."""
    examples = nlu.get("nlu") or []
    return {**nlu, "nlu": [each for each in examples if each.get("intent") != intent]}


def project_without(project: RasaProject, intent: str, folder: Path) -> RasaProject:
    """A copy of the Rasa project in `folder` in which no example teaches the intent.

    Raises UnknownIntent where none does anyway.
    """
    copy = RasaProject(folder)
    shutil.copytree(
        project.sources, copy.sources, ignore=shutil.ignore_patterns("__pycache__", ".rasa")
    )
    for name in ("requirements", ".venv-rasa", ".venv-actions"):
        (folder / name).symlink_to(project.root / name)
    found = False
    for path in sorted((copy.sources / "data").rglob("*.yml")):
        content = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(content, dict) or not content.get("nlu"):
            continue
        left = untaught(content, intent)
        if left != content:
            found = True
            path.write_text(yaml.safe_dump(left, allow_unicode=True, sort_keys=False), "utf-8")
    if not found:
        raise UnknownIntent(f"no example in {project.sources / 'data'} has the intent {intent!r}")
    return copy


def models_without(intent: str, settings: Settings, folder: Path) -> Path:
    """A models_dir like that of `settings`, whose dialogue was trained without the intent.

    The agent takes its dialogue by the content of nlu-data/: the other model lies there by the name
    of the right one. Raises UnknownIntent, TrainingFailed, EnvironmentMissing, OSError.
    """
    project = RasaProject(ROOT)
    models = folder / "models"
    theirs = settings.model_copy(update={"models_dir": models, "data_dir": folder / "var"})
    right = models_folder(theirs) / f"{project.content_hash()}.tar.gz"
    if right.is_file():
        return models
    models.mkdir(parents=True, exist_ok=True)
    for path in settings.models_dir.absolute().iterdir():
        link = models / path.name
        if path.name != models_folder(settings).name and not link.is_symlink():
            link.symlink_to(path)
    with tempfile.TemporaryDirectory(prefix="voicebot-worse-") as place:
        copy = project_without(project, intent, Path(place))
        made = train(theirs, project=copy)
    made.replace(right)
    return models


def trials(intent: str, settings: Settings, folder: Path) -> list[Trial]:
    """The agent as it is once more, and the worse ones; trains the one without the intent."""

    def same(cases: EvaluationSet) -> EvaluationSet:
        return cases

    models = models_without(intent, settings, folder / "without")
    without = {"MODELS_DIR": str(models.absolute())}
    return [
        Trial("equal", None, {}, same),
        Trial("without-intent", "understanding", without, same),
        Trial("impatient", "activity", IMPATIENT, same),
        Trial("noise", "recognition", {}, noisier),
    ]


@dataclass(frozen=True, slots=True)
class Placed:
    """A run and its cases."""

    run: Run
    cases: EvaluationSet

    def scores(self, only: Collection[str] | None = None) -> Scores:
        """Those of the run, or of the cases of these names alone."""
        if only is None:
            return score(self.run, self.cases)
        calls = tuple(call for call in self.run.calls if call.case in only)
        return score(replace(self.run, calls=calls), self.cases)


def run_of(wish: Wish, cases: EvaluationSet) -> Placed:
    """Run the cases, or go on where a run broke off.

    Raises SystemExit where it was interrupted.
    """
    kept = RunFolder(wish.out)
    if not kept.exists or not kept.info().complete:
        run = placed(replace(wish, resume=kept.exists), cases)
        if not run.info.complete:
            raise SystemExit(f"stopped in {wish.out}; the same command goes on")
    return Placed(*opened(wish.out, cases.folder))


def drawn(cases: EvaluationSet, count: int, seed: int) -> frozenset[str]:
    """The names of `count` cases (or of all, if there are not so many)."""
    names = [case.id for case in cases.cases]
    return frozenset(random.Random(seed).sample(names, min(count, len(names))))  # noqa: S311


def draws_right(trial: Trial, good: Placed, theirs: Placed, gate: Gate, draw: Draws) -> int:
    """Of how many draws the gate says what is true."""
    seeds = range(draw.seed, draw.seed + draw.draws)
    chosen = [drawn(good.cases, draw.of, seed) for seed in seeds]
    return sum(
        right(trial, compare(good.scores(only), theirs.scores(only), gate)) for only in chosen
    )


def right(trial: Trial, found: Comparison) -> bool:
    """Did the gate say what is true?"""
    if trial.blamed is None:
        return found.status == "passed"
    return found.status == "failed" and trial.blamed in found.causes


def told(trial: Trial, found: Comparison) -> str:
    """The verdict in a line, and the rules that failed below it."""
    wanted = "has to pass" if trial.blamed is None else f"has to fail by {trial.blamed}"
    state = "right" if right(trial, found) else "WRONG"
    lines = [f"{trial.name:16} {wanted:28} {found.status} {' '.join(found.causes):28} {state}"]
    lines += [f"    {rule.reason}" for rule in found.rules if rule.status != "passed"]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything, print the verdicts; 0 when all of them are right."""
    wanted = _parsed(arguments)
    settings, gate = load_settings(), _gate(wanted.gate)
    cases = chosen(read_named(wanted.set), wanted.only)
    wrong = 0
    for number in range(wanted.rounds):
        seed, folder = wanted.seed + number, wanted.out / f"round-{number + 1}"
        wish = Wish(folder / "good", seed, wanted.repeats, wanted.parallel, hear=False)
        good = run_of(wish, cases)
        draw = Draws(wanted.draws, wanted.of, seed)
        for trial in trials(wanted.intent, settings, wanted.out):
            theirs = replace(
                wish, out=folder / trial.name, seed=seed + _SEEDS, settings=trial.settings
            )
            placed_theirs = run_of(theirs, trial.cases(cases))
            found = compare(good.scores(), placed_theirs.scores(), gate)
            print(told(trial, found), flush=True)
            wrong += not right(trial, found)
            if draw.draws:
                count = draws_right(trial, good, placed_theirs, gate, draw)
                print(f"    {count} of {draw.draws} draws of {draw.of} cases right", flush=True)
                wrong += count < draw.allowed
    print(f"{wrong} verdicts are wrong" if wrong else "every verdict is right")
    return 1 if wrong else 0


def _gate(path: Path | None) -> Gate:
    return read_gate(path or SHIPPED)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("set", type=Path, help="a set's folder, or bank")
    parser.add_argument("--out", type=Path, required=True, help="a folder for runs and models")
    parser.add_argument("--intent", default=INTENT, help="the intent that one of them lacks")
    parser.add_argument("--only", action="append", default=[], help="only this case or tag")
    parser.add_argument("--gate", type=Path, help="a gate.yaml")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=2, help="how often each case is called")
    parser.add_argument("--rounds", type=int, default=1, help="the whole with other seeds again")
    parser.add_argument("--draws", type=int, default=20, help="of each pair of runs; 0: none")
    parser.add_argument("--of", type=int, default=60, help="cases in each draw")
    parser.add_argument("--parallel", type=int, default=None, help="calls at once")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
