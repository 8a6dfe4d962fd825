"""What an expert sees of a call: who calls, why a person is needed, and all that was said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from voicebot.conversation.commands import Command, RecordTurn, RingSeat, UpdateDossier
from voicebot.conversation.events import Party
from voicebot.store.plain import plain

MOST_LINES = 400
"""Lines of a dossier; of a longer call the latest are shown."""

_SHOWN_APART = frozenset({"customer", "task", "proposal", "skill"})


@dataclass(frozen=True, slots=True)
class Dossier:
    """The story of a call so far.

    `reason`, `topic` and `skill` as in RingSeat; `customer` is the customer's record ({}: not
    known); `task` what the caller is about, `proposed` what the bot had offered to do; `intent` the
    latest that was understood; `slots` everything else that the dialogue knows; `lines` by number.
    """

    call_id: str
    caller: str
    callee: str
    started_at: datetime
    reason: str = ""
    topic: str = ""
    skill: str = ""
    task: str = ""
    proposed: str = ""
    intent: str = ""
    requested_slot: str = ""
    customer: Mapping[str, Any] = field(default_factory=dict)
    slots: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[int, RecordTurn] = field(default_factory=dict)

    def with_line(self, turn: RecordTurn) -> Dossier:
        """The dossier after `turn` was said or changed."""
        lines = {**self.lines, turn.number: turn}
        while len(lines) > MOST_LINES:
            del lines[min(lines)]
        intent = turn.intent if turn.party is Party.CALLER and turn.intent else self.intent
        return replace(self, lines=lines, intent=intent)

    def with_slots(self, slots: Mapping[str, Any], requested_slot: str = "") -> Dossier:
        """The dossier with what the dialogue knows now."""
        customer = slots.get("customer")
        return replace(
            self,
            customer=customer if isinstance(customer, Mapping) else {},
            task=_text(slots.get("task")),
            proposed=_text(slots.get("proposal")),
            requested_slot=requested_slot,
            slots={name: value for name, value in slots.items() if name not in _SHOWN_APART},
        )

    def as_json(self, *, lines: bool = True) -> dict[str, Any]:
        """Values that JSON can hold; lines in order (or none, for who has them already)."""
        shown = sorted(self.lines) if lines else ()
        return {
            "call_id": self.call_id,
            "caller": self.caller,
            "callee": self.callee,
            "started_at": self.started_at.isoformat(),
            "reason": self.reason,
            "topic": self.topic,
            "skill": self.skill,
            "task": self.task,
            "proposed": self.proposed,
            "intent": self.intent,
            "requested_slot": self.requested_slot,
            "customer": plain(self.customer),
            "slots": plain(self.slots),
            "lines": [line_as_json(self.lines[number]) for number in shown],
        }


class DossierBuilder:
    """Follows the commands of one call; `build` answers with the dossier as it is now."""

    def __init__(self, call_id: str, caller: str, callee: str, started_at: datetime) -> None:
        self._dossier = Dossier(call_id, caller, callee, started_at)

    def apply(self, command: Command) -> None:
        """Take in `command`; what does not concern the dossier is passed over."""
        match command:
            case RecordTurn():
                self._dossier = self._dossier.with_line(command)
            case UpdateDossier(slots, requested_slot):
                self._dossier = self._dossier.with_slots(slots, requested_slot)
            case RingSeat(reason, topic, skill):
                self._dossier = replace(self._dossier, reason=reason, topic=topic, skill=skill)
            case _:
                pass

    def build(self) -> Dossier:
        """The dossier now."""
        return self._dossier


def line_as_json(turn: RecordTurn) -> dict[str, Any]:
    """A line of the transcript; `at` is when it began, in seconds since the call did, or None."""
    return {
        "number": turn.number,
        "party": turn.party.value,
        "kind": turn.kind,
        "text": turn.text,
        "heard": turn.heard,
        "confidence": turn.confidence,
        "intent": turn.intent,
        "sensitive": turn.sensitive,
        "at": min(turn.times.values(), default=None),
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value)
