"""Our agent against pipecat: same weights, same recordings, same callers, same run, in turns.

First one caller at a time, for the response; then more and more callers at once, for how many each
carries at equal 95th percentile. Everything is timed from the audio, as in `latency`; the agent's
own record is not used, so that both are judged alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from evaluation.bench.agentprocess import AgentNotRunning
from evaluation.bench.benchmark import Bench, NothingMeasured
from evaluation.bench.capacity import STEPS, Step, carried, goes_on, threshold, turns_for
from evaluation.bench.clips import Clip, Wanted
from evaluation.bench.latency import plans_for, responses
from evaluation.bench.machine import children_cpu, usage
from evaluation.bench.peerprocess import Peer, PeerServer
from evaluation.bench.peers.settings import (
    BETTER,
    DOCUMENTED,
    DOCUMENTED_ENVIRONMENT,
    KEPT,
    ONLY_TUNED,
    TUNED,
    VARIANTS,
)
from evaluation.bench.place import place_all
from evaluation.bench.results import Outcome, Picture
from evaluation.bench.scenarios import Floor
from evaluation.bench.systems import OurAgent, SystemUnderTest
from evaluation.bench.turns import turns_of
from evaluation.svg import Limit, Series, chart
from voicebot.models import ModelStore

NAME: Final = "peer"
SETTINGS: Final = {"LIMITS__CALLS": "100"}
"""Our agent refuses more than ten calls otherwise; here it has to show how many it carries."""
OURS: Final = "voicebot"
_QUICK, _FULL = 24, 80
"""Turns of one caller."""
_STEP_QUICK, _STEP_FULL = 16, 40
"""Turns at least with more callers."""
_ROUNDS: Final = 2
"""One caller is measured in so many parts, the systems taking turns."""
_SPACING: Final = 0.4
_LONGEST_QUICK: Final = 3.5

Steps = dict[str, list[Step]]


async def run(bench: Bench) -> Outcome:
    """The benchmark; `bench.system` is our agent. Raises NothingMeasured."""
    if not isinstance(bench.system, OurAgent):
        raise NothingMeasured("a peer is compared with our agent, whose dialogue it has")
    agent = bench.system.agent
    dialogue = {
        "PEER_RASA_URL": f"http://127.0.0.1:{agent.rasa_port}",
        "PEER_RASA_SECRET": agent.rasa_secret,
    }
    model = ModelStore(bench.settings.models_dir).path(f"whisper-{bench.settings.whisper_model}")
    with TemporaryDirectory(prefix="voicebot-peer-") as folder, ExitStack() as servers:
        environments = {DOCUMENTED: dialogue | DOCUMENTED_ENVIRONMENT, TUNED: dialogue}
        peers: dict[str, SystemUnderTest] = {}
        versions: dict[str, str] = {}
        for kind, environment in environments.items():
            server = PeerServer(Path(folder) / kind, model, environment)
            await asyncio.to_thread(servers.enter_context, _running(server, bench))
            versions = await asyncio.to_thread(server.versions)
            peers |= {name: Peer(server, name) for name in VARIANTS if name.startswith(kind)}
        steps = await _measured(bench, {OURS: bench.system, **peers})
        await asyncio.to_thread(servers.close)
    outcome = judged(steps)
    outcome.partial = not bench.going_on()
    outcome.notes += _settings(bench, versions)
    return outcome


@contextmanager
def _running(server: PeerServer, bench: Bench) -> Iterator[None]:
    """Its process, as long as it is needed. Raises NothingMeasured."""
    try:
        server.start(bench.going_on)
    except AgentNotRunning as error:
        raise NothingMeasured(str(error)) from error
    try:
        yield
    finally:
        server.stop()


async def _measured(bench: Bench, systems: Mapping[str, SystemUnderTest]) -> Steps:
    """Every system with more and more callers, until it has had enough."""
    alone = bench.count(_QUICK, _FULL)
    found: Steps = {name: [Step(1)] for name in systems}
    clips = _clips(bench, alone, "alone")
    part = 2 * -(-len(clips) // (2 * _ROUNDS))
    for number, at in enumerate(range(0, len(clips), part)):
        for name in _rotated(list(systems), number):
            await _take(bench, systems[name], clips[at : at + part], found[name][0])
    limit = _slowest_limit(found)
    for number, callers in enumerate(STEPS[1:]):
        if not bench.going_on():
            break
        count = turns_for(callers, bench.count(_STEP_QUICK, _STEP_FULL))
        clips = _clips(bench, count, f"{callers}")
        for name in _rotated(list(systems), number):
            if bench.going_on() and goes_on(found[name], limit):
                step = Step(callers)
                await _take(bench, systems[name], clips, step)
                if bench.going_on():  # half a step says nothing
                    found[name].append(step)
    if not all(steps[0].turns for steps in found.values()):
        reasons = [reason for steps in found.values() for reason in steps[0].failures]
        raise NothingMeasured(f"a system had no turn: {'; '.join(reasons) or 'interrupted'}")
    return found


def _clips(bench: Bench, count: int, salt: str) -> list[Clip]:
    wanted = Wanted() if bench.full else Wanted(longest=_LONGEST_QUICK)
    clips = bench.clips.choose(count, wanted, f"{NAME} {salt}", bench.going_on)
    if not clips:
        raise NothingMeasured("no recording could be used")
    return [clips[number % len(clips)] for number in range(count)]


def _rotated(names: list[str], by: int) -> list[str]:
    by %= len(names)
    return names[by:] + names[:by]


async def _take(bench: Bench, system: SystemUnderTest, clips: Sequence[Clip], step: Step) -> None:
    """Say `clips` to a system, as many callers at once as the step has; adds to the step."""
    plans = plans_for(clips, Floor(step.callers))
    process = system.process()
    before, children = usage(process), children_cpu(process)
    async for placed in place_all(
        system, plans, bench.numbers, step.callers, bench.going_on, _SPACING
    ):
        if placed.log is None:
            step.failures.append(placed.failure)
            continue
        step.turns += turns_of(placed.log, None)
        step.late = max(step.late, placed.log.late)
        bench.tell(f"{NAME}, {step.callers} at once, {system.name}: {len(step.turns)} turns")
    after = usage(process)
    step.wall += after.at - before.at
    step.cpu += after.cpu - before.cpu
    step.children_cpu += children_cpu(process) - children
    step.resident = after.resident


# ── the figures ───────────────────────────────────────────────────────────────────────────────


def judged(steps: Steps) -> Outcome:
    """Figures and pictures; `steps` of `OURS` and of the peer's variants, one caller first.

    The ratios are against pipecat as its documentation shows it, and once more (`tuned_`) against
    pipecat with all that makes it faster; each against the variant that is better at it.
    """
    outcome = Outcome(NAME)
    theirs = {name: found for name, found in steps.items() if name != OURS}
    limit = _slowest_limit(steps)
    for name, found in steps.items():
        for q in (50, 95):
            value = found[0].at(q)
            outcome.put(f"peer.{name}.voice_to_voice_ms.p{q}", value, 1000)
        outcome.put(f"peer.{name}.voice_to_voice_ms.p50_of_all", found[0].median_of_all, 1000)
        outcome.put(f"peer.{name}.cut_off_rate", found[0].cut_off)
        outcome.put(f"peer.{name}.unanswered_rate", found[0].unanswered)
        outcome.put(f"peer.{name}.calls", float(carried(found, limit)))
        outcome.counts[f"{name}_turns"] = sum(len(step.turns) for step in found)
    for key, kind in (("", DOCUMENTED), ("tuned_", TUNED)):
        rivals = [found for name, found in theirs.items() if name.startswith(kind)]
        _put_ratios(outcome, key, steps[OURS], rivals)
    if carried(steps[OURS], limit) == STEPS[-1]:
        outcome.notes.append(f"more than {STEPS[-1]} callers were not tried")
    outcome.pictures = _pictures(steps, limit)
    outcome.cases = [_case(name, step) for name, found in steps.items() for step in found]
    return outcome


def _slowest_limit(steps: Steps) -> float:
    """The highest 95th percentile (s) at which anything is compared."""
    kinds = ([f[0] for name, f in steps.items() if name.startswith(k)] for k in (DOCUMENTED, TUNED))
    return max(threshold(alone) for alone in kinds)


def _put_ratios(
    outcome: Outcome, key: str, ours: Sequence[Step], rivals: Sequence[Sequence[Step]]
) -> None:
    """How many times faster, and how many times as many callers at their 95th percentile."""
    medians: tuple[tuple[str, Callable[[Step], float | None]], ...] = (
        ("voice_to_voice_ratio", lambda step: step.at(50)),
        ("voice_to_voice_ratio_of_all", lambda step: step.median_of_all),
    )
    for name, median in medians:
        mine = median(ours[0])
        theirs = [value for found in rivals if (value := median(found[0])) is not None]
        if mine and theirs:
            outcome.put(f"peer.{key}{name}", min(theirs) / mine)
    limit = threshold([found[0] for found in rivals])
    most = max((carried(found, limit) for found in rivals), default=0)
    if most:
        outcome.put(f"peer.{key}calls_ratio", carried(ours, limit) / most)
        outcome.put(f"peer.{key}equal_p95_ms", limit, 1000)


def _pictures(steps: Steps, limit: float) -> list[Picture]:
    lines = [
        Series(
            name,
            [(step.callers, 1000 * p95) for step in found if (p95 := step.at(95)) is not None],
        )
        for name, found in steps.items()
    ]
    answers = []
    for name, found in steps.items():
        ranked = sorted(1000 * value for value in responses(found[0].turns))
        shares = [100 * number / len(ranked) for number in range(1, len(ranked) + 1)]
        answers.append(Series(name, list(zip(ranked, shares, strict=True)), "steps"))
    return [
        Picture(
            "One caller",
            chart(
                answers,
                title="one caller",
                x_label="end of speech to first audio, ms",
                y_label="% of answered turns",
            ),
        ),
        Picture(
            "More and more callers at once",
            chart(
                lines,
                title="callers at once",
                x_label="callers at once",
                y_label="95th percentile, ms",
                limits=[Limit(1000 * limit, f"equal: {1000 * limit:.0f} ms")],
            ),
            "Who was too slow twice in a row is not tried with more.",
        ),
    ]


def _case(name: str, step: Step) -> dict[str, object]:
    p50, p95 = step.at(50), step.at(95)
    return {
        "system": name,
        "callers": step.callers,
        "turns": len(step.turns),
        "p50_ms": None if p50 is None else round(1000 * p50),
        "p95_ms": None if p95 is None else round(1000 * p95),
        "cut_off": round(step.cut_off, 3),
        "unanswered": round(step.unanswered, 3),
        "failed": "; ".join(sorted(set(step.failures))),
        "cores": round(step.cores, 2),
        "children_cores": round(step.children_cores, 2),
        "resident_mb": round(step.resident / 1e6),
        "callers_late_ms": round(1000 * step.late),
    }


def _settings(bench: Bench, versions: Mapping[str, str]) -> list[str]:
    made_of = ", ".join(f"{name} {version}" for name, version in versions.items())
    ways = "; ".join(f"{name}: {what}" for name, what in VARIANTS.items())
    return [
        f"pipecat is made of {made_of}",
        f"both have the weights of Whisper {bench.settings.whisper_model} and the voice of hibari",
        f"its variants: {ways}; each ratio is against the one that is better at it",
        f"set otherwise than by default, because it is better for it: {'; '.join(BETTER)}",
        f"in the tuned variant also: {'; '.join(ONLY_TUNED)}",
        f"its defaults that matter: {'; '.join(KEPT)}",
        "the documented variants ask the same Rasa as our agent, and render what it answers; our "
        "agent also records the calls and keeps its journal",
    ]
