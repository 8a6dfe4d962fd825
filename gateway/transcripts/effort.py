"""How much of the work is done, in time and not in steps. Pure.

Decoding and listening take their time for every second of the recording, recognition for every
second of speech. How much speech there is shows only while listening; until then it is believed
that it goes on as it began.
"""

from __future__ import annotations

from typing import Final

DECODING: Final = 0.0005
"""Seconds of work for one second of the recording."""
LISTENING: Final = 0.002


class Effort:
    """The share that is done of writing down a recording of `seconds`. It never goes back.

    `recognizing` is how long recognition takes for one second of speech; only its ratio to
    `DECODING` and `LISTENING` matters, so a busy machine makes no difference.
    """

    def __init__(self, seconds: float, recognizing: float) -> None:
        self._seconds = max(seconds, 1e-3)
        self._recognizing = recognizing
        self._done = 0.0

    def listened(self, seconds: float, speech: float) -> float:
        """So many seconds were listened to, with so much speech in them."""
        share = min(1.0, max(seconds, 1e-3) / self._seconds)
        return self._share(LISTENING * seconds, self._recognizing * speech / share)

    def recognized(self, seconds: float, speech: float) -> float:
        """All was listened to, and `seconds` of the `speech` are recognized."""
        listening = LISTENING * self._seconds
        return self._share(
            listening + self._recognizing * min(seconds, speech), self._recognizing * speech
        )

    def _share(self, spent: float, recognizing: float) -> float:
        decoding = DECODING * self._seconds
        total = decoding + LISTENING * self._seconds + recognizing
        self._done = max(self._done, min(1.0, (decoding + spent) / total))
        return self._done
