"""A run beside its set: every call with its case, every turn with what the script says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from evaluation.runs.model import CallerTurn, CallRecord, Run
from evaluation.sets.model import Case, EvaluationSet, Say
from voicebot.conversation.masking import MASK

Key = tuple[str, int]
"""A call of a run: case and attempt."""


class ScoringError(ValueError):
    """The run can't be scored by this set; the message says why."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn in which the caller spoke, with the script's word for it (None: simulated caller), and
    whether the agent's record says what it heard."""

    key: Key
    turn: CallerTurn
    script: Say | None
    recorded: bool = True

    @property
    def regular(self) -> bool:
        """Is it a turn of its own, not a sound of listening while the bot speaks?"""
        return not self.turn.backchannel

    @property
    def comparable(self) -> bool:
        """Is it known what was said, and may what was heard be looked at?

        What is masked was a secret: nothing can be said of how it was heard.
        """
        known = self.recorded and bool(self.turn.reference.strip()) and self.regular
        return known and MASK not in self.turn.reference and MASK not in self.turn.heard

    @property
    def secret(self) -> bool:
        """Must no report show what was said?"""
        return self.turn.secret or (self.script is not None and self.script.secret)

    @property
    def intent(self) -> str | None:
        """The intent that is to be found; None where nobody says which."""
        return self.script.intent if self.script is not None else None


@dataclass(frozen=True, slots=True)
class Call:
    """A call and the case that it was to be."""

    record: CallRecord
    case: Case

    @property
    def key(self) -> Key:
        """Case and attempt."""
        return self.record.case, self.record.attempt

    def spoken(self) -> Iterator[Spoken]:
        """The turns in which the caller spoke."""
        for turn in self.record.turns:
            if turn.kind != "say":
                continue
            scripted = self.case.turns[turn.number : turn.number + 1]
            say = scripted[0] if scripted and isinstance(scripted[0], Say) else None
            yield Spoken(self.key, turn, say, self.record.recorded)


@dataclass(frozen=True, slots=True)
class Gathered:
    """All calls of a run; `tags` are those of the call's case and of the call itself, `intents`
    those of the whole set, in alphabetical order."""

    calls: tuple[Call, ...]
    tags: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    intents: tuple[str, ...] = ()

    def spoken(self) -> Iterator[Spoken]:
        """Every turn of every call in which the caller spoke."""
        for call in self.calls:
            yield from call.spoken()

    @property
    def recorded(self) -> tuple[Call, ...]:
        """The calls of which the agent's record was read."""
        return tuple(call for call in self.calls if call.record.recorded)

    def tagged(self) -> dict[str, frozenset[Key]]:
        """The calls by tag, tags in alphabetical order; one that all calls have says nothing."""
        names = sorted({tag for tags in self.tags.values() for tag in tags})
        found = {
            name: frozenset(key for key, tags in self.tags.items() if name in tags)
            for name in names
        }
        return {name: keys for name, keys in found.items() if len(keys) < len(self.calls)}


def gather(run: Run, cases: EvaluationSet) -> Gathered:
    """Put them side by side.

    Raises:
        ScoringError: a call of the run belongs to no case of the set, a turn of it to no turn of
            the case, or a call is there twice.
    """
    by_id = {case.id: case for case in cases.cases}
    calls: dict[Key, Call] = {}
    for record in run.calls:
        case = by_id.get(record.case)
        named = f"call {record.case} (attempt {record.attempt})"
        if case is None:
            raise ScoringError(
                f"{named} belongs to no case of {cases.name} {cases.version}; the run was made "
                f"with {run.info.set_name} {run.info.set_version}: score it with that one"
            )
        call = Call(record, case)
        if call.key in calls:
            raise ScoringError(f"{named} is in the run twice: was its folder written to by two?")
        _check_turns(call, named)
        calls[call.key] = call
    tags = {
        key: tuple(dict.fromkeys((*call.case.tags, *call.record.tags)))
        for key, call in calls.items()
    }
    intents = {
        turn.intent
        for case in cases.cases
        for turn in case.turns
        if isinstance(turn, Say) and turn.intent
    }
    return Gathered(tuple(calls.values()), tags, tuple(sorted(intents)))


def _check_turns(call: Call, named: str) -> None:
    """Does every turn have its place in the script, where there is one?"""
    if not call.case.turns:
        return
    for turn in call.record.turns:
        if not 0 <= turn.number < len(call.case.turns):
            raise ScoringError(
                f"{named} has a turn {turn.number}, but {call.case.where or 'its case'} has "
                f"{len(call.case.turns)} turns: the set was changed after the run"
            )
