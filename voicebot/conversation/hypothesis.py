"""Growing transcripts of speech that goes on: which words are sure by now (LocalAgreement-2).

While somebody speaks, recognition runs again and again on everything said so far. Its last words
change from one time to the next; what two hypotheses in a row agree upon stays. Such words are
*stable*: they are committed and never change afterwards, whatever later hypotheses say. The rest is
*tentative*. Words are compared without case and punctuation. (Macháček, Dabre, Bojar: "Turning
Whisper into Real-Time Transcription System", 2023.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

MOST_WORDS: Final = 400
"""Words of one hypothesis that are looked at; nobody says more in a minute."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What has been said so far: `stable` won't change any more, `tentative` may."""

    stable: str = ""
    tentative: str = ""

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(part for part in (self.stable, self.tentative) if part)


class LocalAgreement:
    """The hypotheses of one utterance, in the order of the audio they come from."""

    def __init__(self) -> None:
        self._stable: list[str] = []
        self._tail: list[str] = []  # the last hypothesis, behind the stable words

    @property
    def hypothesis(self) -> Hypothesis:
        """What has been said so far."""
        return Hypothesis(" ".join(self._stable), " ".join(self._tail))

    def hear(self, text: str) -> Hypothesis:
        """Take the next hypothesis, which begins where the utterance does."""
        words = text.split()[:MOST_WORDS]
        tail = words[self._where_the_tail_begins(words) :]
        agreed = _common_prefix(tail, self._tail)
        self._stable += tail[:agreed]
        self._tail = tail[agreed:]
        return self.hypothesis

    def _where_the_tail_begins(self, words: list[str]) -> int:
        """The position in `words` behind what corresponds to the stable words.

        A later hypothesis may spell these otherwise ("4 2" for "forty two"), so the place is
        behind the last word that both have in common; without one, it is as far as they are long.
        """
        stable, heard = [_bare(w) for w in self._stable], [_bare(w) for w in words]
        if stable == heard[: len(stable)]:
            return len(stable)
        blocks = SequenceMatcher(None, stable, heard, autojunk=False).get_matching_blocks()
        last = max((b for b in blocks if b.size), key=lambda b: b.a, default=None)
        if last is None:
            return len(stable)
        behind = len(stable) - (last.a + last.size)  # stable words that were heard otherwise
        return last.b + last.size + behind


def _common_prefix(one: list[str], other: list[str]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if _bare(a) != _bare(b):
            break
        count += 1
    return count


def _bare(word: str) -> str:
    """A word without case and punctuation; a lone mark stays itself."""
    return re.sub(r"[^\w]|_", "", word.lower()) or word
