"""What a connected call costs in which nobody says anything.

The agent's reminder after some seconds of silence is put off beyond the measurement: what speaking
costs is another question. The greeting is over before CPU time is counted. Counted is the process
that carries the calls, less what it uses with none.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import psutil

from evaluation.bench.benchmark import Bench, NothingMeasured
from evaluation.bench.calls import CallLog
from evaluation.bench.machine import Usage, children_cpu, core_share, settled, usage
from evaluation.bench.place import Placed, Plan, place_all
from evaluation.bench.results import Outcome, Picture
from evaluation.bench.scenarios import Silent
from evaluation.svg import Series, chart

NAME: Final = "silent"
CALLS: Final = 100
SETTINGS: Final = {"LIMITS__CALLS": "120", "TURNS__NO_INPUT": "900"}

_SPACING: Final = 0.08
"""Seconds from call to call: the greetings must not queue."""
_GREETING: Final = 6.0
"""Seconds after the last connection until all greetings are over."""
_IDLE: Final = 3.0
_ENOUGH: Final = 0.9
"""Of the calls; with fewer there is no result. Those that failed are told."""
_WARM: Final = 10
"""Calls before the measurement, so that what is made once is made."""


@dataclass(frozen=True, slots=True)
class Span:
    """Usage without calls, with all of them connected and quiet, and at the end."""

    idle_before: Usage
    idle_after: Usage
    quiet_before: Usage
    quiet_after: Usage
    client_cores: float
    children_cores: float
    logs: tuple[CallLog, ...]
    failures: tuple[str, ...]
    curve: tuple[tuple[float, float], ...]


async def run(bench: Bench) -> Outcome:
    """The benchmark. Raises NothingMeasured."""
    await _calls(bench, _WARM, 1.0, noise=-70.0)
    await settled(bench.system.process(), bench.going_on)
    outcome = Outcome(NAME)
    sending = await _span(bench, noise=-70.0)
    _judge(outcome, sending, "silent")
    if bench.full and bench.going_on():
        _judge(outcome, await _span(bench, noise=None), "silent_no_frames")
    outcome.partial = not bench.going_on()
    outcome.notes.append(
        "silent: callers send frames of line noise; silent_no_frames (full runs): callers send "
        "nothing at all. Memory is the unique set size."
    )
    return outcome


async def _calls(bench: Bench, count: int, seconds: float, noise: float | None) -> list[Placed]:
    plans = [Plan(Silent(seconds), noise) for _ in range(count)]
    placing = place_all(bench.system, plans, bench.numbers, count, bench.going_on, spacing=_SPACING)
    return [placed async for placed in placing]


async def _span(bench: Bench, noise: float | None) -> Span:
    process = bench.system.process()
    hold = float(bench.count(8, 60))
    await asyncio.sleep(1.0)
    idle_before = usage(process)
    await asyncio.sleep(_IDLE)
    idle_after = usage(process)
    connecting = CALLS * _SPACING
    seconds = connecting + _GREETING + hold + 3.0
    calls = asyncio.create_task(_calls(bench, CALLS, seconds, noise))
    try:
        curve = await _watched(bench, process, connecting + _GREETING, "connecting")
        quiet_before, client = usage(process), time.process_time()
        children = children_cpu(process)
        curve += await _watched(bench, process, hold, "silent")
        quiet_after = usage(process)
        wall = quiet_after.at - quiet_before.at
        client_cores = (time.process_time() - client) / wall
        children_cores = (children_cpu(process) - children) / wall
        placed = await calls
    finally:
        calls.cancel()
    logs = tuple(one.log for one in placed if one.log is not None)
    failures = tuple(sorted({one.failure for one in placed if one.failure}))
    if len(logs) < _ENOUGH * CALLS:
        reason = "; ".join(failures) or "interrupted"
        raise NothingMeasured(f"only {len(logs)} of {CALLS} calls: {reason}")
    start = idle_after.at
    return Span(
        idle_before,
        idle_after,
        quiet_before,
        quiet_after,
        client_cores,
        children_cores,
        logs,
        failures,
        tuple((at - start, value) for at, value in curve),
    )


async def _watched(
    bench: Bench, process: psutil.Process, seconds: float, what: str
) -> list[tuple[float, float]]:
    """The resident memory in MB over `seconds`, sampled every second."""
    samples = []
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and bench.going_on():
        await asyncio.sleep(min(1.0, left))
        samples.append((time.monotonic(), process.memory_info().rss / 1e6))
        bench.tell(f"{NAME}: {what}, {max(0.0, left - 1):.0f} s")
    return samples


def _judge(outcome: Outcome, span: Span, key: str) -> None:
    idle = core_share(span.idle_before, span.idle_after)
    busy = core_share(span.quiet_before, span.quiet_after)
    grown = span.quiet_after.memory - span.idle_after.memory
    outcome.put(f"{key}.core_per_call", max(0.0, busy - idle) / len(span.logs))
    outcome.put(f"{key}.bytes_per_call", grown / len(span.logs))
    outcome.put(f"{key}.idle_core", idle)
    outcome.put(f"{key}.children_cores", span.children_cores)
    outcome.put(f"{key}.client_cores", span.client_cores)
    outcome.counts[f"{key}_calls"] = len(span.logs)
    outcome.counts[f"{key}_failed"] = CALLS - len(span.logs)
    outcome.notes += [f"{key}: a call failed: {failure}" for failure in span.failures]
    outcome.counts[f"{key}_ended_early"] = sum(log.ended != "caller" for log in span.logs)
    late = max(log.late for log in span.logs)
    outcome.notes.append(f"{key}: the callers' machine was at most {late * 1000:.0f} ms late")
    outcome.pictures.append(
        Picture(
            f"Memory of {len(span.logs)} calls ({key.replace('_', ' ')})",
            chart(
                [Series("resident memory", span.curve)],
                title="resident memory",
                x_label="seconds",
                y_label="MB",
                height=220,
            ),
        )
    )
