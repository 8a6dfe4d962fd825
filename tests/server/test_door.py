"""The one door into a call's machine."""

from __future__ import annotations

import asyncio

import pytest

from voicebot.conversation.events import Digit, Event
from voicebot.server.door import Door


def test_an_event_that_another_causes_comes_after_it() -> None:
    seen: list[str] = []

    def step(event: Event) -> None:
        assert isinstance(event, Digit)
        seen.append(f"{event.digit} begins")
        if event.digit == "1":
            door.dispatch(Digit("2"))
        seen.append(f"{event.digit} ends")

    door = Door(step, lambda error: pytest.fail(str(error)))
    door.dispatch(Digit("1"))
    assert seen == ["1 begins", "1 ends", "2 begins", "2 ends"]


def test_what_breaks_is_told_and_nobody_else_is_hurt() -> None:
    broken: list[BaseException] = []

    def step(_: Event) -> None:
        raise KeyError("a command that nobody knows")

    door = Door(step, broken.append)
    door.dispatch(Digit("1"))
    door.dispatch(Digit("2"))
    assert [type(error) for error in broken] == [KeyError, KeyError]


def test_behind_a_shut_door_nothing_happens() -> None:
    seen: list[Event] = []
    door = Door(seen.append, lambda error: pytest.fail(str(error)))
    door.shut()
    door.dispatch(Digit("1"))
    assert seen == []


def test_what_was_waiting_when_the_door_was_shut_is_dropped() -> None:
    seen: list[Event] = []

    def step(event: Event) -> None:
        seen.append(event)
        door.dispatch(Digit("2"))
        door.shut()

    door = Door(step, lambda error: pytest.fail(str(error)))
    door.dispatch(Digit("1"))
    assert seen == [Digit("1")]


async def test_a_task_that_breaks_is_told() -> None:
    broken: list[BaseException] = []

    async def breaks() -> None:
        raise ValueError("no such seat")

    door = Door(lambda _: None, broken.append)
    await asyncio.wait([door.spawn(breaks())])
    assert [str(error) for error in broken] == ["no such seat"]


async def test_tasks_end_with_the_call_and_being_cancelled_breaks_nothing() -> None:
    door = Door(lambda _: None, lambda error: pytest.fail(str(error)))
    task = door.spawn(asyncio.Event().wait())
    await door.end_tasks()
    assert task.cancelled()
