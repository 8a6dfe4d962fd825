"""Renderings made ahead: taken at once, joined, given up, dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import numpy as np
import pytest

from voicebot.engines.ahead import RenderedAhead
from voicebot.engines.base import EngineError, Int16


class Source:
    """Gives chunk after chunk, each when it is let."""

    def __init__(self, chunks: int = 3, error: EngineError | None = None) -> None:
        self.chunks = chunks
        self.error = error
        self.let = asyncio.Semaphore(0)
        self.begun = 0
        self.closed = 0

    async def audio(self) -> AsyncGenerator[Int16]:
        self.begun += 1
        try:
            for value in range(self.chunks):
                await self.let.acquire()
                yield np.full(2, value, np.int16)
            if self.error is not None:
                raise self.error
        finally:
            self.closed += 1

    def release(self, chunks: int) -> None:
        for _ in range(chunks):
            self.let.release()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def values(stream: AsyncGenerator[Int16]) -> list[int]:
    return [int(chunk[0]) async for chunk in stream]


async def test_what_is_ready_is_there_at_once_and_the_rest_follows() -> None:
    store, source = RenderedAhead(), Source()
    store.begin("a", source.audio)
    source.release(2)
    await settle()
    rendering = store.take("a")
    assert rendering is not None
    stream = rendering.chunks()
    assert [int((await anext(stream))[0]) for _ in range(2)] == [0, 1]
    rest = asyncio.create_task(values(stream))
    await settle()
    assert not rest.done()
    source.release(1)
    assert await rest == [2]
    assert (source.begun, source.closed) == (1, 1)


async def test_it_is_begun_once_and_taken_once() -> None:
    store, source = RenderedAhead(), Source()
    for _ in range(3):
        store.begin("a", source.audio)
    source.release(3)
    await settle()
    assert source.begun == 1
    assert store.take("a") is not None
    assert store.take("a") is None


async def test_a_failure_reaches_whoever_takes_it() -> None:
    store, source = RenderedAhead(), Source(1, EngineError("mute"))
    store.begin("a", source.audio)
    source.release(1)
    await settle()
    rendering = store.take("a")
    assert rendering is not None
    with pytest.raises(EngineError, match="mute"):
        await values(rendering.chunks())


async def test_what_nobody_takes_is_given_up() -> None:
    store, source = RenderedAhead(seconds=0.0), Source()
    store.begin("a", source.audio)
    await asyncio.sleep(0.01)
    assert store.take("a") is None
    await settle()
    assert source.closed == source.begun


async def test_the_oldest_makes_room() -> None:
    store, sources = RenderedAhead(most=2), [Source() for _ in range(3)]
    for name, source in zip("abc", sources, strict=True):
        store.begin(name, source.audio)
        await settle()
    await settle()
    assert [source.closed for source in sources] == [1, 0, 0]
    assert store.take("a") is None
    assert store.take("b") is not None


async def test_a_reader_who_stops_ends_the_work() -> None:
    store, source = RenderedAhead(), Source()
    store.begin("a", source.audio)
    source.release(1)
    rendering = store.take("a")
    assert rendering is not None
    stream = rendering.chunks()
    await anext(stream)
    await stream.aclose()
    await settle()
    assert source.closed == 1


async def test_a_reader_learns_that_it_was_given_up() -> None:
    store, source = RenderedAhead(), Source()
    store.begin("a", source.audio)
    rendering = store.take("a")
    assert rendering is not None
    reading = asyncio.create_task(values(rendering.chunks()))
    await settle()
    rendering.cancel()
    with pytest.raises(EngineError, match="given up"):
        await reading
