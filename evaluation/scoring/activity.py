"""Voice activity and endpointing: when speech is noticed, when a turn is over, and when wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from evaluation.runs.model import CallerTurn
from evaluation.scoring.gathered import Call, Gathered, Key
from evaluation.scoring.metrics import PER_MINUTE, Wanted, measured, ratios, shares, values
from evaluation.scoring.model import Metric

MS: Final = 1000.0
_MINUTE: Final = 60.0
_NO_ONSET: Final = "the agent noted of no turn when it noticed the speech"
_NO_END: Final = "the agent declared no turn over that it had heard to the end"

ONSET: Final = Wanted("activity.onset", "Speech noticed after", "ms", "lower", "p50", _NO_ONSET)
ONSET_P95: Final = Wanted(
    "activity.onset_p95", "Speech noticed after, slow ones", "ms", "lower", "p95", _NO_ONSET
)
END: Final = Wanted("activity.end_of_turn", "Turn over after", "ms", "lower", "p50", _NO_END)
END_P95: Final = Wanted(
    "activity.end_of_turn_p95", "Turn over after, slow ones", "ms", "lower", "p95", _NO_END
)
CUT_OFF: Final = Wanted(
    "activity.cut_off", "Callers cut off", "share", "lower", "ratio", "no caller spoke"
)
FALSE_STARTS: Final = Wanted(
    "activity.false_starts",
    "Speech heard where there is none",
    PER_MINUTE,
    "lower",
    "ratio",
    "no call had a moment without speech",
)


def metrics(gathered: Gathered) -> list[Metric]:
    """Onset, end of turn, cut-offs and false starts."""
    onsets, ends = values(onset_delays(gathered)), values(end_delays(gathered))
    cut = shares((s.key, s.turn.cut_off) for s in gathered.spoken() if s.regular)
    return [
        measured(ONSET, onsets, gathered),
        measured(ONSET_P95, onsets, gathered),
        measured(END, ends, gathered),
        measured(END_P95, ends, gathered),
        measured(CUT_OFF, cut, gathered),
        measured(FALSE_STARTS, ratios(map(_false_starts, gathered.recorded)), gathered),
    ]


def onset_delays(gathered: Gathered) -> Iterator[tuple[Key, float]]:
    """From the first audible sound of a turn until the agent noticed it, in ms."""
    for spoken in gathered.spoken():
        turn = spoken.turn
        if turn.onset is not None and turn.start is not None:
            yield spoken.key, (turn.onset - turn.start) * MS


def end_delays(gathered: Gathered) -> Iterator[tuple[Key, float]]:
    """From the last audible sound until the agent declared the turn over, in ms.

    What was cut off has no such wait: it would count as quick.
    """
    for spoken in gathered.spoken():
        turn = spoken.turn
        if not spoken.regular or turn.cut_off:
            continue
        if turn.decided is not None and turn.end is not None:
            yield spoken.key, (turn.decided - turn.end) * MS


def _false_starts(call: Call) -> tuple[Key, float, float]:
    """How many, in how many minutes in which the caller did not speak."""
    speech = sum(_seconds(turn) for turn in call.record.turns)
    silent = max(0.0, call.record.seconds - speech) / _MINUTE
    return call.key, float(len(call.record.false_starts)), silent


def _seconds(turn: CallerTurn) -> float:
    if turn.start is None or turn.end is None:
        return 0.0
    return turn.end - turn.start
