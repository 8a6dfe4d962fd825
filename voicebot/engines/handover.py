"""From a worker thread to an event loop: results, errors, and the items of a lazy iterator."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None = None


class Call(Generic[T]):
    """One function call, made in a worker; `future` waits for it on the loop."""

    def __init__(
        self, function: Callable[[], T], loop: asyncio.AbstractEventLoop, since: float
    ) -> None:
        self.since = since
        self.future: asyncio.Future[T] = loop.create_future()
        self.failed_itself = False
        self._function = function
        self._loop = loop

    def run(self) -> None:
        """In the worker: call, and settle the future. Never raises."""
        if self.future.cancelled():
            return
        try:
            result = self._function()
        except Exception as error:  # noqa: BLE001 - raised again where the caller waits
            self.abandon(error)
        else:
            self._settle(lambda: self.future.set_result(result))

    def abandon(self, error: Exception) -> None:
        """Fail the future from any thread."""
        self.failed_itself = True
        failure = _raisable(error)
        self._settle(lambda: self.future.set_exception(failure))

    def _settle(self, settle: Callable[[], None]) -> None:
        def unless_gone() -> None:
            if not self.future.done():
                settle()

        _call_on(self._loop, unless_gone)


class Handover(Generic[T]):
    """An iterator consumed in a worker, and the async iterator of its items on the loop.

    At most `buffer` items are ahead of the consumer; the worker waits, the loop never does.
    """

    def __init__(
        self,
        make_iterator: Callable[[], Iterator[T]],
        loop: asyncio.AbstractEventLoop,
        since: float,
        buffer: int,
    ) -> None:
        """Raises ValueError for a buffer without room."""
        if buffer < 1:
            raise ValueError(f"a buffer of {buffer} items hands nothing over")
        self.since = since
        self.failed_itself = False
        self._make_iterator = make_iterator
        self._loop = loop
        self._room = threading.Semaphore(buffer)
        self._cancelled = threading.Event()
        self._ready: asyncio.Queue[_Item[T] | _End] = asyncio.Queue()

    def run(self) -> None:
        """In the worker: consume the iterator to its end or until cancelled. Never raises."""
        if self._cancelled.is_set():
            return
        try:
            self._consume()
        except Exception as error:  # noqa: BLE001 - raised again where the consumer waits
            self.abandon(error)
        else:
            self._put(_End())

    def abandon(self, error: Exception) -> None:
        """End the stream with an error, from any thread."""
        self.failed_itself = True
        self._put(_End(_raisable(error)))

    def cancel(self) -> None:
        """The consumer has stopped; a worker that waits for room wakes up."""
        self._cancelled.set()
        self._room.release()

    def __aiter__(self) -> Handover[T]:
        """The items, once."""
        return self

    async def __anext__(self) -> T:
        """The next item; raises what the iterator raised."""
        message = await self._ready.get()
        if isinstance(message, _Item):
            self._room.release()
            return message.value
        if message.error is not None:
            raise message.error
        raise StopAsyncIteration

    def _consume(self) -> None:
        iterator = self._make_iterator()
        try:
            for item in iterator:
                self._room.acquire()
                if self._cancelled.is_set():
                    return
                self._put(_Item(item))
        finally:
            close = getattr(iterator, "close", None)  # a generator frees what it holds
            if close is not None:
                close()

    def _put(self, message: _Item[T] | _End) -> None:
        _call_on(self._loop, lambda: self._ready.put_nowait(message))


def _raisable(error: Exception) -> Exception:
    """A StopIteration can pass through neither a future nor a coroutine."""
    if isinstance(error, StopIteration | StopAsyncIteration):
        return RuntimeError(f"the engine raised {type(error).__name__}")
    return error


def _call_on(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(callback)
    except RuntimeError:
        if not loop.is_closed():
            raise
        # Whoever waited is gone with the loop: there is nobody to tell.
