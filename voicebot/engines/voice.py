"""The bot's voice: text to line audio, from the cache, a synthesizer, or the fallback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from voicebot.dialogue.spoken import spoken
from voicebot.engines.ahead import RenderedAhead
from voicebot.engines.base import EngineError, Int16, Synthesizer, VoiceSettings
from voicebot.engines.pool import PoolBusy, PoolClosed, WorkerPool
from voicebot.engines.voicecache import VoiceCache, cache_key

_log = structlog.get_logger(__name__)

NORMAL: Final = VoiceSettings()
CACHE_BYTES: Final = 200 * 1024 * 1024
TIMEOUT: Final = 15.0
"""Seconds, queueing included, until a synthesizer has to give its next chunk."""


def _may_be_kept(text: str) -> bool:
    """Amounts, codes and dates belong to one caller."""
    return not any(c.isdigit() for c in text)


class Voice:
    """Speaks for all calls of the process.

    A synthesizer that fails before its first chunk is replaced by `fallback` for this text; one
    that fails later can't be, half of the sentence having been heard.
    """

    def __init__(
        self,
        pool: WorkerPool,
        primary: Synthesizer,
        fallback: Synthesizer | None,
        cache_dir: Path,
        rate: int = 8000,
        cache_bytes: int = CACHE_BYTES,
        timeout: float = TIMEOUT,
    ) -> None:
        """`rate` in hertz; at most `cache_bytes` of audio are kept in `cache_dir`."""
        self._pool = pool
        self._primary = primary
        self._fallback = fallback
        self._cache = VoiceCache(cache_dir, cache_bytes, rate)
        self._rate = rate
        self._timeout = timeout
        self._ahead = RenderedAhead()

    def render_ahead(self, text: str, settings: VoiceSettings = NORMAL) -> None:
        """Begin to make the audio of `text`, which `speak` may ask for within some seconds.

        Returns at once. A failure is no one's: `speak` will try again.
        """
        words = spoken(text)
        key = cache_key(self._primary.name, words, settings, self._rate)
        if words and self._cache.recall(key) is None:
            keep = _may_be_kept(text)
            self._ahead.begin(key, lambda: self._audio(key, words, settings, keep=keep))

    async def speak(
        self, text: str, settings: VoiceSettings = NORMAL, *, cache: bool | None = None
    ) -> AsyncGenerator[Int16]:
        """Yield the audio of `text`, chunk by chunk; nothing where there is nothing to say.

        `cache` says whether the audio may be kept; by default it is when the text has no digit,
        because amounts, codes and dates belong to one caller. What `render_ahead` has begun is
        taken over, complete or not.

        Raises:
            EngineError: no synthesizer could say it (also PoolBusy, when too many are speaking).
        """
        words = spoken(text)
        keep = _may_be_kept(text) if cache is None else cache
        key = cache_key(self._primary.name, words, settings, self._rate)
        ahead = self._ahead.take(key)
        if ahead is not None:
            begun = False
            try:
                async with aclosing(ahead.chunks()) as stream:
                    async for chunk in stream:
                        begun = True
                        yield chunk
            except EngineError:
                if begun:
                    raise
            else:
                return
        async with aclosing(self._audio(key, words, settings, keep=keep)) as stream:
            async for chunk in stream:
                yield chunk

    async def _audio(
        self, key: str, words: str, settings: VoiceSettings, *, keep: bool
    ) -> AsyncGenerator[Int16]:
        """From the cache, else synthesized, and then kept if it may be."""
        if keep and (known := self._cache.recall(key)) is not None:
            yield known
            return
        if keep and (known := await asyncio.to_thread(self._cache.get, key)) is not None:
            yield known
            return
        chunks: list[Int16] = []
        async with aclosing(self._synthesized(words, settings)) as stream:
            async for by_primary, chunk in stream:
                if keep and by_primary:
                    chunks.append(chunk)
                yield chunk
        if chunks:
            await asyncio.to_thread(self._cache.put, key, np.concatenate(chunks))

    async def prerender(self, texts: Iterable[str]) -> None:
        """Have these texts in the cache, whatever is in them.

        Raises:
            EngineError: no synthesizer could say one of them.
        """
        for text in texts:
            async with aclosing(self.speak(text, cache=True)) as stream:
                async for _ in stream:
                    pass

    async def _synthesized(
        self, words: str, settings: VoiceSettings
    ) -> AsyncGenerator[tuple[bool, Int16]]:
        """Chunks, and whether they come from the primary synthesizer."""
        begun = False
        try:
            async with aclosing(self._stream(self._primary, words, settings)) as stream:
                async for chunk in stream:
                    begun = True
                    yield True, chunk
        except (PoolBusy, PoolClosed):
            raise  # the fallback would need the same workers
        except EngineError as error:
            if begun or self._fallback is None:
                raise
            _log.warning("voice failed, using the fallback", engine=self._primary.name)
            failure = error
        else:
            return
        try:
            async with aclosing(self._stream(self._fallback, words, settings)) as stream:
                async for chunk in stream:
                    yield False, chunk
        except EngineError as error:
            raise EngineError(f"no voice: {failure}; {error}") from error

    async def _stream(
        self, engine: Synthesizer, words: str, settings: VoiceSettings
    ) -> AsyncGenerator[Int16]:
        """What one engine yields; a bug in an engine is an EngineError, too."""
        stream = self._pool.stream(
            lambda: engine.stream(words, self._rate, settings), self._timeout
        )
        async with aclosing(stream):
            try:
                async for chunk in stream:
                    yield chunk
            except EngineError:
                raise
            except Exception as error:
                # Engines wrap foreign libraries: whatever these raise, the call must go on. No
                # traceback in the log: its locals hold what is being said.
                _log.error("synthesizer failed", engine=engine.name, error=type(error).__name__)
                raise EngineError(f"{engine.name} failed: {type(error).__name__}") from error
