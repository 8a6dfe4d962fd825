"""A whole run: many calls side by side, as many as the machine carries, until all are placed.

A run stops with a clear error when the system under evaluation is gone or answers nobody any more;
what was measured until then is on the disk, and the run can be taken up again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from evaluation.runs.model import CallRecord
from evaluation.runs.placing import Place, place
from evaluation.runs.schedule import Job, Waiting
from voicebot.caller.line import LATE
from voicebot.caller.ring import CallFailed, LineBusy

PER_CORE: Final = 3
"""Calls at once for each core: with the agent on the same machine."""
MOST: Final = 10
"""Calls that an agent takes as it is set up (`limits.calls`)."""
SPACING: Final = 0.4
"""Seconds from the beginning of one call to that of the next, at least."""
BUSY_TRIES: Final = 20
"""How often a call may find the lines busy."""
BUSY_SECONDS: Final = 2.0
"""Nobody is called for so long when a line was busy."""
IN_A_ROW: Final = 3
"""Calls in a row that do not come about, or in which the bot is mute: there is nobody."""
STEADY: Final = 12
"""Calls in a row that were on time, after which one more is tried at once."""


class SystemDown(RuntimeError):
    """The system under evaluation is gone or answers nobody; what was measured is kept."""


def default_parallel() -> int:
    """Calls at once that this machine carries together with the agent."""
    return max(1, min(MOST, PER_CORE * (os.cpu_count() or 1)))


class Pace:
    """How many calls at once: fewer when this machine runs late, more again when it does not.

    A machine that stalls makes all calls late that are up then: that is one reason, not many.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.now = most
        self._on_time = 0
        self._slowed = float("-inf")

    def ended(self, late: float, began: float, now: float) -> bool:
        """A call that was up from `began` to `now` (s) was `late` seconds behind time at worst.

        Has the pace changed?
        """
        if late > LATE:
            self._on_time = 0
            if began < self._slowed or self.now == 1:
                return False
            self._slowed = now
            self.now -= 1
            return True
        self._on_time += 1
        if self._on_time < STEADY or self.now >= self.most:
            return False
        self._on_time = 0
        self.now += 1
        return True

    def busy(self) -> None:
        """The system takes no more calls at the moment."""
        self._on_time = 0
        self.now = max(1, self.now - 1)


@dataclass(slots=True)
class _State:
    """Where a run is."""

    waiting: Waiting
    running: dict[asyncio.Task[CallRecord], Job] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)  # in vain, by place of the job
    failed: set[int] = field(default_factory=set)  # places of jobs, since a call came about
    mute: int = 0  # in a row
    rest_until: float = 0.0  # on the loop's clock: nobody is called before


class Running:
    """Places `jobs`; `ended` is told of each call when it is on the disk, `note` of what is odd."""

    def __init__(
        self,
        at: Place,
        jobs: Sequence[Job],
        parallel: int,
        ended: Callable[[CallRecord], None],
        note: Callable[[str], None],
    ) -> None:
        self._at = at
        self._state = _State(Waiting(jobs))
        self._pace = Pace(parallel)
        self._ended = ended
        self._note = note
        self._hang_up = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> bool:
        """Place all calls; False when `stop` was set before all were placed.

        Raises SystemDown; also Unspeakable, EngineError and OSError, when a call can't be made
        ready or kept.
        """
        state = self._state
        stopping = asyncio.create_task(stop.wait())
        try:
            while (len(state.waiting) and not stop.is_set()) or state.running:
                await self._begin(stop)
                if stop.is_set() and not state.running:
                    break
                wait_for = {*state.running, *(() if stop.is_set() else (stopping,))}
                done, _ = await asyncio.wait(
                    wait_for, timeout=1.0, return_when=asyncio.FIRST_COMPLETED
                )
                if stop.is_set():
                    self._hang_up.set()
                for task in done - {stopping}:
                    self._over(task)
                self._check()
        finally:
            stopping.cancel()
            await self._hang_up_all()
        return not len(state.waiting)

    async def _begin(self, stop: asyncio.Event) -> None:
        """Begin as many calls as there is room for."""
        state = self._state
        loop = asyncio.get_running_loop()
        while len(state.running) < self._pace.now and not stop.is_set():
            if loop.time() < state.rest_until:
                return
            job = state.waiting.take(state.running.values())
            if job is None:
                return
            state.running[asyncio.create_task(place(self._at, job, self._hang_up))] = job
            await asyncio.sleep(SPACING)

    def _over(self, task: asyncio.Task[CallRecord]) -> None:
        state = self._state
        job = state.running.pop(task)
        try:
            record = task.result()
        except LineBusy as error:
            self._busy(job, error)
            return
        except CallFailed as error:
            self._failed(job, error)
            return
        if record.ended == "interrupted":
            state.waiting.put_back(job)
            return
        state.failed.clear()
        state.mute = state.mute + 1 if not record.bot and record.failure else 0
        self._keep(record)
        now = asyncio.get_running_loop().time()
        if self._pace.ended(record.late, now - record.seconds, now):
            self._note(f"{self._pace.now} calls at once from now on")

    def _busy(self, job: Job, error: LineBusy) -> None:
        if self._tried(job) >= BUSY_TRIES:
            self._keep(_never(job, str(error)))
            return
        self._pace.busy()
        self._state.rest_until = asyncio.get_running_loop().time() + BUSY_SECONDS
        self._note(f"the lines are busy: {self._pace.now} calls at once from now on")
        self._state.waiting.put_back(job)

    def _failed(self, job: Job, error: CallFailed) -> None:
        """Nobody answered: the call does not count while it may be that nobody is there."""
        failed = self._state.failed
        failed.add(job.place)
        if len(failed) >= IN_A_ROW:
            raise SystemDown(_gone(f"{len(failed)} calls in a row did not come about: {error}"))
        if self._tried(job) >= IN_A_ROW:
            self._keep(_never(job, str(error)))
            return
        self._note(f"{job.case.id}: {error}")
        self._state.waiting.put_back(job)

    def _tried(self, job: Job) -> int:
        tries = self._state.tries
        tries[job.place] = tries.get(job.place, 0) + 1
        return tries[job.place]

    def _check(self) -> None:
        """Raises SystemDown when nobody is there."""
        if reason := self._at.system.ended():
            raise SystemDown(_gone(reason))
        if self._state.mute >= IN_A_ROW:
            raise SystemDown(
                _gone(f"the bot never said anything in {self._state.mute} calls in a row")
            )

    def _keep(self, record: CallRecord) -> None:
        self._at.folder.append(record)
        self._ended(record)

    async def _hang_up_all(self) -> None:
        """End what is under way; what came to its own end is kept, and what went down."""
        self._hang_up.set()
        running = list(self._state.running)
        self._state.running.clear()
        for ended in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(ended, CallRecord) and ended.ended != "interrupted":
                self._keep(ended)


def _gone(reason: str) -> str:
    return (
        f"the system under evaluation is gone: {reason}\n"
        "the calls until then are kept; mend it, then go on with --resume"
    )


def _never(job: Job, failure: str) -> CallRecord:
    return CallRecord(
        case=job.case.id,
        attempt=job.attempt,
        seed=job.seed,
        ended="never",
        failure=failure,
        tags=job.case.tags,
    )
