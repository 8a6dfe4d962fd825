"""Placing measured calls, some at a time, each with its own number so that its record is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from evaluation.bench.calls import CallLog, MeasuredCall, Scenario
from evaluation.bench.systems import SystemUnderTest
from voicebot.caller.line import Clock, RealClock, talk
from voicebot.caller.ring import CallFailed
from voicebot.caller.wire import new_id

LONGEST: Final = 90.0
"""Seconds after which a call is hung up whatever happens."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A call to place: how the caller behaves, how noisy the line is (dBFS; None: it sends nothing
    while nobody speaks), and what the benchmark wants to know of it later."""

    scenario: Scenario
    noise: float | None = -70.0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of a plan: the log, or why there was no call."""

    plan: Plan
    log: CallLog | None
    failure: str = ""


class Numbers:
    """Caller numbers, each once: +1555 and seven digits."""

    def __init__(self, first: int = 2_000_000) -> None:
        self._next = first

    def take(self) -> str:
        """A number that was not used before."""
        self._next += 1
        return f"+1555{self._next:07}"


async def place(
    system: SystemUnderTest, number: str, plan: Plan, clock: Clock | None = None
) -> CallLog:
    """Place one call and wait for its end. Raises CallFailed. Cancelling hangs up."""
    call_id = new_id("CA")
    try:
        invitation = await system.invite(number, call_id)
        call = MeasuredCall(number, call_id, invitation.parameters, plan.scenario, plan.noise)
        stop = asyncio.Event()
        timer = asyncio.get_running_loop().call_later(LONGEST, stop.set)
        try:
            ended = await talk(call, invitation, clock or RealClock(), stop)
        finally:
            timer.cancel()
    finally:
        plan.scenario.over()
    return call.log(ended)


async def place_all(
    system: SystemUnderTest,
    plans: Sequence[Plan],
    numbers: Numbers,
    at_once: int,
    going_on: Callable[[], bool],
    spacing: float = 0.0,
) -> AsyncIterator[Placed]:
    """Place `plans` in order, `at_once` at a time; yields each as it ends.

    The first calls begin `spacing` seconds apart. When `going_on` says no, no more are placed, and
    those under way are hung up and not given back.
    """
    waiting = list(plans)[::-1]
    running: dict[asyncio.Task[CallLog], Plan] = {}
    try:
        while (waiting and going_on()) or running:
            while waiting and len(running) < at_once and going_on():
                plan = waiting.pop()
                running[asyncio.create_task(place(system, numbers.take(), plan))] = plan
                if spacing and len(running) < at_once:
                    await asyncio.sleep(spacing)
            done, _ = await asyncio.wait(running, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield _placed(running.pop(task), task)
            if not going_on():
                break
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _placed(plan: Plan, task: asyncio.Task[CallLog]) -> Placed:
    try:
        return Placed(plan, task.result())
    except CallFailed as error:
        return Placed(plan, None, str(error))
