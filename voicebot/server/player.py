"""The bot's voice on the line: pieces rendered ahead, sent in real time, stopped at once.

Frames of 20 ms go out against absolute deadlines with a small lead, so that a late wake-up of the
loop is not heard. Only `LEAD` seconds are ever ahead of the listener: that is all that can still be
heard after a barge-in where a network cannot clear.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import numpy as np
import structlog

from voicebot.audio.pcm import from_bytes, level
from voicebot.audio.speech import fade_in, quiet_moment
from voicebot.audio.tones import ringback
from voicebot.conversation.events import (
    Event,
    PieceFailed,
    PieceRendered,
    PieceSent,
    PieceStarted,
)
from voicebot.engines.base import EngineError, Int16
from voicebot.server.outbox import Outbox
from voicebot.telephony.base import LINE_RATE, Dialect

log = structlog.get_logger(__name__)

FRAME = LINE_RATE // 50
FRAME_SECONDS = FRAME / LINE_RATE
LEAD = 0.1
LIVE_SLACK = 0.12
"""Seconds that an expert's voice may lag without being made up for."""
LIVE_WORST = 0.4
"""Seconds of lag from which on words are left out, too: people would talk over each other."""
QUIET = -40.0
"""dBFS below which 20 ms of an expert's voice can be left out unheard."""
RENDER_AHEAD = 2
"""How many pieces are rendered at once: the one that sounds and the next."""


class Piece:
    """One piece of speech on its way: its audio arrives from a worker while it already sounds."""

    def __init__(
        self,
        name: str,
        audio: Callable[[], AsyncIterator[Int16]],
        since: float,
        on_rendered: Callable[[PieceRendered], None],
    ) -> None:
        """Of the `audio` the first `since` seconds are left out, or a little more."""
        self.name = name
        self.since = since
        self._audio = audio
        self._on_rendered = on_rendered
        self._all: list[Int16] = []
        self._rendered = False
        self._chunks: deque[Int16] = deque()
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.failure = ""
        self.cancelled = False

    def render(self) -> None:
        """Begin to render, once."""
        if self._task is None:
            self._task = asyncio.create_task(self._fetch(), name=f"render {self.name}")

    async def frames(self) -> AsyncIterator[bytes]:
        """Whole frames of line audio, the last one filled up with silence."""
        rest = np.zeros(0, np.int16)
        skip = round(self.since * LINE_RATE)
        while True:
            await self._more.wait()
            while self._chunks:
                rest = np.concatenate((rest, self._chunks.popleft()))
                if skip and len(rest) < skip:
                    continue
                if skip:
                    start, skip = quiet_moment(rest, skip, LINE_RATE), 0
                    self.since = start / LINE_RATE
                    rest = fade_in(rest[start:], LINE_RATE)
                whole = len(rest) // FRAME * FRAME
                for start in range(0, whole, FRAME):
                    yield rest[start : start + FRAME].tobytes()
                rest = rest[whole:]
            if self._task is not None and self._task.done():
                break
            self._more.clear()
        if len(rest) and not skip:
            yield np.pad(rest, (0, FRAME - len(rest))).tobytes()

    @property
    def audio(self) -> Int16 | None:
        """All of its audio, once it is there."""
        return np.concatenate(self._all) if self._rendered and self._all else None

    def cancel(self) -> None:
        """Nobody wants the rest."""
        self.cancelled = True
        if self._task is not None:
            self._task.cancel()

    async def _fetch(self) -> None:
        try:
            async for chunk in self._audio():
                self._chunks.append(chunk)
                self._all.append(chunk)
                self._more.set()
            self._rendered = True
            seconds = sum(len(chunk) for chunk in self._all) / LINE_RATE
            self._on_rendered(PieceRendered(self.name, seconds))
        except EngineError as error:
            self.failure = str(error)
        except Exception as error:  # whatever an engine's library raises, the call must go on
            log.exception("the voice broke", piece=self.name)
            self.failure = type(error).__name__
        finally:
            # The reader looks at the task's state: it must be done before it wakes.
            asyncio.get_running_loop().call_soon(self._more.set)


async def _once(audio: Int16) -> AsyncIterator[Int16]:
    yield audio


class Player:
    """Plays pieces, the ringing tone, or the expert's voice to the caller."""

    def __init__(
        self,
        outbox: Outbox,
        dialect: Dialect,
        clock: Callable[[], float],
        on_event: Callable[[Event], None],
        on_audio: Callable[[bytes, float], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        *,
        on_broken: Callable[[Exception], None],
    ) -> None:
        self._sleep = sleep
        self._outbox = outbox
        self._dialect = dialect
        self._clock = clock
        self._on_event = on_event
        self._on_audio = on_audio
        self._on_broken = on_broken
        self._pieces: deque[Piece] = deque()
        self._cut: dict[str, Int16] = {}  # audio of pieces that were cleared, by name
        self._ringing = False
        self._next = 0.0  # when the next frame is due to sound, s since the call began
        self._task: asyncio.Task[None] | None = None

    def say(
        self,
        name: str,
        audio: Callable[[], AsyncIterator[Int16]],
        since: float = 0.0,
        resumes: str = "",
    ) -> None:
        """Queue a piece; ends the ringing tone.

        `resumes` names a piece that was cleared: its audio, if it was all there, is used again.
        From about `since` (s) on, at a quiet moment, it is sent.
        """
        self._ringing = False
        kept = self._cut.pop(resumes, None)
        if not resumes:
            self._cut.clear()
        source = audio if kept is None else partial(_once, kept)
        self._pieces.append(Piece(name, source, since, self._on_event))
        self._render_ahead()
        self._wake()

    def ring(self) -> None:
        """Let the ringing tone follow what is queued."""
        self._ringing = True
        self._wake()

    def clear(self) -> None:
        """Stop sending first, clear the network second."""
        self._ringing = False
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._cut = {p.name: audio for p in self._pieces if (audio := p.audio) is not None}
        for piece in self._pieces:
            piece.cancel()
        self._pieces.clear()
        self._next = 0.0
        self._outbox.drop_audio()
        self._outbox.put(self._dialect.clear())

    def pass_on(self, pcm: bytes) -> None:
        """Audio of the expert, as it comes.

        What came late comes in a burst, which the network would play with that delay to the end of
        the call: pauses are left out until the two are together again, and words if need be.
        """
        now = self._clock()
        ahead = self._next - now
        if ahead > LIVE_WORST or (ahead > LIVE_SLACK and level(from_bytes(pcm)) < QUIET):
            return
        at = max(self._next, now)
        self._next = at + len(pcm) / 2 / LINE_RATE
        self._send(pcm, at)

    async def close(self) -> None:
        """Nothing more will be said."""
        for piece in self._pieces:
            piece.cancel()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _wake(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="player")

    def _render_ahead(self) -> None:
        for piece in list(self._pieces)[:RENDER_AHEAD]:
            piece.render()

    async def _run(self) -> None:
        try:
            while self._pieces or self._ringing:
                if self._pieces:
                    await self._play(self._pieces[0])
                else:
                    await self._ring_once()
        except Exception as error:  # noqa: BLE001 - the task's boundary: a mute bot is no answer
            self._on_broken(error)

    async def _play(self, piece: Piece) -> None:
        self._render_ahead()
        sent = 0
        async for frame in piece.frames():
            await self._wait_for_turn()
            if not sent:
                self._on_event(PieceStarted(piece.name, piece.since))
            if piece.cancelled:  # what was told led to a clear
                return
            self._paced(frame)
            sent += 1
        if piece.cancelled:
            return
        self._pieces.popleft()
        if piece.failure:
            self._on_event(PieceFailed(piece.name, piece.failure, sent * FRAME_SECONDS))
            return
        self._outbox.put(self._dialect.mark(piece.name))
        self._on_event(PieceSent(piece.name, sent * FRAME_SECONDS))

    async def _ring_once(self) -> None:
        tone = ringback(6.0)
        for start in range(0, len(tone) - FRAME + 1, FRAME):
            await self._wait_for_turn()
            if not self._ringing:
                return
            self._paced(tone[start : start + FRAME].tobytes())

    async def _wait_for_turn(self) -> None:
        now = self._clock()
        self._next = max(self._next, now)
        ahead = self._next - LEAD - now
        if ahead > 0:
            await self._sleep(ahead)

    def _paced(self, frame: bytes) -> None:
        self._send(frame, self._next)
        self._next += FRAME_SECONDS

    def _send(self, pcm: bytes, at: float) -> None:
        self._on_audio(pcm, at)
        self._outbox.put(self._dialect.audio(pcm), audio=True)
