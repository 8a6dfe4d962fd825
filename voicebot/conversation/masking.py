"""Hiding what must not be kept: PINs and card digits in transcripts and journals.

Masking is idempotent and keeps emptiness and the number of keyed digits, so that a call replayed
from a masked journal takes the same course.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voicebot.conversation.commands import (
    AskDialogue,
    Command,
    PrepareDialogue,
    ShowPartial,
    TellDialogue,
)
from voicebot.conversation.events import Digit, Event, Reply, Transcript, Word
from voicebot.conversation.manner import manner_of
from voicebot.conversation.wording import standing_of

MASK = "•"


def mask(text: str) -> str:
    """`text` with every letter and digit replaced by the mask sign."""
    return "".join(MASK if c.isalnum() else c for c in text)


def _mask_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: mask(v) if isinstance(v, str) else MASK for k, v in values.items()}


def masked_event(event: Event) -> Event:
    """`event` as it may be kept while the answer to a sensitive question is awaited."""
    match event:
        case Transcript():
            words = tuple(Word(mask(w.text), w.start, w.end, w.confidence) for w in event.words)
            readings = tuple(mask(a) for a in event.alternatives)
            return replace(
                event,
                text=mask(event.text),
                alternatives=readings,
                words=words,
                standing=event.standing or standing_of(event.text),
                manner=event.manner or manner_of(event.text),
            )
        case Digit(digit) if digit.isdigit():
            return Digit(MASK)
        case Reply():
            return replace(event, entities=tuple(_mask_values(e) for e in event.entities))
    return event


def masked_command(command: Command) -> Command:
    """`command` as it may be kept while the answer to a sensitive question is awaited."""
    match command:
        case AskDialogue() | PrepareDialogue():
            readings = tuple(mask(a) for a in command.alternatives)
            return replace(command, text=mask(command.text), alternatives=readings)
        case ShowPartial():
            return replace(command, stable=mask(command.stable), tentative=mask(command.tentative))
        case TellDialogue():
            return replace(command, payload=_mask_values(command.payload))
    return command
