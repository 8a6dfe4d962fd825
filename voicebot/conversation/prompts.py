"""The few sentences that the call itself speaks; all else comes from the dialogue."""

from __future__ import annotations

MOMENT = "One moment, please."
TROUBLE = "I'm sorry, something is not working on my side. Let me find a colleague for you."
TRANSFER = "I'll put you through to a colleague. One moment, please."
HOLD = "Thank you for waiting. I'm still trying to reach a colleague."
LOST_EXPERT = "I'm sorry, the line to my colleague was lost. Let me find somebody else."
NO_SEAT = (
    "I'm sorry, all my colleagues are busy right now. "
    "I have noted that you want to be called back. Thank you for your patience. Goodbye."
)
NO_SEAT_NO_NUMBER = (
    "I'm sorry, all my colleagues are busy right now, and I don't know your number to call you "
    "back. Please call again later. Goodbye."
)
THANKS = "Thank you for calling. Goodbye."
TOO_LONG = "I'm sorry, I have to end this call now. Please call again if you need more. Goodbye."


def connected(name: str) -> str:
    """What the caller hears when the expert `name` takes the call."""
    return f"You are now talking to {name}." if name else "You are now connected."


FIXED = (MOMENT, TROUBLE, TRANSFER, HOLD, LOST_EXPERT, NO_SEAT, NO_SEAT_NO_NUMBER, THANKS, TOO_LONG)
"""Rendered before the first call, so that they are spoken at once."""
