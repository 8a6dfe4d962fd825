"""A run from its folder, with the set that it is of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evaluation.runs.model import Run
from evaluation.runs.store import RunError, RunFolder
from evaluation.sets.model import EvaluationSet
from evaluation.sets.reading import read_set


def opened(folder: Path, set_folder: Path | None = None) -> tuple[Run, EvaluationSet]:
    """The run, and the cases that it placed, from `set_folder` or where the set was then.

    Raises RunError, also where the set is no longer what was run, and SetError.
    """
    kept = RunFolder(folder)
    run = kept.read()
    place = set_folder or Path(run.info.set_folder)
    if not place.is_dir():
        raise RunError(f"the set of this run is not in {place} any more: name it by --set")
    cases = read_set(place)
    if cases.digest != run.info.set_digest:
        raise RunError(
            f"{place} is not the set that was run ({run.info.set_name} "
            f"{run.info.set_version}): it has been changed since; name the right one by --set, "
            "or run the set again"
        )
    wanted = set(kept.order())
    return run, replace(cases, cases=tuple(case for case in cases.cases if case.id in wanted))
