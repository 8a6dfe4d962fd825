"""Load: how hard the process is pressed, and what it therefore leaves out or refuses.

What nobody needs goes first: partial transcripts, then answers prepared in advance. A call that
could not be served well is not taken; calls in progress keep their quality. `Admission` decides and
is pure; `Gauges` measures and drives it, in the process's event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import psutil
import structlog

log = structlog.get_logger(__name__)

TICK: Final = 0.05
"""Seconds between looks at the event loop's lag."""
LOOK: Final = 0.25
"""Seconds between decisions."""


class Level(IntEnum):
    """What is left out."""

    NORMAL = 0
    NO_PARTIALS = 1
    NO_SPECULATION = 2
    FULL = 3


@dataclass(frozen=True, slots=True)
class Pressure:
    """What is measured.

    `wait`: seconds that the oldest job in a queue of the engines has waited; `lag`: seconds by
    which the event loop was late at worst; `cpu`: share (0 to 1) of the machine's cores in use.
    """

    wait: float = 0.0
    lag: float = 0.0
    cpu: float = 0.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """Pressure at which a level is reached: any of the three, for `seconds` without a break."""

    wait: float
    lag: float
    cpu: float
    seconds: float

    def exceeded(self, pressure: Pressure, part: float) -> bool:
        """Is there more than `part` (0 to 1) of the pressure that this level takes?"""
        return (
            pressure.wait > self.wait * part
            or pressure.lag > self.lag * part
            or pressure.cpu > self.cpu * part
        )


NEVER: Final = 9.0
"""A share of the cores that no machine can use."""

THRESHOLDS: Final = {
    Level.NO_PARTIALS: Threshold(wait=0.08, lag=0.05, cpu=0.75, seconds=0.0),
    Level.NO_SPECULATION: Threshold(wait=0.25, lag=0.12, cpu=0.97, seconds=0.5),
    # A busy machine alone is no reason to turn callers away: only what makes them wait is.
    Level.FULL: Threshold(wait=0.8, lag=0.3, cpu=NEVER, seconds=1.5),
}


class Admission:
    """From pressure to a level. Up after a threshold's time; down a step at a time, when it has
    been calm for `calm` seconds below `part` of the level's pressure."""

    def __init__(self, calm: float = 3.0, part: float = 0.7) -> None:
        self.level = Level.NORMAL
        self._calm = calm
        self._part = part
        self._above: dict[Level, float] = {}  # since when a level's pressure has been exceeded
        self._calm_since: float | None = None

    def feed(self, pressure: Pressure, now: float) -> Level:
        """The level at `now` (seconds, never backwards)."""
        reached = max(
            (level for level in THRESHOLDS if self._reached(level, pressure, now)),
            default=Level.NORMAL,
        )
        if reached > self.level:
            self.level, self._calm_since = reached, None
        elif self.level is not Level.NORMAL:
            self._perhaps_down(pressure, now)
        return self.level

    def _reached(self, level: Level, pressure: Pressure, now: float) -> bool:
        threshold = THRESHOLDS[level]
        if not threshold.exceeded(pressure, 1.0):
            self._above.pop(level, None)
            return False
        return now - self._above.setdefault(level, now) >= threshold.seconds

    def _perhaps_down(self, pressure: Pressure, now: float) -> None:
        if THRESHOLDS[self.level].exceeded(pressure, self._part):
            self._calm_since = None
            return
        if self._calm_since is None:
            self._calm_since = now
        if now - self._calm_since >= self._calm:
            self.level, self._calm_since = Level(self.level - 1), now


class Gauges:
    """Measures the process and keeps the level; cheap enough to run all the time."""

    def __init__(
        self,
        wait: Callable[[], float],
        admission: Admission | None = None,
        clock: Callable[[], float] = time.monotonic,
        cpu: Callable[[], float] | None = None,
    ) -> None:
        """`wait` gives the seconds that the oldest job of the engines has waited; `cpu` the share
        of the cores in use since it was last asked."""
        self.pressure = Pressure()
        self._wait = wait
        self._admission = admission or Admission()
        self._clock = clock
        self._cpu = cpu or _machine_cpu
        self._lag = self._busy = 0.0
        self._looked_at = clock()

    @property
    def level(self) -> Level:
        """What is left out now."""
        return self._admission.level

    @property
    def may_show_partials(self) -> bool:
        """Is there time for words that will be said again?"""
        return self.level < Level.NO_PARTIALS

    @property
    def may_prepare(self) -> bool:
        """Is there time for answers that may never be given?"""
        return self.level < Level.NO_SPECULATION

    @property
    def full(self) -> bool:
        """Would one more call be served badly?"""
        return self.level >= Level.FULL

    async def run(self) -> None:
        """Measure for as long as the process runs."""
        self._cpu()  # what was used before is of no interest
        while True:
            due = self._clock() + TICK
            await asyncio.sleep(TICK)
            self.tick(self._clock() - due)

    def tick(self, late: float) -> None:
        """The event loop came `late` seconds after it was due."""
        self._lag = max(self._lag, late)
        now = self._clock()
        if now - self._looked_at < LOOK:
            return
        self._looked_at = now
        self._busy += 0.3 * (self._cpu() - self._busy)  # smoothed over about a second
        self.pressure = Pressure(self._wait(), max(self._lag, 0.0), self._busy)
        self._lag = 0.0
        former, level = self.level, self._admission.feed(self.pressure, now)
        if level is not former:
            log.info(
                "load",
                level=level.name.lower(),
                wait=round(self.pressure.wait, 3),
                lag=round(self.pressure.lag, 3),
                cpu=round(self.pressure.cpu, 2),
            )


def _machine_cpu() -> float:
    return psutil.cpu_percent(None) / 100.0
