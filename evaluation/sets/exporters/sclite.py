"""What was said and what was recognized in a run, in the formats of NIST's sclite. Pure.

`trn` has a line for every turn, with its name in parentheses (`sclite -i wsj`). `stm` has the
reference by file, channel, speaker and time, `ctm` the recognized words by file, channel, time and
duration; the agent does not keep the times of single words, so they are spread evenly over the
turn. Source: "Sclite Input file formats" in the documentation of the NIST Scoring Toolkit.

Secrets, sounds of listening and turns without a reference are left out; comments (`;;`) say of what
else is. A turn that was never recognized has no words in the hypothesis: all of it is deletions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from evaluation.runs.model import CallerTurn, CallRecord, Run
from evaluation.scoring.normalise import comparable

Words = Callable[[str, str], tuple[list[str], list[str]]]
"""Reference and hypothesis to the words that are compared."""

REFERENCE_TRN: Final = "ref.trn"
HYPOTHESIS_TRN: Final = "hyp.trn"
REFERENCE_STM: Final = "ref.stm"
HYPOTHESIS_CTM: Final = "hyp.ctm"

_MARKS: Final = re.compile(r"[(){}<>@;]")
"""Signs with a meaning of their own to sclite: alternatives, optional words, comments."""


def as_written(reference: str, hypothesis: str) -> tuple[list[str], list[str]]:
    """The words as they stand there, with nothing made alike; signs of sclite's own are dropped."""
    return _MARKS.sub(" ", reference).split(), _MARKS.sub(" ", hypothesis).split()


@dataclass(frozen=True, slots=True)
class _Pair:
    """A turn with the words that are compared; `name` is that of its call."""

    name: str
    turn: CallerTurn
    said: Sequence[str]
    heard: Sequence[str]


def trn(run: Run, words: Words = comparable) -> dict[str, str]:
    """Reference and hypothesis as `trn`, by the name of their file."""
    reference, hypothesis = [], []
    for pair in _pairs(run, words):
        ending = f"({pair.name}-{pair.turn.number})\n"
        reference.append(f"{' '.join(pair.said)} {ending}")
        hypothesis.append(f"{' '.join([*pair.heard, ending])}")
    return {REFERENCE_TRN: "".join(reference), HYPOTHESIS_TRN: "".join(hypothesis)}


def stm(run: Run, words: Words = comparable) -> dict[str, str]:
    """The reference as `stm` and the hypothesis as `ctm`, by the name of their file."""
    reference: list[tuple[str, float, str]] = []
    hypothesis: list[tuple[str, float, str]] = []
    remarks = []
    for pair in _pairs(run, words):
        turn, name = pair.turn, pair.name
        if turn.start is None or turn.end is None or turn.end <= turn.start:
            remarks.append(f";; left out: turn {turn.number} of {name} was never audible\n")
            continue
        start, end = turn.start, turn.end
        span = f"{start:.3f} {end:.3f}"
        reference.append((name, start, f"{name} A {name} {span} {' '.join(pair.said)}\n"))
        each = (end - start) / max(len(pair.heard), 1)
        for at, word in enumerate(pair.heard):
            begin = start + at * each
            hypothesis.append((name, begin, f"{name} A {begin:.3f} {each:.3f} {word}\n"))
    return {
        REFERENCE_STM: "".join([*remarks, *_in_order(reference)]),
        HYPOTHESIS_CTM: "".join(_in_order(hypothesis)),
    }


def _in_order(lines: list[tuple[str, float, str]]) -> list[str]:
    """By file in ASCII order, then by time, as sclite wants them."""
    return [line for _, _, line in sorted(lines, key=lambda one: one[:2])]


def _pairs(run: Run, words: Words) -> Iterator[_Pair]:
    for call in run.calls:
        if not call.recorded:  # nobody knows what was heard
            continue
        name = _name(call)
        for turn in call.turns:
            if turn.kind != "say" or turn.secret or turn.backchannel or not turn.reference:
                continue
            said, heard = words(turn.reference, turn.heard)
            if said:
                yield _Pair(name, turn, said, heard)


def _name(call: CallRecord) -> str:
    """A call as a name without spaces and parentheses; ids of cases have none. Attempts count from
    1, as people count them."""
    return f"{call.case}.{call.attempt + 1}"
