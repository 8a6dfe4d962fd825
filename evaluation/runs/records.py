"""A call put on record: its channels, the agent's own record, the bank, as plain values. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from evaluation.bench.calls import CallLog
from evaluation.bench.measures import bot_sounds
from evaluation.bench.trace import CallTrace
from evaluation.runs.bank import Left
from evaluation.runs.callerturns import Call, caller_turns, false_starts
from evaluation.runs.model import BotTurn, CallRecord, DoneAction
from evaluation.sets.model import Say
from voicebot.audio.pcm import Int16
from voicebot.caller.wire import FRAME

Ended = Literal["caller", "bot", "limit", "interrupted", "lost", "never"]

ESCALATED: Final = {"expert": "escalated"}
"""The agent's words for outcomes that a set calls otherwise."""
APART: Final = 0.7
"""Seconds of the bot's silence that make two turns of it, where no record says what is one."""
_EARLY: Final = 0.1
"""Seconds by which audio may be heard before the record says that it went out: clocks differ."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the agent wrote down when the call was over."""

    outcome: str
    handoffs: tuple[DoneAction, ...] = ()


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything that is known of a call when it is over.

    `failure` is '' for a call that came about as it should; `sound` is the digest of what was said.
    """

    case: str
    attempt: int
    seed: int
    call_id: str
    call: Call
    ended: Ended
    sound: str
    failure: str = ""
    outcome: Outcome | None = None
    left: Left | None = None
    tags: tuple[str, ...] = ()
    audio: str = ""
    journal: str = ""


def record_of(whole: Whole) -> CallRecord:
    """The call as it is kept."""
    log = whole.call.log
    left = whole.left or Left({}, ())
    outcome = whole.outcome or Outcome("")
    return CallRecord(
        case=whole.case,
        attempt=whole.attempt,
        seed=whole.seed,
        began=log.began,
        seconds=log.seconds,
        ended=whole.ended,
        failure=whole.failure,
        outcome=ESCALATED.get(outcome.outcome, outcome.outcome),
        turns=caller_turns(whole.call),
        bot=bot_turns(log, whole.call.trace, whole.call.shift),
        actions=(*left.actions, *outcome.handoffs),
        database=left.rows,
        false_starts=false_starts(whole.call),
        tags=whole.tags,
        call_id=whole.call_id,
        audio=whole.audio,
        journal=whole.journal,
        sound=whole.sound,
        late=log.late,
        recorded=whole.call.trace is not None,
    )


def bot_turns(log: CallLog, trace: CallTrace | None, shift: float) -> tuple[BotTurn, ...]:
    """What the bot said, where it can be heard; without a record the texts are ''.

    The text of a line that was cut short is what can have been heard of it.
    """
    sounds = bot_sounds(log.bot)
    if trace is None:
        return tuple(BotTurn("", start, end) for start, end in _stretches(sounds))
    lines = [line for line in trace.lines if line.party == "bot" and "first_audio" in line.times]
    turns = []
    for place, line in enumerate(lines):
        since = line.times["first_audio"] + shift - _EARLY
        later = lines[place + 1 : place + 2]
        until = later[0].times["first_audio"] + shift - _EARLY if later else log.seconds
        own = [(start, end) for start, end in sounds if since <= start < until]
        if own:
            text = line.text if line.heard is None else line.heard
            turns.append(BotTurn(text, own[0][0], own[-1][1]))
    return tuple(turns)


def handoffs(
    transfers: Sequence[Mapping[str, Any]], callbacks: Sequence[Mapping[str, Any]]
) -> tuple[DoneAction, ...]:
    """Hand-overs and wishes to be called back, as things that the bot did."""
    return (
        *(DoneAction("handoff", dict(row)) for row in transfers),
        *(DoneAction("callback", dict(row)) for row in callbacks),
    )


def without_secrets(call: Call) -> Int16:
    """The caller's channel with silence where digits are said that nobody may keep."""
    caller = np.array(call.log.caller)
    for done in call.performed:
        if isinstance(done.turn, Say) and done.turn.secret:
            caller[done.start * FRAME : done.end * FRAME] = 0
    return caller


def _stretches(sounds: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for start, end in sounds:
        if joined and start - joined[-1][1] < APART:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
