"""Training examples out of what callers said: YAML as Rasa reads it, to accept or to edit."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
import yaml

from evaluation.scoring.normalise import normalised

_log: Final = structlog.get_logger(__name__)
_MARKUP: Final = re.compile(r"\[([^\]]*)\](\([^)]*\)|\{[^}]*\})")
_NOT_IN_A_LINE: Final = re.compile(
    r"[\[\](){}`]|[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:/[A-Za-z0-9_]+)?")
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C is ten times as fast; some builds lack it."""
_LONGEST: Final = 400
"""Characters of an example; nobody says more in one breath."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence for an intent ('' : to be chosen), and what else it was heard as."""

    intent: str
    said: str
    heard: str = ""
    candidates: tuple[str, ...] = ()
    known: str = ""


def sentence(text: str) -> str:
    """`text` as a line of examples: one line, small letters, no markup, no signs at its ends."""
    flat = " ".join(_NOT_IN_A_LINE.sub(" ", text).split())
    return flat.lstrip("/-*# ").lower()[:_LONGEST].rstrip(" .,;:?!…")


def as_yaml(examples: Sequence[Example], notes: Sequence[str] = ()) -> str:
    """A file of Rasa's NLU format 3.1; what was heard besides stands in comments.

    Notes and comments may hold anything: line breaks in them are taken out.
    """
    lines = [f"# {_flat(note)}" for note in notes]
    lines += ['version: "3.1"', "", "nlu:"]
    for example in examples:
        said = sentence(example.said)
        if not said:
            continue
        if not example.intent:
            likely = f" (perhaps {_flat(', '.join(example.candidates))})"
            lines.append(f"  # choose the intent{likely if example.candidates else ''}")
        lines.append(f"  - intent: {_scalar(example.intent or 'CHOOSE_AN_INTENT')}")
        if example.known:
            lines.append(f"    # {_flat(example.known)}")
        heard = sentence(example.heard)
        if heard and heard != said:
            lines.append(f"    # it was heard as: {heard}")
        lines += ["    examples: |", f"      - {said}"]
    if lines[-1] == "nlu:":
        lines[-1] = "nlu: []"
    return "\n".join(lines) + "\n"


def _flat(text: str) -> str:
    return " ".join(_NOT_IN_A_LINE.sub(" ", text).split())


def _scalar(text: str) -> str:
    """A name as YAML takes it, quoted where it has to be."""
    if _PLAIN.fullmatch(text) and yaml.safe_load(text) == text:  # "no" would be a truth value
        return text
    return str(yaml.safe_dump(text, default_style='"', width=math.inf)).strip()


# ── what trainers have already ────────────────────────────────────────────────────────────────


class KnownExamples:
    """The sentences of the training data and of its test, by their words."""

    def __init__(self, found: Mapping[str, tuple[str, str]]) -> None:
        self._found = found

    def where(self, text: str) -> tuple[str, str] | None:
        """(intent, file) under which the sentence stands; None where it is new."""
        return self._found.get(_key(text))


def known_examples(nlu_data: Path) -> KnownExamples:
    """What stands in `nlu-data/data/nlu` and `nlu-data/tests`; nothing where there are none.

    A file that can't be read is warned of, and its examples are not known.
    """
    found: dict[str, tuple[str, str]] = {}
    for path in sorted([*nlu_data.glob("data/nlu/*.yml"), *nlu_data.glob("tests/*.yml")]):
        try:
            data = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - safe
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            _log.warning("examples are not known", file=path.name, reason=type(error).__name__)
            continue
        for entry in (data or {}).get("nlu") or [] if isinstance(data, dict) else []:
            if isinstance(entry, dict) and isinstance(entry.get("examples"), str):
                for line in entry["examples"].splitlines():
                    text = _MARKUP.sub(r"\1", line.strip().removeprefix("-").strip())
                    found.setdefault(_key(text), (str(entry.get("intent", "")), path.name))
    found.pop("", None)
    return KnownExamples(found)


def _key(text: str) -> str:
    return " ".join(normalised(text))
