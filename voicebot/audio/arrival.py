"""Arriving audio is not a clock: networks leave silence out, and the internet bunches frames.

The timeline of a speaker's audio must nevertheless follow the wall clock, or silence would never
be long enough to end a turn. `ArrivalClock` says how much silence is missing. A gap is filled only
when it is longer than jitter explains; if the delayed frames come after all, the timeline runs
ahead, and nothing is filled until the wall clock has caught up.

It never catches up while audio keeps coming, and what is late on the timeline is answered late.
Lost frames and a sender whose clock is slow leave the timeline behind, by less than a gap, and a
pause on it looks longer than it is. `SteadyClock` finds both out. While nobody speaks, a few frames
are left out or some silence is put in, and nobody hears it.
"""

from __future__ import annotations

import math
from typing import Final

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


APART: Final = 0.03
"""Seconds that a `SteadyClock` may stand off the wall clock, jitter aside."""
STEADY: Final = 2.0
"""Seconds within which jitter spares a frame."""


class SteadyClock(ArrivalClock):
    """An `ArrivalClock` that returns to the wall clock where `idle` says that nobody speaks.

    Jitter only delays. So a frame that begins in the future shows at once that the timeline is
    ahead; and what the least delayed frame of some time lags behind is no jitter.
    """

    def __init__(self, rate: int, since: float = 0.0) -> None:
        super().__init__(rate, since)
        self._least = math.inf  # the smallest lag (s) since `_looked`
        self._looked = since
        self._standing = 0.0  # lag (s) that no frame was free of, the last time
        self._left_out = False

    def surplus(self, samples: int, now: float) -> bool:
        """Nobody speaks in audio of `samples` that came at `now`: should it be left out?

        Never twice in a row, so that somebody who begins to speak meanwhile is noticed.
        """
        length = samples / self._rate
        ahead = self.reaches + length - now
        self._left_out = not self._left_out and ahead > max(APART, length)
        return self._left_out

    def arrived(self, samples: int, now: float, *, idle: bool = False) -> int:
        """Audio of `samples` came at `now`; how many samples of silence go before it."""
        began = now - samples / self._rate
        self._watch(began - self.reaches, now)
        missing = self._missing(began)
        if not missing and idle and self._standing > APART:
            missing = round(self._standing * self._rate)
        self._filled(missing)
        self._samples += missing + samples
        return missing

    def tick(self, now: float) -> int:
        """Nothing came up to `now`; how many samples of silence to append."""
        missing = super().tick(now)
        self._filled(missing)
        return missing

    def _watch(self, lag: float, now: float) -> None:
        if self._least == math.inf:
            self._looked = now
        self._least = min(self._least, lag)
        self._standing = min(self._standing, lag)
        if now - self._looked >= STEADY:
            self._standing, self._least = self._least, math.inf

    def _filled(self, missing: int) -> None:
        if missing:
            self._standing, self._least = 0.0, math.inf
