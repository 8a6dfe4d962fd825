"""Worker threads for speech engines: a bounded queue, and lazy results consumed inside the worker.

An engine's call blocks for tens or hundreds of milliseconds, so it never runs on the event loop.
A pool owns its threads (not asyncio's default executor, which everybody shares), refuses work when
its queue is full, and knows how long the oldest job has been waiting: admission looks at both.
"""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Protocol, TypeVar

from voicebot.engines.base import EngineError
from voicebot.engines.handover import Call, Handover

T = TypeVar("T")


class PoolBusy(EngineError):
    """The queue of the pool is full: too many calls at once, or too few workers."""


class PoolClosed(EngineError):
    """The pool takes no more work."""


class PoolTimeout(EngineError):
    """The engine did not answer in time."""


class _Job(Protocol):
    since: float

    def run(self) -> None:
        """Do the work, in a worker thread. Never raises."""

    def abandon(self, error: Exception) -> None:
        """The work won't be done; called from any thread."""


class WorkerPool:
    """`workers` threads named after the pool, and at most `max_waiting` jobs before them.

    `run` and `stream` are called on an event loop; several loops may share a pool.
    """

    def __init__(
        self,
        name: str,
        workers: int,
        max_waiting: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises ValueError for a pool without workers or with a negative queue."""
        if workers < 1 or max_waiting < 0:
            raise ValueError(f"pool {name}: {workers} workers, {max_waiting} waiting make no pool")
        self.name = name
        self.workers = workers
        self.max_waiting = max_waiting
        self._clock = clock
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._working = 0
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{i}", daemon=True)
            for i in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    # ── what admission looks at ───────────────────────────────────────────────────────────────

    @property
    def waiting(self) -> int:
        """How many jobs no worker has taken yet."""
        with self._changed:
            return len(self._jobs)

    @property
    def working(self) -> int:
        """How many workers are at a job."""
        with self._changed:
            return self._working

    @property
    def oldest_wait(self) -> float:
        """Seconds that the oldest waiting job has waited; 0 when none waits."""
        with self._changed:
            return self._clock() - self._jobs[0].since if self._jobs else 0.0

    # ── work ──────────────────────────────────────────────────────────────────────────────────

    async def run(self, function: Callable[..., T], *args: object, timeout: float) -> T:
        """Call `function(*args)` in a worker and return what it returns, or raise what it raises.

        A lazy result (a generator) must be consumed inside `function`; or see `stream`. When
        `timeout` seconds, queueing included, are over or the caller is cancelled, a waiting job is
        dropped; a running one can't be stopped, its result is thrown away.

        Raises:
            PoolBusy: the queue is full.
            PoolClosed: the pool was closed.
            PoolTimeout: no answer in time.
        """
        bound = functools.partial(function, *args)
        job = Call(bound, asyncio.get_running_loop(), self._clock())
        self._submit(job)
        try:
            async with asyncio.timeout(timeout):
                return await job.future
        except TimeoutError as error:
            if job.failed_itself:
                raise
            raise PoolTimeout(f"{self.name}: no answer within {timeout:g} s") from error
        finally:
            self._withdraw(job)

    async def stream(
        self, make_iterator: Callable[[], Iterator[T]], timeout: float, buffer: int = 64
    ) -> AsyncGenerator[T]:
        """Yield what an iterator yields that is made and consumed inside a worker.

        At most `buffer` items lie ready; then the worker waits for the consumer (and is not free
        for others). When the consumer stops, closes the generator or is cancelled, the iterator is
        closed (in the worker) after the item it is at. `timeout` is the longest wait for each item.

        Raises:
            PoolBusy, PoolClosed, PoolTimeout: as `run`; all at the first item or later.
        """
        handover: Handover[T] = Handover(
            make_iterator, asyncio.get_running_loop(), self._clock(), buffer
        )
        self._submit(handover)
        try:
            while True:
                try:
                    async with asyncio.timeout(timeout):
                        item = await anext(handover)
                except TimeoutError as error:
                    if handover.failed_itself:
                        raise
                    raise PoolTimeout(f"{self.name}: nothing for {timeout:g} s") from error
                except StopAsyncIteration:
                    return
                yield item
        finally:
            handover.cancel()
            self._withdraw(handover)

    def close(self, timeout: float = 10.0) -> None:
        """Refuse new work, fail what waits with PoolClosed, and wait for what runs."""
        with self._changed:
            self._closed = True
            dropped = list(self._jobs)
            self._jobs.clear()
            self._changed.notify_all()
        for job in dropped:
            job.abandon(PoolClosed(f"{self.name}: the pool was closed"))
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    # ── inside ────────────────────────────────────────────────────────────────────────────────

    def _submit(self, job: _Job) -> None:
        with self._changed:
            if self._closed:
                raise PoolClosed(f"{self.name}: the pool was closed")
            idle = self.workers - self._working
            if len(self._jobs) - idle >= self.max_waiting:
                raise PoolBusy(
                    f"{self.name}: {len(self._jobs)} jobs wait for {self.workers} workers; "
                    "allow fewer calls at once or more workers"
                )
            self._jobs.append(job)
            self._changed.notify()

    def _withdraw(self, job: _Job) -> None:
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._jobs and not self._closed:
                    self._changed.wait()
                if not self._jobs:
                    return
                job = self._jobs.popleft()
                self._working += 1
            try:
                job.run()
            finally:
                del job  # a finished job keeps neither audio nor the loop alive
                with self._changed:
                    self._working -= 1
