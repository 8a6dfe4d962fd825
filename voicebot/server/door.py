"""The one door into a call's machine, and the tasks that come back through it.

Events go in one at a time and in order, also those that the machine's own commands cause while an
event is being handled. Nothing in here raises: what breaks ends this call, and no other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from voicebot.conversation.events import Event


class Door:
    """`step` handles one event and carries out what comes of it; `on_broken` is told what broke
    there or in a task. For the event loop's thread."""

    def __init__(
        self, step: Callable[[Event], None], on_broken: Callable[[BaseException], None]
    ) -> None:
        self._step = step
        self._on_broken = on_broken
        self._inbox: deque[Event] = deque()
        self._open = True
        self._dispatching = False
        self._tasks: set[asyncio.Task[None]] = set()

    def dispatch(self, event: Event) -> None:
        """Let `event` in; at once, or after the one that is being handled."""
        if not self._open:
            return
        self._inbox.append(event)
        if self._dispatching:
            return
        self._dispatching = True
        try:
            while self._inbox:
                self._step(self._inbox.popleft())
        except Exception as error:  # noqa: BLE001 - the call's boundary: it is logged and recorded
            self._on_broken(error)
        finally:
            self._dispatching = False

    def shut(self) -> None:
        """Let nothing in any more."""
        self._open = False
        self._inbox.clear()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start work that ends with the call at the latest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def end_tasks(self) -> None:
        """Cancel what still runs, and wait for it."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_broken(error)
