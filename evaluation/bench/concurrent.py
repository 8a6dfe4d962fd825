"""As many callers at once as the agent takes, all talking; and one too many."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from typing import Final

from evaluation.bench import latency
from evaluation.bench.benchmark import Bench
from evaluation.bench.clips import Wanted
from evaluation.bench.intervals import percentile
from evaluation.bench.latency import Measured, measure, responses, stage_spans
from evaluation.bench.machine import Usage, children_cpu, core_share, usage
from evaluation.bench.results import Outcome, Picture, value_of
from evaluation.bench.scenarios import Floor
from evaluation.svg import Series, chart, waterfall
from voicebot.caller.ring import CallFailed, LineBusy
from voicebot.caller.wire import new_id

NAME: Final = "concurrent"
_QUICK, _FULL = 2, 10
"""Turns of each caller."""
_ALONE: Final = 20
"""Turns of one caller to compare with, where the run has no latency benchmark."""
_SPACING: Final = 0.15
_ONE_TOO_MANY_AFTER: Final = 2.5
"""Seconds after the first call: all others are up by then, and none has ended."""


async def run(bench: Bench) -> Outcome:
    """The benchmark. Raises NothingMeasured."""
    callers = bench.settings.limits.calls
    wanted = Wanted() if bench.full else Wanted(longest=4.0)
    clips = bench.clips.choose(callers * bench.count(_QUICK, _FULL), wanted, NAME, bench.going_on)
    alone = await _one_caller(bench, wanted)
    outcome = Outcome(NAME)
    process = bench.system.process()
    before, children, client = usage(process), children_cpu(process), time.process_time()
    one_too_many = asyncio.create_task(_one_too_many(bench))
    try:
        measured = await measure(bench, clips, callers, Floor(callers), NAME, _SPACING)
        refused, words, busy = await one_too_many
    finally:
        one_too_many.cancel()
    after = usage(process)
    wall = after.at - before.at
    outcome.put("concurrent.agent_cores", core_share(before, after))
    outcome.put("concurrent.core_per_call", core_share(before, after) / callers)
    outcome.put("concurrent.bytes_per_call", (busy.memory - before.memory) / callers)
    outcome.put("concurrent.children_cores", (children_cpu(process) - children) / wall)
    outcome.put("concurrent.client_cores", (time.process_time() - client) / wall)
    outcome.put("concurrent.refused_politely", float(refused))
    outcome.notes.append(f"one call too many heard: {words}")
    _judge(outcome, measured, alone, callers)
    outcome.partial = not bench.going_on()
    return outcome


async def _one_caller(bench: Bench, wanted: Wanted) -> float | None:
    """The 95th percentile of one caller, in seconds."""
    earlier = bench.earlier.get(latency.NAME)
    known = earlier.figures.get("voice_to_voice_ms.p95") if earlier is not None else None
    if known is not None:
        return value_of(known) / 1000
    clips = bench.clips.choose(_ALONE, wanted, f"{NAME} alone", bench.going_on)
    measured = await measure(bench, clips, latency.AT_ONCE, Floor(), f"{NAME}, one caller")
    found = percentile(responses(measured.turns), 95)
    return None if found is None else found.value


async def _one_too_many(bench: Bench) -> tuple[bool, str, Usage]:
    """Ring when all lines are taken: was it refused politely, in which words, and what do the
    others use meanwhile?"""
    await asyncio.sleep(_ONE_TOO_MANY_AFTER)
    used = usage(bench.system.process())
    try:
        await bench.system.invite(bench.numbers.take(), new_id("CA"))
    except LineBusy as busy:
        return True, str(busy), used
    except CallFailed as failure:
        return False, str(failure), used
    return False, "it was taken", used


def _judge(outcome: Outcome, measured: Measured, alone: float | None, callers: int) -> None:
    turns = [turn for turn in measured.turns if not turn.over_bot]
    answered = responses(turns)
    outcome.put("concurrent.calls", float(callers))
    for q in (50, 95):
        outcome.put(f"concurrent.voice_to_voice_ms_p{q}", percentile(answered, q), 1000)
    p95 = percentile(answered, 95)
    if p95 is not None and alone:
        outcome.put("concurrent.p95_ratio", p95, 1 / alone)
    outcome.put("concurrent.max_gap_ms", 1000 * max(measured.gaps, default=0.0))
    outcome.counts = {
        "callers": callers,
        "turns": len(turns),
        "answered": len(answered),
        "cut_off": sum(turn.cut_off for turn in turns),
        "unanswered": sum(turn.response is None for turn in turns),
        "gaps_over_40_ms": sum(gap > 0.04 for gap in measured.gaps),
        "calls_failed": len(measured.failures),
    }
    if turns:
        late = max(turn.late for turn in turns)
        outcome.notes.append(f"the callers' machine was at most {late * 1000:.0f} ms late")
    _pictures(outcome, measured, answered)


def _pictures(outcome: Outcome, measured: Measured, answered: Sequence[float]) -> None:
    ranked = sorted(1000 * value for value in answered)
    shares = [100 * (number + 1) / len(ranked) for number in range(len(ranked))]
    outcome.pictures = [
        Picture(
            "Where the time goes with all lines taken",
            waterfall(
                stage_spans(measured.turns), title="stages", unit="ms after the end of speech"
            ),
        ),
        Picture(
            "Distribution with all lines taken",
            chart(
                [Series("answered within", list(zip(ranked, shares, strict=True)), "steps")],
                title="distribution",
                x_label="end of speech to first audio, ms",
                y_label="% of turns",
            ),
            f"Median {statistics.median(ranked):.0f} ms." if ranked else "",
        ),
    ]
