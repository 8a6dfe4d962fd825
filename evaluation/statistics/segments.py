"""The matched-pairs sentence-segment word error test: do two recognizers differ in their errors?

An utterance falls into segments that both recognizers' errors leave independent of each other: two
words that both got right part them. The differences of the errors by segment are compared with
zero. Segments and statistic are those of `sc_stats -t mapsswe` of NIST's scoring programs.

Source: L. Gillick and S. J. Cox, "Some statistical issues in the comparison of speech recognition
algorithms", ICASSP 1989.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from scipy import stats

BOUNDARY: Final = 2
"""Words in a row that both have right, so that what follows is a segment of its own."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of an utterance with errors: reference words in it, those at its edges that both
    have right included, and the errors of either recognizer."""

    words: int
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class MatchedPairs:
    """The test's result. `mean` and `deviation` are those of first minus second errors by segment,
    `z` is standard normal where both are equally good, `p` two-sided."""

    segments: int
    words: int
    first: int
    second: int
    mean: float
    deviation: float
    z: float
    p: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """A reference word, or what was inserted at one place: its words, and the errors of either."""

    words: int
    first: int
    second: int

    @property
    def right(self) -> bool:
        return not self.first and not self.second


def segments(
    first: Sequence[str], second: Sequence[str], boundary: int = BOUNDARY
) -> list[Segment]:
    """The segments of an utterance, from the two alignments with the same reference.

    An alignment is a sequence of "=" (right), "S" (another word), "D" (left out), "I" (not said).
    Raises ValueError where the references differ in length, or `boundary` is below 1.
    """
    if boundary < 1:
        raise ValueError("at least one word that both have right has to part two segments")
    runs = [
        (right, list(group))
        for right, group in groupby(_pieces(first, second), lambda piece: piece.right)
    ]
    found: list[Segment] = []
    open_run: list[_Piece] = []
    before = 0  # words on the left edge of the open segment
    for right, run in runs:
        if not right or (len(run) < boundary and open_run):
            open_run += run
        else:
            if open_run:
                found.append(_segment(open_run, before + boundary))
            open_run, before = [], min(boundary, len(run))
    if open_run:
        found.append(_segment(open_run, before))
    return found


def matched_pairs(found: Iterable[Segment]) -> MatchedPairs:
    """The test over all segments of all utterances. Without any, nothing speaks for a difference.

    Where all segments differ by the same number, the statistic has no deviation to be measured by:
    z is 0 then, as `sc_stats` has it, and p that of the sign test.
    """
    every = list(found)
    differences = [segment.first - segment.second for segment in every]
    count = len(differences)
    mean = math.fsum(differences) / count if count else 0.0
    squares = math.fsum((each - mean) ** 2 for each in differences)
    deviation = math.sqrt(squares / (count - 1)) if count > 1 else 0.0
    z = mean * math.sqrt(count) / deviation if deviation else 0.0
    p = 2 * float(stats.norm.sf(abs(z)))
    if not deviation and mean:
        p = min(1.0, 2 * 0.5**count)
    return MatchedPairs(
        segments=count,
        words=sum(segment.words for segment in every),
        first=sum(segment.first for segment in every),
        second=sum(segment.second for segment in every),
        mean=mean,
        deviation=deviation,
        z=z,
        p=p,
    )


def _segment(pieces: Sequence[_Piece], edges: int) -> Segment:
    return Segment(
        edges + sum(piece.words for piece in pieces),
        sum(piece.first for piece in pieces),
        sum(piece.second for piece in pieces),
    )


def _pieces(first: Sequence[str], second: Sequence[str]) -> list[_Piece]:
    """Both alignments side by side: what was inserted before each word, the word, the end."""
    one, other = _gaps_and_words(first), _gaps_and_words(second)
    if len(one) != len(other):
        raise ValueError(
            f"the alignments have {len(one) // 2} and {len(other) // 2} reference words; "
            "a pair needs the same reference"
        )
    both = [
        _Piece(number % 2, *errors) for number, errors in enumerate(zip(one, other, strict=True))
    ]
    return [piece for piece in both if piece.words or not piece.right]


def _gaps_and_words(operations: Sequence[str]) -> list[int]:
    """Errors at the places of a reference: insertions, word, insertions, word ... insertions."""
    places = [0]
    for operation in operations:
        if operation == "I":
            places[-1] += 1
        elif operation in ("=", "S", "D"):
            places += [int(operation != "="), 0]
        else:
            raise ValueError(f'"{operation}" is none of "=", "S", "D", "I"')
    return places
