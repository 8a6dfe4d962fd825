"""The whole: from the caller's last sound to the bot's first, split by stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from evaluation.bench.turns import STAGES
from evaluation.scoring.activity import MS
from evaluation.scoring.gathered import Gathered, Key, Spoken
from evaluation.scoring.metrics import Wanted, measured, values
from evaluation.scoring.model import Metric

AUDIBLE: Final = STAGES[-1]
_NOTHING: Final = "no ordinary turn was answered"

VOICE: Final = Wanted("whole.voice_to_voice", "Voice to voice", "ms", "lower", "p50", _NOTHING)
VOICE_P95: Final = Wanted(
    "whole.voice_to_voice_p95", "Voice to voice, slow ones", "ms", "lower", "p95", _NOTHING
)


def metrics(gathered: Gathered) -> list[Metric]:
    """Voice to voice, and each stage that the record has."""
    waits = values(voice_to_voice(gathered))
    found = [measured(VOICE, waits, gathered), measured(VOICE_P95, waits, gathered)]
    for stage in stages(gathered):
        title = f"of which {stage.replace('_', ' ')}"
        wanted = Wanted(f"whole.stage.{stage}", title, "ms", "lower", "p50", _NOTHING)
        found.append(measured(wanted, values(stage_times(gathered, stage)), gathered))
    return found


def voice_to_voice(gathered: Gathered) -> Iterator[tuple[Key, float]]:
    """The wait of every ordinary turn, from the recorded audio, in ms."""
    for spoken in gathered.spoken():
        wait = _wait(spoken)
        if wait is not None:
            yield spoken.key, wait


def stage_times(gathered: Gathered, stage: str) -> Iterator[tuple[Key, float]]:
    """How much of each of those waits the stage took by itself, in ms.

    The record says when each stage was reached; one that was over before those ahead of it took no
    time of its own (what was recognised before the speech had ended). So the stages of a turn add
    up to its wait, the last of them being what it takes until the bot can be heard.
    """
    for spoken in gathered.spoken():
        wait = _wait(spoken)
        reached = spoken.turn.stages
        if wait is None or (stage not in reached and (stage != AUDIBLE or not reached)):
            continue
        ahead = STAGES[: STAGES.index(stage)]
        since = max([0.0, *(reached[name] * MS for name in ahead if name in reached)])
        at = wait if stage == AUDIBLE else min(reached[stage] * MS, wait)
        yield spoken.key, max(0.0, at - since)


def stages(gathered: Gathered) -> list[str]:
    """The stages of the record, in the order in which they come about."""
    named = {name for each in gathered.spoken() for name in each.turn.stages}
    return [name for name in STAGES if name in named or (named and name == AUDIBLE)]


def _wait(spoken: Spoken) -> float | None:
    """None where the turn says nothing: cut off, an interruption, a sound of listening."""
    turn = spoken.turn
    if turn.cut_off or turn.barge_in or not spoken.regular:
        return None
    if turn.answered is None or turn.end is None:
        return None
    return (turn.answered - turn.end) * MS
