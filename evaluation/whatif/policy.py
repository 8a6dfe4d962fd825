"""What would another policy have done: turns taken sooner or later, callers cut off or not. Pure.

Each call is conducted twice (`course`): by its own policy, which must give what the journal has, or
the journal is not understood and the call left out; and by the other one. A turn counts as cut off
when the caller speaks on less than `CONTINUES` seconds after the pause in which it was taken, and
before anybody could have reacted to the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evaluation.whatif.answers import Difference, Effect, Total, WhatIf
from evaluation.whatif.changes import Change, changed
from evaluation.whatif.course import Act, Course, Divergence, acts_of, conducted
from evaluation.whatif.memory import REACTION, Memory
from evaluation.whatif.recorded import Recorded
from voicebot.conversation.events import Party, SpeechStarted, TurnHint

CONTINUES: Final = 1.5
"""Seconds of a pause that may still lie within what somebody is saying."""
EQUAL: Final = 0.01
"""Seconds that are no difference."""
LIMITS: Final = (
    "Recognition, the dialogue and the voice are taken to need as long as they needed then.",
    "After the first turn that would have gone differently the rest of a call is not told: "
    "the caller would have done something else.",
    "Pauses are those that the agent's voice activity noticed then.",
)
NO_HINTS: Final = (
    "No turn predictor judged these calls: where the new settings would ask one, it has no opinion."
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A turn of words as it was taken then and now; seconds of silence before it.

    `verdict` is same, sooner, later, "cut off" (now, not then), "whole" (cut off then, not now) or
    "otherwise"; for the last three the course ends with it and `now` may not be known.
    """

    at: float
    text: str
    then: float | None
    now: float | None
    verdict: str
    cut_then: bool
    cut_now: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Retold:
    """A call: its turns as far as they can be told, and how many cannot."""

    call: str
    turns: tuple[Taken, ...]
    hypothetical: int
    unusable: str = ""


def retold(recorded: Recorded, changes: Sequence[Change]) -> Retold:
    """What the changes would have done to a call. Raises ChangeError."""
    policy = changed(recorded.journal.policy, changes)
    own = conducted(recorded.journal, recorded.journal.policy)
    if own.divergence is not None:
        return Retold(
            recorded.name, (), 0, f"replayed as it was it differs: {_told(own.divergence)}"
        )
    return _Comparison(recorded, conducted(recorded.journal, policy)).result()


class _Comparison:
    def __init__(self, recorded: Recorded, course: Course) -> None:
        self._name = recorded.name
        self._then = acts_of(recorded.journal.steps)
        self._course = course
        self._memory = Memory(recorded.journal)
        self._onsets = [  # when speech began, and when that was noticed
            (one.event.at, one.at)
            for one in self._memory.happenings
            if isinstance(one.event, SpeechStarted) and one.event.party is Party.CALLER
        ]

    def result(self) -> Retold:
        pairs = zip(self._then, self._course.acts, strict=False)
        turns = [self._taken(then, now) for then, now in pairs if then.kind == "ask"]
        end = self._course.divergence
        told = len(self._course.acts)
        if end is not None:
            last = self._ended(end)
            turns.append(last)
            told += 1 if end.then is not None and end.then.kind == "ask" else 0
        rest = sum(act.kind == "ask" for act in self._then[told:])
        return Retold(self._name, tuple(turns), rest)

    def _taken(self, then: Act, now: Act) -> Taken:
        waits = _wait(then), _wait(now)
        verdict = "same"
        if waits[0] is not None and waits[1] is not None and abs(waits[1] - waits[0]) >= EQUAL:
            verdict = "sooner" if waits[1] < waits[0] else "later"
        cut = self._cut_off(then)
        return Taken(then.at, then.what, waits[0], waits[1], verdict, cut, cut)

    def _ended(self, end: Divergence) -> Taken:
        then, now = end.then, end.now
        at = then.at if then is not None else end.at
        text = then.what if then is not None and then.kind == "ask" else ""
        cut_then = then is not None and then.kind == "ask" and self._cut_off(then)
        wait = _wait(then) if then is not None else None
        early = now is not None and now.kind == "ask" and self._speaks_on(now)
        if early and now is not None:
            why = f"taken after {now.what!r}, and the caller speaks on"
            return Taken(at, text, wait, _wait(now), "cut off", cut_then, True, why)
        if cut_then and (end.unheard or now is None or now.kind == "ask"):
            why = "what the caller went on to say belongs to the turn"
            return Taken(at, text, wait, None, "whole", True, False, why)
        return Taken(at, text, wait, None, "otherwise", cut_then, False, _told(end))

    def _cut_off(self, act: Act) -> bool:
        """Did the caller speak on after the pause in which this turn was taken?"""
        if act.paused is None:
            return False
        number = sum(at < act.at for at in self._memory.asks)
        answered = self._memory.answered[number] if number < len(self._memory.answered) else act.at
        return any(
            act.paused < at <= act.paused + CONTINUES and noticed > act.at
            for at, noticed in self._onsets
            if at < answered + REACTION
        )

    def _speaks_on(self, act: Act) -> bool:
        """Does the caller speak on after a pause in which a turn would be taken now?"""
        if act.paused is None:
            return False
        moved = 0.0
        asks = [one for one in self._course.acts if one.kind in ("ask", "tell")]
        if asks:
            moved = asks[-1].at - self._memory.asks[len(asks) - 1]
        paused = act.paused - moved
        return any(paused < at <= paused + CONTINUES for at, _ in self._onsets)


def _wait(act: Act) -> float | None:
    return None if act.paused is None else act.at - act.paused


def _told(end: Divergence) -> str:
    then = _named(end.then) if end.then is not None else "nothing more was done"
    if end.unheard:
        return f"then {then}; now the speech would be cut elsewhere, and nobody knows what is heard"
    now = _named(end.now) if end.now is not None else "that does not come"
    return f"then {then}; now {now}"


def _named(act: Act) -> str:
    words = {
        "ask": f"{act.what!r} was taken for a turn",
        "tell": f"the dialogue was told of {act.what!r}",
        "say": f"the bot said {act.what!r}",
        "clear": "the bot fell silent",
        "ring": "a person was looked for",
        "fax": "a fax was received",
        "callback": "a call-back was noted",
        "hang up": "the call was ended",
    }
    return words[act.kind]


# ── over many calls ───────────────────────────────────────────────────────────────────────────


def answer(recorded: Iterable[Recorded | str], changes: Sequence[Change]) -> WhatIf:
    """What the changes would have done to many calls. Raises ChangeError."""
    calls: list[Retold] = []
    unusable: list[str] = []
    hinted = False
    for one in recorded:
        if isinstance(one, str):
            unusable.append(one)
            continue
        found = retold(one, changes)
        hinted |= any(isinstance(step.event, TurnHint) for step in one.journal.steps)
        if found.unusable:
            unusable.append(f"{found.call}: {found.unusable}")
        else:
            calls.append(found)
    turns = [turn for call in calls for turn in call.turns]
    hypothetical = sum(call.hypothetical for call in calls)
    counts = Counter(turn.verdict for turn in turns)
    asked = ", ".join(f"{change.name}={change.value}" for change in changes) or "nothing changed"
    return WhatIf(
        "policy",
        f"What if {asked}?",
        len(calls),
        len(turns) + hypothetical,
        len(turns),
        hypothetical,
        _totals(turns),
        tuple(_difference(call.call, turn) for call in calls for turn in call.turns),
        tuple(unusable),
        LIMITS if hinted or not calls else (*LIMITS, NO_HINTS),
        {name: counts[name] for name in _ORDER if counts[name]},
    )


_ORDER: Final = ("same", "sooner", "later", "cut off", "whole", "otherwise")


def _totals(turns: Sequence[Taken]) -> tuple[Total, ...]:
    both = [(t.then, t.now) for t in turns if t.then is not None and t.now is not None]
    then, now = ([pair[side] * 1000 for pair in both] for side in (0, 1))
    known = [t for t in turns if t.verdict != "otherwise"]
    cut_then = float(sum(turn.cut_then for turn in known))
    cut_now = float(sum(turn.cut_now for turn in known))
    count = len(known)
    return (
        Total("wait from the pause to the decision, median", _at(then, 50), _at(now, 50), "ms"),
        Total("the same, 95th percentile", _at(then, 95), _at(now, 95), "ms"),
        Total("turns cut off", cut_then, cut_now, "turns"),
        Total(
            "part of turns cut off",
            cut_then / count if count else None,
            cut_now / count if count else None,
            "share",
        ),
    )


def _at(values: Sequence[float], q: float) -> float | None:
    return float(np.percentile(values, q)) if values else None


def _difference(call: str, turn: Taken) -> Difference:
    effects: dict[str, Effect] = {
        "same": "same",
        "sooner": "better",
        "later": "worse",
        "cut off": "worse",
        "whole": "better",
        "otherwise": "changed",
    }
    seconds = None if turn.then is None or turn.now is None else round(turn.now - turn.then, 4)
    then = f"{turn.text!r} after {_ms(turn.then)}" if turn.text else _ms(turn.then)
    now = turn.verdict if turn.now is None else f"{turn.verdict}, after {_ms(turn.now)}"
    return Difference(call, turn.at, then, now, effects[turn.verdict], turn.why, seconds)


def _ms(seconds: float | None) -> str:
    return "no pause" if seconds is None else f"{seconds * 1000:.0f} ms"
