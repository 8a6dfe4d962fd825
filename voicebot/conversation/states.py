"""The phases of a call and the names of its situations."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """What the call is about right now."""

    TALKING = "talking"
    TRANSFERRING = "transferring"
    WITH_EXPERT = "with_expert"
    FAX = "fax"
    CLOSING = "closing"
    ENDED = "ended"


class State(StrEnum):
    """Who has the floor, for people and logs."""

    GREETING = "greeting"
    LISTENING = "listening"
    CALLER_SPEAKING = "caller_speaking"
    DECIDING = "deciding"
    THINKING = "thinking"
    SPEAKING = "speaking"
    OVERLAP = "overlap"
    TRANSFERRING = "transferring"
    WITH_EXPERT = "with_expert"
    FAX = "fax"
    CLOSING = "closing"
    ENDED = "ended"
