"""Sets as Rasa's NLU data and as test stories, for `rasa test nlu` and `rasa test core`. Pure.

Secrets are left out: they are not to be kept in anybody's training data. What has no place in
Rasa's formats (lines, voices, the database) is left out, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from evaluation.sets.model import EvaluationSet, Keys, Say, Silence, Turn
from evaluation.sets.rasatext import write_marked

KEYS: Final = "EXTERNAL_dtmf"
SILENCE: Final = "EXTERNAL_silence"
"""The intents of a pressed key and of silence, as nlu-data/domain/intents.yml names them."""

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_/-]*")
_NOT_PLAIN: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def nlu_yaml(cases: EvaluationSet) -> str:
    """Every sentence that has an intent, by intent, as a file of NLU data.

    Comments say which sentences lack an entity because its words are not known.
    """
    examples: dict[str, dict[str, tuple[str, ...]]] = {}
    for turn in _said(cases):
        if turn.intent is not None and turn.text and not turn.secret:
            marked = write_marked(turn.text, turn.entities)
            left = tuple(f"{entity.kind} {entity.value}" for entity in marked.left)
            examples.setdefault(turn.intent, {})[marked.text] = left
    parts = [f'version: "3.1"\n\n# From the set {cases.name} {cases.version}.\nnlu:\n']
    for intent, sentences in examples.items():
        for sentence, left in sentences.items():
            if left:
                parts.append(f"  # not marked in {sentence!r}: {', '.join(left)}\n")
        parts.append(f"  - intent: {_scalar(intent)}\n    examples: |\n")
        parts += [f"      - {sentence}\n" for sentence in sentences]
    return "".join(parts)


def stories_yaml(cases: EvaluationSet, actions: Mapping[str, Sequence[str]] | None = None) -> str:
    """Every script as a test story.

    `actions` are those with which the dialogue answers an intent ({"greet": ["utter_greet"]}): a
    set knows what a call must come to, not what Rasa does in between. Without them only what the
    caller says is in the stories, and only its understanding can be tested. Sounds of listening,
    and turns that are neither known by their intent nor to be kept, are left out.
    """
    parts = [f'version: "3.1"\n\n# From the set {cases.name} {cases.version}.\nstories:\n']
    for case in cases.cases:
        steps = [step for turn in case.turns for step in _steps(turn, actions or {})]
        if steps:
            parts += [f"  - story: {_scalar(case.id)}\n    steps:\n", *steps]
    return "".join(parts)


def _said(cases: EvaluationSet) -> Iterator[Say]:
    for case in cases.cases:
        yield from (turn for turn in case.turns if isinstance(turn, Say) and not turn.backchannel)


def _steps(turn: Turn, actions: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if isinstance(turn, Keys):
        yield f"      - intent: {KEYS}\n"
        intent: str | None = KEYS
    elif isinstance(turn, Silence):
        yield f"      - intent: {SILENCE}\n"
        intent = SILENCE
    else:
        intent = turn.intent
        unsaid = turn.secret or not turn.text
        if turn.backchannel or (unsaid and intent is None):
            return
        yield _user(turn)
    for action in actions.get(intent or "", ()):
        yield f"      - action: {_scalar(action)}\n"


def _user(turn: Say) -> str:
    if turn.secret or not turn.text:
        return f"      - intent: {_scalar(turn.intent or '')}\n"
    text = write_marked(turn.text, turn.entities).text
    intent = "" if turn.intent is None else f"        intent: {_scalar(turn.intent)}\n"
    return f"      - user: |\n          {text}\n{intent}"


def _scalar(text: str) -> str:
    """A text as YAML, in quotes where it could be taken for something else."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_PLAIN:
        return text
    return json.dumps(text, ensure_ascii=False)
