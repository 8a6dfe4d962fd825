"""Recognition: word and character errors, values heard exactly, and words where nobody spoke."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import jiwer

from evaluation.scoring.alignment import Counts, Pair, align, counts_of
from evaluation.scoring.gathered import Gathered, Key, Spoken
from evaluation.scoring.metrics import Wanted, measured, ratios, shares
from evaluation.scoring.model import Aligned, Metric
from evaluation.scoring.normalise import comparable, normalised
from evaluation.sets.model import Entity
from voicebot.conversation.masking import mask

_NOTE: Final = re.compile(r"\[[^\]]*\]")
"""What a transcript notes that is no word: [silence]."""
_NO_TEXT: Final = "of no turn it is known both what was said and what was heard"
_NO_VALUE: Final = "no turn says which values are in it"

WER: Final = Wanted("recognition.wer", "Word errors", "share", "lower", "ratio", _NO_TEXT)
CER: Final = Wanted("recognition.cer", "Character errors", "share", "lower", "ratio", _NO_TEXT)
VALUES: Final = Wanted(
    "recognition.values", "Values heard exactly", "share", "higher", "ratio", _NO_VALUE
)
HALLUCINATION: Final = Wanted(
    "recognition.hallucination",
    "Silences in which words were heard",
    "share",
    "lower",
    "ratio",
    "no caller was silent on purpose",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A turn and what was heard of it, in the one form and aligned."""

    spoken: Spoken
    wanted: tuple[str, ...]
    heard: tuple[str, ...]
    pairs: tuple[Pair, ...]

    @property
    def counts(self) -> Counts:
        """Its words by what became of them."""
        return counts_of(self.pairs)


def heard_turns(gathered: Gathered) -> list[Heard]:
    """Every turn that can be compared; a reference of nothing but fillers has no words."""
    found = []
    for spoken in gathered.spoken():
        if spoken.comparable:
            wanted, heard = comparable(spoken.turn.reference, spoken.turn.heard)
            found.append(Heard(spoken, tuple(wanted), tuple(heard), align(wanted, heard)))
    return found


def metrics(gathered: Gathered, turns: Sequence[Heard]) -> list[Metric]:
    """Error rates, values by kind, and words heard in silence."""
    words = ratios((t.spoken.key, t.counts.errors, t.counts.words) for t in turns)
    characters = ratios(map(_character_errors, turns))
    silences = shares(
        (call.key, bool(_NOTE.sub("", turn.heard).strip()))
        for call in gathered.calls
        for turn in call.record.turns
        if turn.kind == "silence" and call.record.recorded
    )
    return [
        measured(WER, words, gathered),
        measured(CER, characters, gathered),
        *_value_metrics(gathered, turns),
        measured(HALLUCINATION, silences, gathered),
    ]


def _character_errors(turn: Heard) -> tuple[Key, float, float]:
    wanted, heard = " ".join(turn.wanted), " ".join(turn.heard)
    if not wanted:
        return turn.spoken.key, float(len(heard)), 0.0
    done = jiwer.process_characters(wanted, heard)
    errors = done.substitutions + done.deletions + done.insertions
    return turn.spoken.key, float(errors), float(len(wanted))


def _value_metrics(gathered: Gathered, turns: Sequence[Heard]) -> list[Metric]:
    """All values, then those of each kind."""
    found = [(turn.spoken.key, kind, right) for turn in turns for kind, right in _values(turn)]
    metrics = [measured(VALUES, shares((key, right) for key, _, right in found), gathered)]
    for kind in sorted({kind for _, kind, _ in found}):
        wanted = Wanted(
            f"recognition.values.{kind}",
            f"Values heard exactly: {kind}",
            "share",
            "higher",
            "ratio",
            _NO_VALUE,
        )
        of_kind = shares((key, right) for key, named, right in found if named == kind)
        metrics.append(measured(wanted, of_kind, gathered))
    return metrics


def _values(turn: Heard) -> Iterator[tuple[str, bool]]:
    """Each value of the script whose words stand in the reference: are they heard, too?"""
    script = turn.spoken.script
    for entity in script.entities if script is not None else ():
        for phrase in _wordings(entity):
            if contains(turn.wanted, phrase):
                yield entity.kind, contains(turn.heard, phrase)
                break


def _wordings(entity: Entity) -> list[list[str]]:
    """How the value may have been said, in the one form."""
    if entity.text:
        return [normalised(entity.text)]
    value = entity.value
    if isinstance(value, bool):
        return []
    if isinstance(value, (int, float)):
        number = f"{value:.2f}" if value % 1 else f"{value:.0f}"
        return [normalised(f"${number}"), normalised(number)]
    return [normalised(value)]


def contains(words: Sequence[str], phrase: Sequence[str]) -> bool:
    """Does `phrase` stand in `words`? A number must be the whole number: 5 is not in 1 5 0."""
    if not phrase:
        return False
    size = len(phrase)
    for at in range(len(words) - size + 1):
        if list(words[at : at + size]) != list(phrase):
            continue
        before, after = words[max(0, at - 1) : at], words[at + size : at + size + 1]
        goes_on = (phrase[0].isdigit() and any(word.isdigit() for word in before)) or (
            phrase[-1].isdigit() and any(word.isdigit() for word in after)
        )
        if not goes_on:
            return True
    return False


def alignments(turns: Sequence[Heard]) -> tuple[Aligned, ...]:
    """Every comparable turn word by word; of a secret only which words were right."""
    return tuple(
        Aligned(
            case=turn.spoken.key[0],
            attempt=turn.spoken.key[1],
            turn=turn.spoken.turn.number,
            errors=turn.counts.errors,
            words=turn.counts.words,
            pairs=tuple(map(_masked, turn.pairs)) if turn.spoken.secret else turn.pairs,
        )
        for turn in turns
    )


def _masked(pair: Pair) -> Pair:
    op, said, heard = pair
    return op, mask(said), mask(heard)
