"""All scores of a run: verdicts, the metrics of every stage, and what explains them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from evaluation.runs.model import Run
from evaluation.scoring import (
    activity,
    conversions,
    dialogue,
    recognition,
    speech_output,
    turn_taking,
    understanding,
    whole,
)
from evaluation.scoring.gathered import Gathered, Key, gather
from evaluation.scoring.model import Scores
from evaluation.scoring.verdicts import verdicts
from evaluation.sets.model import EvaluationSet, Expected

LATE: Final = 0.1
"""Seconds by which a caller's machine may run behind before its times are doubted."""


def score(
    run: Run,
    cases: EvaluationSet,
    *,
    folder: Path | None = None,
    dnsmos: Path | None = None,
    round_trips: Sequence[Path] = (),
) -> Scores:
    """What the run says of the system.

    `folder` is the run's folder with the recordings, `dnsmos` the file of that model, without both
    of which the quality of the voice isn't judged; `round_trips` are results of the gateway's
    evaluations. `latencies` of the result are in milliseconds. Nothing random is in it: the same
    run has the same scores. Of secrets nothing is shown but which words were right.

    Raises:
        ScoringError: the run doesn't belong to the set, or a file of `round_trips` can't be used.
        DnsmosError: `dnsmos` is no such model.
    """
    gathered = gather(run, cases)
    heard = recognition.heard_turns(gathered)
    judged = verdicts(gathered)
    on_heard = understanding.judged_turns(gathered, "heard")
    return Scores(
        metrics=(
            *activity.metrics(gathered),
            *recognition.metrics(gathered, heard),
            *understanding.metrics(gathered),
            *dialogue.metrics(gathered, judged),
            *turn_taking.metrics(gathered),
            *speech_output.metrics(gathered, folder, dnsmos),
            *whole.metrics(gathered),
            *conversions.metrics(round_trips),
        ),
        verdicts=judged,
        alignments=recognition.alignments(heard),
        confusions=understanding.confusions(gathered),
        calibration=understanding.calibration_bins(on_heard),
        latencies=_latencies(gathered),
        notes=tuple(_notes(run, cases, gathered)),
    )


def _latencies(gathered: Gathered) -> dict[str, tuple[float, ...]]:
    """Every single wait by its name, in ms; what a stage took by "stage.<name>"."""
    waits: dict[str, Iterable[tuple[Key, float]]] = {
        "onset": activity.onset_delays(gathered),
        "end_of_turn": activity.end_delays(gathered),
        "response": turn_taking.response_times(gathered),
        "yield": turn_taking.yield_times(gathered),
        "voice_to_voice": whole.voice_to_voice(gathered),
    }
    for stage in whole.stages(gathered):
        waits[f"stage.{stage}"] = whole.stage_times(gathered, stage)
    return {name: found for name, parts in waits.items() if (found := tuple(v for _, v in parts))}


def _notes(run: Run, cases: EvaluationSet, gathered: Gathered) -> list[str]:
    """What a reader has to know before believing a figure."""
    info = run.info
    notes = []
    if info.set_digest != cases.digest:
        notes.append(
            f"The run was made with {info.set_name} {info.set_version}, whose files were not those "
            f"of {cases.name} {cases.version} as they are now."
        )
    due = info.cases * info.repeats
    if not info.complete or len(run.calls) < due:
        notes.append(f"The run is not complete: {len(run.calls)} of {due} calls.")
    broken = [call for call in run.calls if call.failure]
    if broken:
        notes.append(
            f"{_count(len(broken), 'call')} could not be made or broke off; they count as failed. "
            f"The first: {broken[0].case}, {broken[0].failure}"
        )
    blind = len(run.calls) - len(gathered.recorded)
    if blind:
        notes.append(
            f"Of {_count(blind, 'call')} there is no record of the agent: what it heard, "
            "understood and wrote down is not known, and is in no figure."
        )
    late = [call for call in run.calls if call.late > LATE]
    if late:
        worst = max(call.late for call in late)
        notes.append(
            f"In {_count(len(late), 'call')} the caller's machine ran up to {worst:.2f} s behind: "
            "their times say little. Run fewer calls at once."
        )
    free = sum(call.case.expected == Expected() for call in gathered.calls)
    if free:
        notes.append(f"{_count(free, 'call')} had nothing to fulfil but to end within its limits.")
    if cases.synthetic:
        notes.append("Nobody real speaks in the set: people make more mistakes, and other ones.")
    return notes


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
