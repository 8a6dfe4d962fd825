"""Messages leave in order; a peer that does not read is given up."""

from __future__ import annotations

import asyncio

from tests.server.wires import TestWire
from voicebot.server.outbox import MOST_WAITING, Outbox


async def test_messages_leave_in_order() -> None:
    wire, stuck = TestWire(), list[str]()
    outbox = Outbox(wire, 1.0, stuck.append)
    outbox.put(["a", b"b"], audio=True)
    outbox.put(["c"])
    await outbox.drained(1.0)
    assert wire.sent == ["a", b"b", "c"]
    await outbox.close()
    assert stuck == []


async def test_audio_can_be_taken_back_and_the_rest_stays_in_order() -> None:
    wire = TestWire()
    outbox = Outbox(wire, 1.0, lambda _: None)
    outbox.put([b"1", b"2"], audio=True)
    outbox.put(["mark"])
    outbox.put([b"3"], audio=True)
    outbox.drop_audio()
    outbox.put(["clear"])
    await outbox.drained(1.0)
    assert wire.sent == ["mark", "clear"]
    await outbox.close()


async def test_a_peer_that_does_not_read_is_given_up() -> None:
    wire, stuck = TestWire(), list[str]()
    wire.stall.clear()
    outbox = Outbox(wire, 0.01, stuck.append)
    outbox.put(["a"])
    await outbox.drained(1.0)
    assert stuck == ["the peer stopped reading"]
    outbox.put(["b"])
    await outbox.close()
    assert wire.sent == []


async def test_a_queue_that_grows_is_given_up_at_once() -> None:
    wire, stuck = TestWire(), list[str]()
    wire.stall.clear()
    outbox = Outbox(wire, 100.0, stuck.append)
    for _ in range(MOST_WAITING + 2):
        outbox.put([b"x"], audio=True)
    assert stuck == ["the peer stopped reading"]
    await outbox.close()


async def test_a_closed_peer_is_no_news() -> None:
    wire, stuck = TestWire(), list[str]()
    wire.gone = True
    outbox = Outbox(wire, 1.0, stuck.append)
    outbox.put(["a"])
    await outbox.drained(1.0)
    await asyncio.sleep(0)
    assert stuck == []
    await outbox.close()
