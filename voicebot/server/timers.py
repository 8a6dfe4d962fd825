"""The timers of one call, by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voicebot.conversation import commands as do
from voicebot.conversation.events import TimerFired


class Timers:
    """Fires TimerFired events; `epoch` is when the call began on the loop's clock."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        epoch: float,
        dispatch: Callable[[TimerFired], None],
    ) -> None:
        self._loop = loop
        self._epoch = epoch
        self._dispatch = dispatch
        self._set: dict[str, asyncio.TimerHandle] = {}

    def set(self, command: do.SetTimer) -> None:
        """Set a timer, in place of one of the same name."""
        self._forget(command.name)
        due = self._epoch + command.at
        self._set[command.name] = self._loop.call_at(due, self._fire, command.name)

    def cancel(self, command: do.CancelTimer) -> None:
        """Forget a timer, if it is set."""
        self._forget(command.name)

    def close(self) -> None:
        """No timer fires any more."""
        for name in list(self._set):
            self._forget(name)

    def _forget(self, name: str) -> None:
        timer = self._set.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _fire(self, name: str) -> None:
        self._set.pop(name, None)
        self._dispatch(TimerFired(name))
