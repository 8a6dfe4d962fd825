"""The player on a clock that runs as fast as the loop turns."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from tests.server.wires import TestWire
from voicebot.conversation.events import (
    Event,
    PieceFailed,
    PieceRendered,
    PieceSent,
    PieceStarted,
)
from voicebot.engines.base import EngineError, Int16
from voicebot.server.outbox import Outbox
from voicebot.server.player import FRAME, FRAME_SECONDS, LEAD, Player
from voicebot.telephony.browser import BrowserDialect


class Line:
    """A player, its wire, and what came of it; time passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.events: list[Event] = []
        self.rendered: list[PieceRendered] = []
        self.audio: list[tuple[float, float, bytes]] = []  # sent at, due at, samples
        self.broken: list[Exception] = []
        self.wire = TestWire()
        self.outbox = Outbox(self.wire, 1.0, lambda _: None)
        dialect = BrowserDialect("c")
        dialect.receive('{"type":"start","token":"t","rate":8000}')
        self.player = Player(
            self.outbox,
            dialect,
            lambda: self.now,
            self.told,
            self.heard,
            self.sleep,
            on_broken=self.broken.append,
        )

    def told(self, event: Event) -> None:
        if isinstance(event, PieceRendered):
            self.rendered.append(event)
        else:
            self.events.append(event)

    async def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0.0)
        await asyncio.sleep(0)

    def heard(self, pcm: bytes, at: float) -> None:
        self.audio.append((self.now, at, pcm))

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not done():  # noqa: ASYNC110 - the line has no event for everything
                await asyncio.sleep(0)

    def controls(self) -> list[str]:
        return [json.loads(m)["type"] for m in self.wire.sent if isinstance(m, str)]


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    made = Line()
    yield made
    await made.player.close()
    await made.outbox.close()


def speech(*lengths: int, value: int = 100) -> Callable[[], AsyncIterator[Int16]]:
    async def chunks() -> AsyncIterator[Int16]:
        for length in lengths:
            yield np.full(length, value, np.int16)

    return chunks


def broken(*lengths: int) -> Callable[[], AsyncIterator[Int16]]:
    async def chunks() -> AsyncIterator[Int16]:
        async for chunk in speech(*lengths)():
            yield chunk
        raise EngineError("no voice")

    return chunks


async def test_pieces_are_sent_in_real_time_with_a_small_lead(line: Line) -> None:
    line.player.say("0.1", speech(500, 700))
    line.player.say("0.2", speech(FRAME * 3))
    await line.until(lambda: len(line.events) == 4)
    frames = -(-1200 // FRAME)
    assert line.events == [
        PieceStarted("0.1"),
        PieceSent("0.1", frames * FRAME_SECONDS),
        PieceStarted("0.2"),
        PieceSent("0.2", 3 * FRAME_SECONDS),
    ]
    assert [round(due, 6) for _, due, _ in line.audio] == [
        round(i * FRAME_SECONDS, 6) for i in range(frames + 3)
    ]
    assert all(due - sent <= LEAD + 1e-9 for sent, due, _ in line.audio)
    samples = np.frombuffer(b"".join(pcm for _, _, pcm in line.audio), np.int16)
    assert int((samples == 100).sum()) == 1200 + 3 * FRAME
    await line.outbox.drained(1.0)
    assert line.controls() == ["mark", "mark"]


async def test_clear_stops_sending_and_forgets_what_is_queued(line: Line) -> None:
    line.player.say("0.1", speech(FRAME * 400))
    line.player.say("0.2", speech(FRAME * 4))
    await line.until(lambda: len(line.audio) >= 10)
    line.player.clear()
    sent = len(line.audio)
    await line.until(lambda: line.controls() == ["clear"])
    assert len(line.audio) == sent
    assert line.events == [PieceStarted("0.1")]
    line.player.say("1.1", speech(FRAME))
    await line.until(lambda: PieceSent("1.1", FRAME_SECONDS) in line.events)
    await line.outbox.drained(1.0)
    assert line.controls() == ["clear", "mark"]


async def test_a_piece_that_can_not_be_rendered_is_told_and_the_next_is_spoken(line: Line) -> None:
    line.player.say("0.1", broken())
    line.player.say("0.2", speech(FRAME))
    await line.until(lambda: len(line.events) == 3)
    assert line.events[0] == PieceFailed("0.1", "no voice")
    assert line.events[2] == PieceSent("0.2", FRAME_SECONDS)


async def test_a_piece_that_breaks_in_the_middle_is_told(line: Line) -> None:
    line.player.say("0.1", broken(FRAME * 2))
    await line.until(lambda: len(line.events) == 2)
    assert line.events == [
        PieceStarted("0.1"),
        PieceFailed("0.1", "no voice", 2 * FRAME_SECONDS),
    ]
    assert len(line.audio) == 2


async def test_ringing_goes_on_until_something_is_said(line: Line) -> None:
    line.player.ring()
    await line.until(lambda: len(line.audio) > 400)
    assert line.events == []
    line.player.say("0.1", speech(FRAME))
    await line.until(lambda: len(line.events) == 2)
    ringing = np.frombuffer(b"".join(pcm for _, _, pcm in line.audio), np.int16)
    assert int(np.abs(ringing).max()) > 500


async def test_the_experts_voice_is_passed_on_without_piling_up_delay(line: Line) -> None:
    voice = np.full(FRAME, 8000, np.int16).tobytes()
    for _ in range(200):
        line.player.pass_on(voice)
    assert 0.3 < max(due for _, due, _ in line.audio) <= 0.42


async def test_an_experts_pauses_are_left_out_until_the_delay_is_gone(line: Line) -> None:
    for _ in range(200):
        line.player.pass_on(bytes(FRAME * 2))
    assert 0.05 < max(due for _, due, _ in line.audio) <= 0.14


def counting(seconds: float, calls: list[int]) -> Callable[[], AsyncIterator[Int16]]:
    """Speech that is quiet in the last 10 ms of each tenth of a second."""
    samples = np.arange(round(seconds * 8000), dtype=np.int16) % 800 + 2000
    samples[samples >= 2720] = 7

    async def chunks() -> AsyncIterator[Int16]:
        calls.append(1)
        for start in range(0, len(samples), 1000):
            yield samples[start : start + 1000]

    return chunks


async def test_the_length_of_a_piece_is_told_when_it_is_rendered(line: Line) -> None:
    line.player.say("0.1", speech(500, 700))
    line.player.say("0.2", broken(500))
    await line.until(lambda: len(line.events) == 4)
    assert line.rendered == [PieceRendered("0.1", 1200 / 8000)]


@pytest.mark.parametrize("kept", [True, False])
async def test_a_cleared_piece_is_taken_up_at_a_quiet_moment(line: Line, kept: bool) -> None:
    calls: list[int] = []
    line.player.say("0.1", counting(2.0, calls))
    await line.until(lambda: len(line.audio) >= 50)
    line.player.clear()
    cut = len(line.audio)
    if not kept:
        line.player.say("1.9", speech(FRAME))
        await line.until(lambda: PieceSent("1.9", FRAME_SECONDS) in line.events)
        cut = len(line.audio)
    line.player.say("1.1", counting(2.0, calls), 0.7, "0.1")
    line.player.say("1.2", speech(FRAME), 0.0, "0.2")
    await line.until(lambda: line.events[-1] == PieceSent("1.2", FRAME_SECONDS))
    started = next(e for e in line.events if isinstance(e, PieceStarted) and e.piece == "1.1")
    assert 0.55 <= started.since < 0.7
    first = np.frombuffer(line.audio[cut][2], np.int16)
    assert int(np.abs(first[:40]).max()) <= 7
    sent = next(e for e in line.events if isinstance(e, PieceSent) and e.piece == "1.1")
    assert sent.seconds == pytest.approx(2.0 - started.since, abs=FRAME_SECONDS)
    assert len(calls) == (1 if kept else 2)
    await line.outbox.drained(1.0)
    assert line.controls()[-2:] == ["mark", "mark"]


async def test_a_piece_shorter_than_what_is_to_be_left_out_is_over_at_once(line: Line) -> None:
    line.player.say("1.1", speech(FRAME), 5.0, "0.1")
    await line.until(lambda: PieceSent("1.1", 0.0) in line.events)
    assert line.audio == []
