"""A dialogue engine that follows a short script: the second implementation of the seam.

It answers from rules (pattern -> answer) without a server or a model. Calls whose words matter less
than their course, such as those of tests and load runs, are held with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from voicebot.conversation.events import Reply
from voicebot.dialogue.base import DialogueError

Answer = Reply | DialogueError
"""What a rule leads to: a reply (its `turn` is filled in) or the error to raise."""


def reply(*texts: str, **fields: Any) -> Reply:
    """A reply for a rule: `reply("Which account?", intent="balance")`; fields as in `Reply`."""
    return Reply(0, texts, **fields)


@dataclass(frozen=True, slots=True)
class Rule:
    """`answer` is given to text in which `pattern` (a regular expression, any case) is found."""

    pattern: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing the engine was asked: `what` is "turn" or the name of an event."""

    call_id: str
    turn: int
    what: str
    content: Any


@dataclass(slots=True)
class ScriptedDialogue:
    """A `DialogueEngine` of rules; the first that fits answers, else `otherwise`.

    `events` has the answer to each event by name. `asked` and `ended` keep what came in, in order.
    """

    rules: Sequence[Rule] = ()
    events: Mapping[str, Answer] = field(default_factory=dict)
    otherwise: Answer = field(default_factory=lambda: reply("Sorry, I did not understand."))
    asked: list[Asked] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    async def turn(
        self,
        call_id: str,
        turn: int,
        text: str,
        *,
        confidence: float | None = None,
        alternatives: tuple[str, ...] = (),
    ) -> Reply:
        """The answer of the first rule that fits `text`."""
        self.asked.append(Asked(call_id, turn, "turn", text))
        return _given(self._find(text), turn)

    async def prepare(
        self,
        call_id: str,
        text: str,
        *,
        confidence: float | None = None,
        alternatives: tuple[str, ...] = (),
    ) -> Reply | None:
        """The answer that `turn` would give; None where that is an error. Nothing is kept of it."""
        answer = self._find(text)
        return None if isinstance(answer, DialogueError) else answer

    async def event(self, call_id: str, turn: int, name: str, payload: Mapping[str, Any]) -> Reply:
        """The answer to the event `name`."""
        self.asked.append(Asked(call_id, turn, name, dict(payload)))
        return _given(self.events.get(name, self.otherwise), turn)

    async def parse(self, text: str) -> Mapping[str, Any]:
        """The intent that `turn` would report."""
        answer = self._find(text)
        if isinstance(answer, DialogueError):
            raise answer
        intent = {"name": answer.intent, "confidence": answer.intent_confidence}
        return {"intent": intent, "entities": list(answer.entities)}

    async def end(self, call_id: str) -> None:
        """Keep that the call has ended."""
        self.ended.append(call_id)

    async def health(self) -> str:
        """Always well."""
        return "scripted"

    async def close(self) -> None:
        """Nothing to give back."""

    def _find(self, text: str) -> Answer:
        for rule in self.rules:
            if re.search(rule.pattern, text, re.IGNORECASE):
                return rule.answer
        return self.otherwise


def _given(answer: Answer, turn: int) -> Reply:
    if isinstance(answer, DialogueError):
        raise answer
    return replace(answer, turn=turn)
