from __future__ import annotations

import numpy as np
import pytest

from evaluation.bench.trace import Line
from evaluation.callers.base import Performed
from evaluation.runs.bank import Left
from evaluation.runs.callerturns import Call
from evaluation.runs.model import DoneAction
from evaluation.runs.records import (
    Outcome,
    Whole,
    bot_turns,
    handoffs,
    record_of,
    without_secrets,
)
from evaluation.sets.model import Say
from tests.evaluation.bench.tracks import call_log, spoken, trace
from voicebot.caller.wire import FRAME

CLIP = spoken((0.3, 0.8), total=1.2)


def bot(number: int, text: str, at: float | None, heard: str | None = None) -> Line:
    times = {} if at is None else {"first_audio": at}
    return Line(number, "bot", "speech", text, times, heard=heard)


def test_the_bots_lines_lie_where_they_can_be_heard() -> None:
    log = call_log(total=12, said=[], bot=[(0.2, 2.0), (5.2, 6.0), (6.4, 7.0)])
    record = trace([bot(1, "Hello.", 0.15), bot(2, "Sure. One moment.", 5.15)])
    first, second = bot_turns(log, record, 0.0)
    assert (first.text, second.text) == ("Hello.", "Sure. One moment.")
    assert (first.start, first.end) == (pytest.approx(0.2), pytest.approx(2.0))
    assert (second.start, second.end) == (pytest.approx(5.2), pytest.approx(7.0))


def test_a_line_that_was_cut_short_is_what_can_have_been_heard() -> None:
    log = call_log(total=12, said=[], bot=[(0.2, 1.0)])
    record = trace([bot(1, "Hello, this is the bank.", 0.2, heard="Hello, this")])
    assert [turn.text for turn in bot_turns(log, record, 0.0)] == ["Hello, this"]


def test_a_line_that_nobody_can_hear_was_not_said() -> None:
    log = call_log(total=12, said=[], bot=[])
    assert bot_turns(log, trace([bot(1, "Hello.", 0.2), bot(2, "Never.", None)]), 0.0) == ()


def test_without_a_record_silence_tells_the_bots_turns_apart() -> None:
    log = call_log(total=12, said=[], bot=[(0.2, 1.0), (1.4, 2.0), (5.0, 6.0)])
    assert [(t.text, round(t.start, 1), round(t.end, 1)) for t in bot_turns(log, None, 0.0)] == [
        ("", 0.2, 2.0),
        ("", 5.0, 6.0),
    ]


def test_a_record_has_everything_that_was_found_out() -> None:
    log = call_log(total=6, said=[], bot=[(0.2, 1.0)])
    whole = Whole(
        case="a",
        attempt=2,
        seed=5,
        call_id="x",
        call=Call(log, ()),
        ended="caller",
        sound="ab",
        outcome=Outcome("expert", handoffs([{"reason": "asked"}], [{"number": "+1"}])),
        left=Left({"transfers": ()}, (DoneAction("balance"),)),
        tags=("t",),
        audio="audio/a.wav",
    )
    record = record_of(whole)
    assert record.outcome == "escalated"
    assert record.actions == (
        DoneAction("balance"),
        DoneAction("handoff", {"reason": "asked"}),
        DoneAction("callback", {"number": "+1"}),
    )
    assert record.database == {"transfers": ()}
    assert (record.case, record.attempt, record.sound, record.tags) == ("a", 2, "ab", ("t",))
    assert record.seconds == pytest.approx(6.0)


def test_secrets_are_silent_in_what_is_kept() -> None:
    log = call_log(total=6, said=[], bot=[])
    log.caller[:] = 1000
    secret = Performed(0, Say("four", secret=True), 50, 60, CLIP)
    plain = Performed(1, Say("hello"), 100, 110, CLIP)
    kept = without_secrets(Call(log, (secret, plain)))
    assert not np.any(kept[50 * FRAME : 60 * FRAME])
    assert np.all(kept[60 * FRAME :] == 1000)
    assert np.all(log.caller == 1000)
