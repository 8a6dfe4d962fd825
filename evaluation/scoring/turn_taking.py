"""Turn-taking: how soon and how reliably the bot answers, yields, and keeps on speaking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from evaluation.scoring.activity import MS
from evaluation.scoring.gathered import Gathered, Key
from evaluation.scoring.metrics import Wanted, measured, shares, values
from evaluation.scoring.model import Metric

_NO_ANSWER: Final = "the bot answered no turn that it had heard to the end"
_NO_BARGE_IN: Final = "nobody interrupted the bot"

RESPONSE: Final = Wanted(
    "turn_taking.response", "Bot answers after", "ms", "lower", "p50", _NO_ANSWER
)
RESPONSE_P95: Final = Wanted(
    "turn_taking.response_p95", "Bot answers after, slow ones", "ms", "lower", "p95", _NO_ANSWER
)
RATE: Final = Wanted(
    "turn_taking.response_rate",
    "Turns that are answered",
    "share",
    "higher",
    "ratio",
    "the caller had no turn",
)
YIELD: Final = Wanted(
    "turn_taking.yield", "Interrupted bot is silent after", "ms", "lower", "p50", _NO_BARGE_IN
)
YIELD_P95: Final = Wanted(
    "turn_taking.yield_p95",
    "Interrupted bot is silent after, slow ones",
    "ms",
    "lower",
    "p95",
    _NO_BARGE_IN,
)
YIELD_RATE: Final = Wanted(
    "turn_taking.yield_rate",
    "Interruptions that stop the bot",
    "share",
    "higher",
    "ratio",
    _NO_BARGE_IN,
)
SELECTIVITY: Final = Wanted(
    "turn_taking.selectivity",
    "Sounds of listening that do not stop the bot",
    "share",
    "higher",
    "ratio",
    "nobody made a sound of listening",
)


def metrics(gathered: Gathered) -> list[Metric]:
    """Responses, interruptions and sounds of listening."""
    responses, yields = values(response_times(gathered)), values(yield_times(gathered))
    spoken = list(gathered.spoken())
    yielded = shares(
        (each.key, each.turn.yielded is not None and not each.turn.resumed)
        for each in spoken
        if each.turn.barge_in and each.regular
    )
    kept = shares(
        (each.key, each.turn.yielded is None or each.turn.resumed)
        for each in spoken
        if each.turn.backchannel
    )
    return [
        measured(RESPONSE, responses, gathered),
        measured(RESPONSE_P95, responses, gathered),
        measured(RATE, shares(_answered(gathered)), gathered),
        measured(YIELD, yields, gathered),
        measured(YIELD_P95, yields, gathered),
        measured(YIELD_RATE, yielded, gathered),
        measured(SELECTIVITY, kept, gathered),
    ]


def response_times(gathered: Gathered) -> Iterator[tuple[Key, float]]:
    """From the last audible sound of a turn to the bot's first, in ms; interruptions count.

    A turn that was cut off says nothing of how quick an answer is.
    """
    for spoken in gathered.spoken():
        turn = spoken.turn
        if not spoken.regular or turn.cut_off:
            continue
        if turn.answered is not None and turn.end is not None:
            yield spoken.key, (turn.answered - turn.end) * MS


def yield_times(gathered: Gathered) -> Iterator[tuple[Key, float]]:
    """From the beginning of an interruption until the bot was silent, in ms."""
    for spoken in gathered.spoken():
        turn = spoken.turn
        if spoken.regular and turn.barge_in and turn.yielded is not None and not turn.resumed:
            yield spoken.key, turn.yielded * MS


def _answered(gathered: Gathered) -> Iterator[tuple[Key, bool]]:
    """Was each turn answered? Silence asks for no answer, and a sound of listening for none."""
    for call in gathered.calls:
        for turn in call.record.turns:
            if turn.kind != "silence" and not turn.backchannel:
                yield call.key, turn.answered is not None
