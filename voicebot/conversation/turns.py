"""When has the caller finished? For now: after a fixed silence."""

from __future__ import annotations

from voicebot.conversation.policy import Policy


def turn_ends_at(paused: float, policy: Policy) -> float:
    """The time at which a turn is over whose speech fell silent at `paused` and stays so."""
    return paused + policy.silence
