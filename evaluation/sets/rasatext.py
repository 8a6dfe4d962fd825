"""Examples as Rasa writes them: a text with its entities marked in it. Pure.

    move [fifty dollars](amount) to [savings]{"entity": "account", "role": "target"}
    pay [the electric one](payee:electric)          an older way to give the value
    [Boston][{"entity": "city"}, {"entity": "branch"}]      two entities in one place

Source: "Training Data Format" in the documentation of Rasa Open Source 3.x.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evaluation.sets.model import Entity

_MARKED: Final = re.compile(
    r"\[(?P<text>[^\]]+?)\]"
    r"(?:\((?P<kind>[^:)]+?)(?::(?P<value>[^)]+))?\)"
    r"|(?P<one>\{[^}]+?\})"
    r"|(?P<many>\[.*?\]))"
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with entities marked, and those entities that have no place in the text."""

    text: str
    left: tuple[Entity, ...] = ()


def read_marked(example: str) -> tuple[str, tuple[Entity, ...]]:
    """The text of an example, and its entities. Raises ValueError where the marking is broken."""
    entities: list[Entity] = []
    for match in _MARKED.finditer(example):
        entities += _entities(match)
    text = _MARKED.sub(lambda match: match["text"], example)
    return " ".join(text.split()), tuple(entities)


def write_marked(text: str, entities: Sequence[Entity]) -> Marked:
    """A text with its entities marked.

    Brackets in the text become parentheses, since Rasa knows no other way to write them. An entity
    whose words are not known is looked for by its value.
    """
    text = " ".join(text.split()).replace("[", "(").replace("]", ")")
    placed: dict[tuple[int, int], list[Entity]] = {}
    left: list[Entity] = []
    for entity in entities:
        span = _place(text, entity, placed)
        if span is None:
            left.append(entity)
        else:
            placed.setdefault(span, []).append(entity)
    parts, at = [], 0
    for (start, end), here in sorted(placed.items()):
        parts += [text[at:start], _mark(text[start:end], here)]
        at = end
    return Marked("".join([*parts, text[at:]]), tuple(left))


def _entities(match: re.Match[str]) -> Iterator[Entity]:
    text = " ".join(match["text"].split())
    if match["kind"] is not None:
        yield Entity(match["kind"].strip(), (match["value"] or text).strip(), text)
        return
    try:
        marked: Any = json.loads(match["one"] or match["many"])
    except json.JSONDecodeError as error:
        raise ValueError(f"the marking of [{text}] is no JSON: {error.msg}") from None
    for entry in marked if isinstance(marked, list) else [marked]:
        kind = entry.get("entity") if isinstance(entry, dict) else None
        if not kind:
            raise ValueError(f"the marking of [{text}] names no entity")
        value = entry.get("value", text)
        yield Entity(str(kind), value if isinstance(value, int | float) else str(value), text)


def _place(
    text: str, entity: Entity, placed: dict[tuple[int, int], list[Entity]]
) -> tuple[int, int] | None:
    """Where the words of an entity stand: from, to; behind or upon those that are placed."""
    words = " ".join((entity.text or str(entity.value)).split())
    words = words.replace("[", "(").replace("]", ")")
    if not words:
        return None
    pattern = rf"(?<!\w){re.escape(words)}(?!\w)"
    spans = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
    free = [
        span for span in spans if all(span[1] <= start or end <= span[0] for start, end in placed)
    ]
    same = [span for span in spans if span in placed]
    return next(iter([*free, *same]), None)


def _mark(words: str, entities: Sequence[Entity]) -> str:
    if len(entities) == 1 and _is_said(entities[0], words):
        return f"[{words}]({entities[0].kind})"
    marks = [
        {"entity": entity.kind} | ({} if _is_said(entity, words) else {"value": str(entity.value)})
        for entity in entities
    ]
    return f"[{words}]{json.dumps(marks[0] if len(marks) == 1 else marks, ensure_ascii=False)}"


def _is_said(entity: Entity, words: str) -> bool:
    """Is the value what stands there, and the kind without a sign that ends it?"""
    return str(entity.value) == words and not set(entity.kind) & set(":)")
