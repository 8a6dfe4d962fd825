"""Is a stream live? What comes faster than anybody can speak or press keys is cut off.

A call costs work for every message and every second of audio, so both are bounded by the time that
has passed. The bounds are wide: after a stall of the network everything held back comes at once.
"""

from __future__ import annotations

from voicebot.telephony.base import ProtocolViolation

MESSAGES_PER_SECOND = 250
"""Networks send 20 to 100 audio messages a second; keys and marks are few."""
MESSAGES_AT_ONCE = 2500
MOST_AHEAD = 30.0
"""Seconds that the audio received may be ahead of the clock."""


class Pace:
    """Watches one stream; times in seconds."""

    def __init__(self) -> None:
        self._messages = 0

    def message(self, age: float) -> None:
        """A message came when the stream was `age` old. Raises ProtocolViolation (1008)."""
        self._messages += 1
        if self._messages > MESSAGES_AT_ONCE + MESSAGES_PER_SECOND * age:
            raise ProtocolViolation("messages come faster than a call needs them", 1008)

    def audio(self, reaches: float, now: float) -> None:
        """Audio came at `now`, and what there is reaches up to `reaches`.

        Raises ProtocolViolation (1008).
        """
        if reaches - now > MOST_AHEAD:
            raise ProtocolViolation("audio comes faster than it is spoken", 1008)
