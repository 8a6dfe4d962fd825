"""The turns of a caller, measured: what was said, what the agent took for it, when it answered.

Pure. Times are seconds since the call's first sample; what the agent alone knows is brought to that
clock by the moments at which both began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from evaluation.bench.calls import CallLog
from evaluation.bench.measures import (
    Speech,
    bot_sounds,
    onset_after,
    outgoing_until,
    sounding_at,
)
from evaluation.bench.trace import CallTrace, Line
from evaluation.bench.turns import BRIDGED, QUIET, turn_of
from evaluation.callers.base import Performed
from evaluation.runs.model import CallerTurn
from evaluation.sets.model import Keys, Say
from voicebot.caller.wire import FRAME_SECONDS
from voicebot.conversation.masking import mask

BEFORE: Final = 0.5
"""Seconds by which voice activity may be dated before the audible beginning of speech."""
AFTER: Final = 0.5
"""Seconds behind the end of a sound in which what is noticed still belongs to it."""
_CLEARS: Final = 1.5
"""Seconds after the end of what is said over the bot within which a stop is because of it."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as both ends saw it; `trace` is None where the agent keeps no record."""

    log: CallLog
    performed: Sequence[Performed]
    trace: CallTrace | None = None

    @property
    def shift(self) -> float:
        """What is added to the agent's times to have the caller's."""
        return 0.0 if self.trace is None else self.trace.began - self.log.began


def caller_turns(call: Call) -> tuple[CallerTurn, ...]:
    """The turns of the caller, in order."""
    own = _own_lines(call)
    turns = []
    for place, done in enumerate(call.performed):
        later = call.performed[place + 1 : place + 2]
        until = _begin(later[0]) if later else call.log.seconds
        if isinstance(done.turn, Say) and done.clip is not None:
            turns.append(_spoken(call, done, done.turn, own[place], until))
        else:
            turns.append(_unspoken(call, done, until))
    return tuple(turns)


def _own_lines(call: Call) -> list[list[Line]]:
    """The agent's lines of speech by turn of the caller: each belongs to what it covers most of.

    A line may have begun before the caller did, when the agent took something else for speech, and
    may hold a sound of listening and the sentence behind it.
    """
    own: list[list[Line]] = [[] for _ in call.performed]
    spoken = [
        (place, _speech(done))
        for place, done in enumerate(call.performed)
        if isinstance(done.turn, Say) and done.clip is not None
    ]
    lines = call.trace.lines if call.trace is not None and spoken else ()
    for line in lines:
        began = line.times.get("started")
        if line.party != "caller" or line.kind != "speech" or began is None:
            continue
        ended = line.times.get("paused", line.times.get("decided", began + BEFORE))
        covered = [
            (min(ended + call.shift, s.end) - max(began + call.shift - BEFORE, s.start), place)
            for place, s in spoken
        ]
        most, place = max(covered)
        if most > 0:
            own[place].append(line)
    return own


def false_starts(call: Call) -> tuple[float, ...]:
    """Moments at which the agent noticed speech where the caller made no sound."""
    if call.trace is None:
        return ()
    sounds = [_speech(done) for done in call.performed if isinstance(done.turn, Say) and done.clip]
    return tuple(
        at
        for begun, at in _noticed(call)
        if not any(s.start - BEFORE <= begun <= s.end + AFTER for s in sounds)
    )


def _spoken(
    call: Call, done: Performed, say: Say, lines: Sequence[Line], until: float
) -> CallerTurn:
    speech = _speech(done)
    turn = CallerTurn(
        number=done.number,
        kind="say",
        reference=mask(say.text) if say.secret else say.text,
        start=speech.start,
        end=speech.end,
        barge_in=say.barge_in is not None,
        backchannel=say.backchannel,
        secret=say.secret,
        onset=next((at for begun, at in _noticed(call) if _within(begun, speech)), None),
    )
    if done.whole and done.clip is not None:
        found = turn_of(call.log, call.trace, done.clip, speech, until, lines)
        answered = None if found.response is None else speech.end + found.response
        turn = replace(turn, answered=answered, cut_off=found.cut_off, stages=dict(found.stages))
    return _heard(_over_the_bot(call, turn, speech, until), lines, call.shift)


def _heard(turn: CallerTurn, lines: Sequence[Line], shift: float) -> CallerTurn:
    """With what the agent took for it."""
    if not lines:
        return turn
    decided = lines[-1].times.get("decided")
    known = [line.confidence for line in lines if line.confidence is not None]
    return replace(
        turn,
        heard=" ".join(line.text for line in lines),
        confidence=min(known, default=None),
        secret=turn.secret or any(line.sensitive for line in lines),
        decided=None if decided is None else decided + shift,
    )


def _over_the_bot(call: Call, turn: CallerTurn, speech: Speech, until: float) -> CallerTurn:
    """With what became of the bot's speech, where it was speaking."""
    log = call.log
    if not sounding_at(bot_sounds(log.bot), speech.start, BRIDGED):
        return turn
    cleared = any(speech.start <= clear.at <= speech.end + _CLEARS for clear in log.clears)
    stopped = outgoing_until(log.outgoing, speech.start) if cleared else None
    return replace(
        turn,
        yielded=None if stopped is None else max(0.0, stopped - speech.start),
        resumed=_resumed(call, speech.start, until),
    )


def _resumed(call: Call, since: float, until: float) -> bool:
    if call.trace is None:
        return False
    return any(
        name == "Say" and data.get("resumes") and since <= entry.at + call.shift < until
        for entry in call.trace.journal
        for name, data in entry.commands
    )


def _unspoken(call: Call, done: Performed, until: float) -> CallerTurn:
    """Keys, or a silence: answered from its end on, or from its beginning where nothing is said."""
    begin, end = done.start * FRAME_SECONDS, done.end * FRAME_SECONDS
    keys = isinstance(done.turn, Keys)
    answered = onset_after(bot_sounds(call.log.bot), end if keys else begin, QUIET)
    turn = CallerTurn(
        number=done.number,
        kind="keys" if keys else "silence",
        reference="",
        answered=answered if answered is not None and answered < until else None,
    )
    if isinstance(done.turn, Keys):
        secret, digits = done.turn.secret, done.turn.digits
        turn = replace(turn, secret=secret, reference=mask(digits) if secret else digits)
    if call.trace is None:
        return turn
    own = [line for line in call.trace.lines if line.party == "caller"]
    lines = [
        line
        for line in own
        if line.kind == turn.kind and begin <= _moment(line) + call.shift < until
    ]
    # Words that were heard where nobody spoke are more than the note that nobody did.
    imagined = [line for line in own if not keys and _imagined(line, call.shift, begin, until)]
    return _heard(turn, imagined or lines, call.shift)


def _imagined(line: Line, shift: float, begin: float, until: float) -> bool:
    """Is it speech that began within the caller's silence?"""
    return line.kind == "speech" and begin <= line.times.get("started", -1.0) + shift < until


def _moment(line: Line) -> float:
    return line.times.get("decided", line.times.get("started", -1.0))


def _begin(done: Performed) -> float:
    return done.start * FRAME_SECONDS + (done.clip.start if done.clip is not None else 0.0)


def _speech(done: Performed) -> Speech:
    """Where it can be heard; as far as it was said."""
    if done.clip is None:
        return Speech(done.start * FRAME_SECONDS, done.end * FRAME_SECONDS)
    end = done.start * FRAME_SECONDS + done.clip.end
    return Speech(_begin(done), end if done.whole else min(end, done.end * FRAME_SECONDS))


def _noticed(call: Call) -> Iterator[tuple[float, float]]:
    """When speech began, as the agent heard it, and when it noticed."""
    if call.trace is None:
        return
    for entry in call.trace.events("SpeechStarted", "party", "caller"):
        yield float(entry.data["at"]) + call.shift, entry.at + call.shift


def _within(begun: float, speech: Speech) -> bool:
    return speech.start - BEFORE <= begun <= speech.end
