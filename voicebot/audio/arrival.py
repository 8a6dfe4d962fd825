"""Arriving audio is not a clock: networks leave silence out, and the internet bunches frames.

The timeline of a speaker's audio must nevertheless follow the wall clock, or silence would never
be long enough to end a turn. `ArrivalClock` says how much silence is missing. A gap is filled only
when it is longer than jitter explains; if the delayed frames come after all, the timeline runs
ahead, and nothing is filled until the wall clock has caught up.
"""

from __future__ import annotations

LATEST = 0.24
"""Seconds that audio may lag behind the clock before the gap is filled."""
MARGIN = 0.06
"""Seconds of lag that are left when a gap is filled: what may well still be under way."""


class ArrivalClock:
    """Follows one stream of `rate` samples per second that begins at `since` (s)."""

    def __init__(self, rate: int, since: float = 0.0) -> None:
        self._rate = rate
        self._since = since
        self._samples = 0  # audio and filled silence since then

    @property
    def reaches(self) -> float:
        """The time up to which there is audio or silence."""
        return self._since + self._samples / self._rate

    def arrived(self, samples: int, now: float) -> int:
        """Audio of `samples` came at `now`; how many samples of silence go before it."""
        missing = self._missing(now - samples / self._rate)
        self._samples += missing + samples
        return missing

    def tick(self, now: float) -> int:
        """Nothing came up to `now`; how many samples of silence to append."""
        missing = self._missing(now)
        self._samples += missing
        return missing

    def _missing(self, now: float) -> int:
        lag = now - self.reaches
        return round((lag - MARGIN) * self._rate) if lag > LATEST else 0
