"""A call as it is told: turn by turn, what was said, heard and meant, and what went wrong in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evaluation.reporting.secrets import HIDDEN, Secrets
from evaluation.runs.model import BotTurn, CallerTurn, CallRecord, Understood
from evaluation.scoring.model import Aligned
from evaluation.sets.model import Case, Say

Pair = tuple[str, str, str]
"""(op, said, heard): "=" the same word, "S" another one, "D" left out, "I" not said."""


@dataclass(frozen=True, slots=True)
class TurnTold:
    """One turn. `at` (s) is where it begins; None where nothing tells.

    `said` is what was really said (or is to be spoken by the bot), `heard` what was taken for it,
    `pairs` both word by word; `wrong` names what went wrong. `expected` and `found` are intents; ''
    where not known. `wait` is from the end of the speech to the bot's first audio (s).
    """

    who: str
    kind: str
    at: float | None
    end: float | None
    said: str
    heard: str = ""
    pairs: tuple[Pair, ...] = ()
    number: int = -1
    expected: str = ""
    found: str = ""
    confidence: float | None = None
    by_reference: str = ""
    wait: float | None = None
    errors: int = 0
    secret: bool = False
    wrong: tuple[str, ...] = ()
    entities: Mapping[str, str] = field(default_factory=dict)
    expected_entities: Mapping[str, str] = field(default_factory=dict)
    ranking: tuple[tuple[str, float], ...] = ()


def told(
    call: CallRecord, case: Case | None, aligned: Sequence[Aligned], secrets: Secrets
) -> tuple[TurnTold, ...]:
    """The turns of both sides in the order in which they were said.

    `aligned` are the call's own. A turn of the caller that has no audible sound (keys, silence)
    stands where the agent took it, or behind the turn before it.
    """
    by_number = {one.turn: one for one in aligned}
    placed: list[tuple[float, TurnTold]] = []
    last = 0.0
    for turn in call.turns:
        last = next(
            (at for at in (turn.start, turn.decided, turn.answered) if at is not None), last
        )
        one = by_number.get(turn.number)
        placed.append((last, _caller_turn(turn, case, one, secrets, recorded=not call.failure)))
    placed += [(turn.start, _bot_turn(turn, secrets)) for turn in call.bot]
    placed.sort(key=lambda one: one[0])  # stable: a turn without a time stays behind the former
    return tuple(turn for _, turn in placed)


def _bot_turn(turn: BotTurn, secrets: Secrets) -> TurnTold:
    return TurnTold(
        "bot",
        "say",
        turn.start,
        turn.end,
        secrets.hide(turn.text or turn.heard),
        secrets.hide(turn.heard),
    )


def _caller_turn(
    turn: CallerTurn,
    case: Case | None,
    aligned: Aligned | None,
    secrets: Secrets,
    *,
    recorded: bool,
) -> TurnTold:
    """Where the call's record failed, nothing is said of what went wrong in a turn."""
    hide = _hidden if turn.secret else secrets.hide
    planned = _planned(turn, case)
    expected = (planned.intent or "") if planned is not None else ""
    found = turn.understood.intent if turn.understood is not None else ""
    return TurnTold(
        who="caller",
        kind=turn.kind,
        at=turn.start,
        end=turn.end,
        said=hide(turn.reference),
        heard=hide(turn.heard),
        pairs=_pairs(turn, aligned, secrets),
        number=turn.number,
        expected=expected,
        found=found,
        confidence=turn.understood.confidence if turn.understood is not None else None,
        by_reference=turn.by_reference.intent if turn.by_reference is not None else "",
        wait=wait_of(turn),
        errors=aligned.errors if aligned is not None else 0,
        secret=turn.secret,
        wrong=_wrong(turn, expected, found, aligned) if recorded else (),
        entities={} if turn.secret else _found_entities(turn.understood, secrets),
        expected_entities={}
        if turn.secret or planned is None
        else secrets.values({one.kind: one.value for one in planned.entities}),
        ranking=turn.understood.ranking if turn.understood is not None else (),
    )


def wait_of(turn: CallerTurn) -> float | None:
    """Seconds from the end of the speech to the bot's first audio; None where either is missing."""
    if turn.end is None or turn.answered is None:
        return None
    return turn.answered - turn.end


def _planned(turn: CallerTurn, case: Case | None) -> Say | None:
    if case is None or not 0 <= turn.number < len(case.turns):
        return None
    planned = case.turns[turn.number]
    return planned if isinstance(planned, Say) else None


def _hidden(text: str) -> str:
    return HIDDEN if text else ""


def _pairs(turn: CallerTurn, aligned: Aligned | None, secrets: Secrets) -> tuple[Pair, ...]:
    if aligned is None:
        return ()
    said, heard = (" ".join(pair[side] for pair in aligned.pairs) for side in (1, 2))
    # A secret in a turn that is not marked as one: word by word it can't be told from the rest.
    hidden = secrets.hide(said) != said or secrets.hide(heard) != heard
    return () if turn.secret or hidden else aligned.pairs


def _found_entities(understood: Understood | None, secrets: Secrets) -> dict[str, str]:
    if understood is None:
        return {}
    return secrets.values({one.kind: one.value for one in understood.entities})


def _wrong(turn: CallerTurn, expected: str, found: str, aligned: Aligned | None) -> tuple[str, ...]:
    if turn.backchannel:
        stopped = turn.yielded is not None and not turn.resumed
        return ("stopped by a backchannel",) if stopped else ()
    speaks = turn.kind == "say"
    found_out = {
        "cut off": turn.cut_off,
        "not heard": speaks and bool(turn.reference) and not turn.heard,
        "misheard": bool(turn.heard) and aligned is not None and aligned.errors > 0,
        "words heard in silence": turn.kind == "silence" and bool(turn.heard),
        "misunderstood": bool(expected and found) and expected != found,
        "never taken": speaks and turn.decided is None and bool(turn.heard),
        "not answered": turn.decided is not None and turn.answered is None,
    }
    return tuple(name for name, so in found_out.items() if so)
