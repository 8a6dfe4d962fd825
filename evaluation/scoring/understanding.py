"""Understanding: intents and values on the reference text and on what was heard, and the gap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evaluation.runs.model import HeardEntity, Understood
from evaluation.scoring.gathered import Gathered, Key, Spoken
from evaluation.scoring.metrics import Samples, Wanted, counted, measured, ratios, shares
from evaluation.scoring.model import CalibrationBin, Confusion, Metric
from evaluation.scoring.values import same_value
from evaluation.sets.model import Entity, Say
from evaluation.statistics.bootstrap import Kind

Basis = Literal["reference", "heard"]
BASES: Final[tuple[Basis, ...]] = ("reference", "heard")
OUT_OF_SCOPE: Final = "out_of_scope"
FALLBACK: Final = "nlu_fallback"
_REFUSED: Final = frozenset({OUT_OF_SCOPE, FALLBACK})
BINS: Final = 10
"""Bins of equal width, as in C. Guo et al., "On calibration of modern neural networks" (2017)."""

_NOTHING: Final = Understood("nothing heard", 0.0)
_NAMED: Final = {"reference": "what was said", "heard": "what was heard"}
_NO_INTENT: Final = "no turn with an intent in the set was given to the dialogue"


@dataclass(frozen=True, slots=True)
class Judged:
    """A turn whose intent is known, and what the dialogue made of one of its texts."""

    spoken: Spoken
    expected: str
    found: Understood

    @property
    def right(self) -> bool:
        """Was the intent found? What is out of scope may be refused either way."""
        if self.expected == OUT_OF_SCOPE:
            return self.found.intent in _REFUSED
        return self.found.intent == self.expected


def judged_turns(gathered: Gathered, basis: Basis) -> list[Judged]:
    """The turns that can be judged on that text.

    A turn of which nothing was heard could not be understood, and counts, in a run in which the
    dialogue was asked at all.
    """
    turns = [spoken for spoken in gathered.spoken() if spoken.regular and spoken.intent]
    made = [(spoken, _understood(spoken, basis)) for spoken in turns]
    asked = any(found is not None for _, found in made)
    judged = []
    for spoken, found in made:
        unheard = asked and basis == "heard" and spoken.recorded and not spoken.turn.heard.strip()
        understood = _NOTHING if found is None and unheard else found
        if understood is not None:
            judged.append(Judged(spoken, spoken.intent or "", understood))
    return judged


def _understood(spoken: Spoken, basis: Basis) -> Understood | None:
    return spoken.turn.by_reference if basis == "reference" else spoken.turn.understood


def metrics(gathered: Gathered) -> list[Metric]:
    """Everything on both texts, then what recognition costs."""
    found = []
    for basis in BASES:
        found += _of_intents(gathered, basis)
        found += _of_values(gathered, basis)
    return [*found, _gap(gathered)]


def _of_intents(gathered: Gathered, basis: Basis) -> list[Metric]:
    turns = judged_turns(gathered, basis)
    right = shares((turn.spoken.key, turn.right) for turn in turns)
    refused = shares(
        (turn.spoken.key, turn.right) for turn in turns if turn.expected == OUT_OF_SCOPE
    )
    brier = ratios(
        (turn.spoken.key, (turn.found.confidence - float(turn.right)) ** 2, 1.0) for turn in turns
    )
    none_outside = "no turn of the set is out of scope"
    return [
        measured(_wanted("accuracy", basis, "Intents right", "higher"), right, gathered),
        measured(
            _wanted("macro_f1", basis, "Intents, macro F1", "higher", kind="macro_f1"),
            _class_counts(turns, gathered),
            gathered,
        ),
        measured(
            _wanted("out_of_scope_recall", basis, "Out of scope refused", "higher", none_outside),
            refused,
            gathered,
        ),
        measured(
            _wanted(
                "calibration_error",
                basis,
                "Expected calibration error",
                "lower",
                kind="calibration",
            ),
            _bin_sums(turns),
            gathered,
        ),
        measured(_wanted("brier", basis, "Squared error of confidence", "lower"), brier, gathered),
    ]


def _of_values(gathered: Gathered, basis: Basis) -> list[Metric]:
    """F1 of values: of all kinds, then of each; kind and value must both be right."""
    none = "no turn says which values are in it"
    counts = list(_value_counts(gathered, basis))
    title = "Values understood, F1"
    found = [measured(_wanted("entity_f1", basis, title, "higher", none), _f1(counts), gathered)]
    for kind in sorted({kind for _, kind, _, _ in counts}):
        wanted = _wanted(f"entity_f1.{kind}", basis, f"{title}: {kind}", "higher", none)
        of_kind = [count for count in counts if count[1] == kind]
        found.append(measured(wanted, _f1(of_kind), gathered))
    return found


def _wanted(
    name: str,
    basis: Basis,
    title: str,
    better: Literal["higher", "lower"],
    because: str = _NO_INTENT,
    kind: Kind = "ratio",
) -> Wanted:
    head, _, of = name.partition(".")
    key = f"understanding.{head}_{basis}" + (f".{of}" if of else "")
    return Wanted(key, f"{title}, on {_NAMED[basis]}", "share", better, kind, because)


def _gap(gathered: Gathered) -> Metric:
    """How much of the accuracy is lost because of what was heard."""
    wanted = Wanted(
        "understanding.gap",
        "Intents lost by recognition",
        "share",
        "lower",
        "ratio",
        "no turn was given to the dialogue both as it was said and as it was heard",
    )
    heard = {_place(turn): turn for turn in judged_turns(gathered, "heard")}
    lost = ratios(
        (said.spoken.key, float(said.right) - float(heard[_place(said)].right), 1.0)
        for said in judged_turns(gathered, "reference")
        if _place(said) in heard
    )
    return measured(wanted, lost, gathered)


def _place(turn: Judged) -> tuple[Key, int]:
    return turn.spoken.key, turn.spoken.turn.number


def _class_counts(turns: Sequence[Judged], gathered: Gathered) -> Samples:
    """How often each intent of the set was expected, found, and found rightly, by call."""
    places = {name: place for place, name in enumerate(gathered.intents)}

    def parts() -> Iterator[tuple[Key, int, tuple[float, float, float]]]:
        for turn in turns:
            key, right = turn.spoken.key, float(turn.right)
            yield key, places[turn.expected], (1.0, right, right)
            if not turn.right and turn.found.intent in places:
                yield key, places[turn.found.intent], (0.0, 1.0, 0.0)

    return counted(parts(), len(places))


def _bin_sums(turns: Sequence[Judged]) -> Samples:
    """Turns, their confidence, and how many were right, by bin and call."""
    parts = (
        (turn.spoken.key, _bin(turn), (1.0, turn.found.confidence, float(turn.right)))
        for turn in turns
    )
    return counted(parts, BINS)


def _bin(turn: Judged) -> int:
    """The bin of its confidence; exactly 1 is in the last one."""
    return max(0, min(int(turn.found.confidence * BINS), BINS - 1))


def calibration_bins(turns: Sequence[Judged]) -> tuple[CalibrationBin, ...]:
    """Confidence against accuracy."""
    members: dict[int, list[Judged]] = {}
    for turn in turns:
        members.setdefault(_bin(turn), []).append(turn)
    return tuple(
        CalibrationBin(
            low=at / BINS,
            high=(at + 1) / BINS,
            count=len(inside),
            confidence=sum(turn.found.confidence for turn in inside) / len(inside),
            accuracy=sum(turn.right for turn in inside) / len(inside),
        )
        for at, inside in sorted(members.items())
    )


def confusions(gathered: Gathered) -> tuple[Confusion, ...]:
    """Expected against found, on both texts."""
    return tuple(
        Confusion(basis, Counter((turn.expected, turn.found.intent) for turn in turns))
        for basis in BASES
        if (turns := judged_turns(gathered, basis))
    )


_Count = tuple[Key, str, int, int]
"""A turn's values of a kind: call, kind, how many were right, and expected plus found."""


def _value_counts(gathered: Gathered, basis: Basis) -> Iterator[_Count]:
    """Only turns whose values the script tells, and only kinds that the set knows at all: what
    else the dialogue takes out of a text ("correction") is no mistake."""
    known = {
        entity.kind
        for call in gathered.calls
        for turn in call.case.turns
        if isinstance(turn, Say)
        for entity in turn.entities
    }
    for spoken in gathered.spoken():
        script, understood = spoken.script, _understood(spoken, basis)
        if script is None or not script.entities or understood is None:
            continue
        if not spoken.regular or spoken.secret:
            continue
        for kind in sorted(known):
            wanted = [entity for entity in script.entities if entity.kind == kind]
            found = [entity for entity in understood.entities if entity.kind == kind]
            if wanted or found:
                yield spoken.key, kind, _matches(wanted, found), len(wanted) + len(found)


def _matches(wanted: Sequence[Entity], found: Sequence[HeardEntity]) -> int:
    """How many of the values are there, each found value used once."""
    left = list(found)
    right = 0
    for entity in wanted:
        for at, other in enumerate(left):
            if same_value(entity.value, other.value):
                del left[at]
                right += 1
                break
    return right


def _f1(counts: Sequence[_Count]) -> Mapping[Key, tuple[float, ...]]:
    """F1 as a ratio of sums: twice what is right by what is expected and found."""
    return ratios((key, 2.0 * right, float(both)) for key, _, right, both in counts)
