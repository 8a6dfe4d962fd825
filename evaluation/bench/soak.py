"""Many short calls, several at a time: does memory grow?

Each caller interrupts the greeting with a short recording, hears the beginning of the answer and
hangs up, so that every part of the agent works in every call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evaluation.bench.benchmark import Bench, NothingMeasured
from evaluation.bench.clips import Clip, Wanted
from evaluation.bench.place import Plan, place_all
from evaluation.bench.results import Outcome, Picture
from evaluation.bench.scenarios import Interruption
from evaluation.svg import Limit, Series, chart

NAME: Final = "soak"
_QUICK, _FULL = 100, 1000
FIRST: Final = 50
"""Calls after which memory has settled."""
AT_ONCE: Final = 9
_AFTER: Final = 0.4
_LISTEN: Final = 0.8
_CLIPS: Final = 40


async def run(bench: Bench) -> Outcome:
    """The benchmark. Raises NothingMeasured."""
    count = bench.count(_QUICK, _FULL)
    clips = _short(bench)
    process = bench.system.process()
    plans = [
        Plan(Interruption(clip, _AFTER, _LISTEN), clip.noise)
        for clip in (clips[number % len(clips)] for number in range(count))
    ]
    memory: list[float] = []
    failures: list[str] = []
    async for placed in place_all(
        bench.system, plans, bench.numbers, AT_ONCE, bench.going_on, spacing=0.2
    ):
        if placed.log is None:
            failures.append(placed.failure)
        memory.append(process.memory_info().rss / 1e6)
        bench.tell(f"{NAME}: {len(memory)} of {count} calls, {memory[-1]:.0f} MB")
    if len(memory) <= FIRST:
        raise NothingMeasured(f"only {len(memory)} calls; memory is looked at after {FIRST}")
    outcome = judged(memory, failures)
    outcome.partial = len(memory) < count
    outcome.notes.append(f"{len(memory)} calls; the bar is about 1,000")
    return outcome


def _short(bench: Bench) -> list[Clip]:
    for wanted in (Wanted(0.3, 1.5), Wanted()):
        clips = bench.clips.choose(_CLIPS, wanted, NAME, bench.going_on)
        if clips:
            return clips
    raise NothingMeasured("no recording could be used")


def judged(memory: Sequence[float], failures: Sequence[str]) -> Outcome:
    """Figures of the resident memory (MB) after each call."""
    outcome = Outcome(NAME)
    outcome.put("soak.growth_mb", memory[-1] - memory[FIRST - 1])
    outcome.put("soak.first_mb", memory[FIRST - 1])
    outcome.put("soak.last_mb", memory[-1])
    outcome.counts = {"calls": len(memory), "failed": len(failures)}
    if failures:
        outcome.notes.append(f"failed: {'; '.join(sorted(set(failures)))}")
    outcome.pictures = [
        Picture(
            "Resident memory",
            chart(
                [Series("resident memory", [(n, mb) for n, mb in enumerate(memory, 1)])],
                title="resident memory",
                x_label="calls",
                y_label="MB",
                limits=[Limit(memory[FIRST - 1] + 20, "20 MB more than after fifty calls")],
            ),
        )
    ]
    return outcome
