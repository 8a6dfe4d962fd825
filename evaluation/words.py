"""Word errors of a text: how much of what was said was heard otherwise.

The same thing written differently is no error; the rules are those of
`evaluation.scoring.normalise`. All recognizers go through them, so that none is favoured.
"""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.scoring.normalise import comparable, distance


@dataclass(frozen=True, slots=True)
class Errors:
    """Word errors of one text: substitutions, insertions and deletions, of `words`."""

    errors: int
    words: int


def word_errors(reference: str, hypothesis: str) -> Errors:
    """Compare one text with what was heard; a number counts as many words as it has digits."""
    wanted, heard = comparable(reference, hypothesis)
    return Errors(distance(wanted, heard), len(wanted))
