"""How fast the agent answers one caller: from the audible end of human speech to its first audio.

Several calls are up at once, but only one caller at a time may speak and be answered (`Floor`): the
others listen to a greeting or to the rest of an answer, which costs the agent pacing only.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from evaluation.bench.benchmark import Bench, NothingMeasured
from evaluation.bench.calls import CallLog
from evaluation.bench.clips import Clip, Wanted
from evaluation.bench.fixed_silence import Pauses, Point, curve, pauses_of, rival, stretches
from evaluation.bench.intervals import percentile, rate
from evaluation.bench.measures import gaps
from evaluation.bench.place import Plan, place_all
from evaluation.bench.results import Outcome, Picture
from evaluation.bench.scenarios import Conversation, Floor
from evaluation.bench.trace import CallTrace
from evaluation.bench.turns import STAGES, Turn, turns_of
from evaluation.svg import Limit, Series, Span, chart, histogram, waterfall
from voicebot.engines.silero import SileroModel
from voicebot.models import ModelStore

NAME: Final = "latency"
TURNS_A_CALL: Final = 2
"""At the third thing that it does not understand the agent calls a person."""
AT_ONCE: Final = 3
_QUICK, _FULL = 64, 240
_LONGEST_QUICK: Final = 3.5
"""Seconds of speech: the quick run takes no longer recordings."""
_LONGEST_DRAWN: Final = 2500.0
"""Milliseconds; what is longer stands at the end of the distribution."""
_LABELS: Final = {
    "noticed": "silence is noticed",
    "transcribed": "words are known",
    "decided": "the turn is over",
    "replied": "the dialogue has answered",
    "first_audio": "first audio is sent",
    "audible": "it can be heard",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """Turns of calls with their pauses, gaps in the bot's lines (s), and calls that failed."""

    turns: list[Turn]
    pauses: list[Pauses]
    gaps: list[float]
    failures: list[str]
    clips: int
    policy: dict[str, Any]
    unsaid: list[str] = field(default_factory=list)


async def run(bench: Bench) -> Outcome:
    """The benchmark. Raises NothingMeasured."""
    count = bench.count(_QUICK, _FULL)
    clips = bench.clips.choose(count, _wanted(bench), NAME, bench.going_on)
    measured = await measure(bench, clips, AT_ONCE, Floor(), NAME)
    return judged(measured, partial=not bench.going_on() or len(measured.turns) < len(clips) / 2)


async def measure(
    bench: Bench,
    clips: Sequence[Clip],
    at_once: int,
    floor: Floor,
    name: str,
    spacing: float = 0.7,
) -> Measured:
    """Say all `clips` in calls of two turns, `at_once` calls at a time.

    Raises NothingMeasured when not one turn came about.
    """
    silero = SileroModel(ModelStore(bench.settings.models_dir).path("silero"))
    result = Measured([], [], [], [], len(clips), {})
    plans = plans_for(clips, floor)
    async for placed in place_all(
        bench.system, plans, bench.numbers, at_once, bench.going_on, spacing
    ):
        if placed.log is None:
            result.failures.append(placed.failure)
        else:
            trace = await bench.system.trace(placed.log.number)
            planned = int(placed.plan.label)
            _take_in(result, placed.log, planned, trace, silero)
        bench.tell(f"{name}: {len(result.turns)} of {len(clips)} turns")
    if not result.turns:
        reason = result.failures[0] if result.failures else "no clip could be used"
        raise NothingMeasured(f"no turn came about: {reason}")
    return result


def plans_for(clips: Sequence[Clip], floor: Floor) -> list[Plan]:
    """Calls of two turns each."""
    groups = [clips[at : at + TURNS_A_CALL] for at in range(0, len(clips), TURNS_A_CALL)]
    return [
        Plan(Conversation(group, floor), group[0].noise, label=str(len(group))) for group in groups
    ]


def _take_in(
    result: Measured, log: CallLog, planned: int, trace: CallTrace | None, silero: SileroModel
) -> None:
    turns = turns_of(log, trace)
    heard = stretches(log.caller, silero.stream())
    result.turns.extend(turns)
    if len(turns) < planned:
        said = ", ".join(done.clip.id for done in log.said)
        result.unsaid.append(f"after {log.seconds:.0f} s by the {log.ended} (said: {said})")
    usable = (pauses_of(turn.speech, heard) for turn in turns if not turn.over_bot)
    result.pauses.extend(pauses for pauses in usable if pauses is not None)
    lines = trace.line_of_piece() if trace is not None else {}
    line_of = (lambda piece: lines.get(piece, piece)) if lines else str
    result.gaps.extend(gaps(log.arrivals, log.clears, log.marks, line_of))
    if trace is not None:
        result.policy.update(trace.policy)


def _wanted(bench: Bench) -> Wanted:
    return Wanted() if bench.full else Wanted(longest=_LONGEST_QUICK)


# ── the figures ───────────────────────────────────────────────────────────────────────────────


def responses(turns: Sequence[Turn]) -> list[float]:
    """Seconds from the end of speech to the answer, of the turns where that says something."""
    return [
        turn.response
        for turn in turns
        if turn.response is not None and not turn.cut_off and not turn.over_bot
    ]


def judged(measured: Measured, *, partial: bool) -> Outcome:
    """Figures and pictures of the measured turns."""
    turns = [turn for turn in measured.turns if not turn.over_bot]
    answered = responses(turns)
    from_decision = [
        turn.stages["audible"] - turn.stages["decided"]
        for turn in turns
        if not turn.cut_off and {"audible", "decided"} <= turn.stages.keys()
    ]
    outcome = Outcome(NAME, partial=partial)
    for q in (50, 95):
        outcome.put(f"voice_to_voice_ms.p{q}", percentile(answered, q), 1000)
        outcome.put(f"decided_to_audio_ms.p{q}", percentile(from_decision, q), 1000)
    cut = sum(turn.cut_off for turn in turns)
    outcome.put("cut_off_rate", rate(cut, len(turns)))
    outcome.counts = {
        "turns": len(turns),
        "answered": len(answered),
        "cut_off": cut,
        "unanswered": sum(turn.response is None for turn in turns),
        "over_the_bot": len(measured.turns) - len(turns),
        "clips_not_said": measured.clips - len(measured.turns),
        "calls_failed": len(measured.failures),
    }
    after = statistics.median(from_decision) if from_decision else 0.0
    points = curve(measured.pauses, after) if measured.pauses else []
    _against_fixed(outcome, points, answered, cut / len(turns) if turns else 0.0)
    _pictures(outcome, turns, answered)
    _notes(outcome, measured)
    outcome.cases = [_case(turn) for turn in measured.turns]
    return outcome


def _against_fixed(
    outcome: Outcome, points: Sequence[Point], answered: Sequence[float], cut: float
) -> None:
    best = rival(points, cut)
    if best is None or not answered:
        return
    ours = statistics.median(answered)
    outcome.put("endpointing.fixed_silence_ms", best.silence * 1000)
    outcome.put("endpointing.fixed_voice_to_voice_ms", best.median * 1000)
    outcome.put("endpointing.gain", 1 - ours / best.median)
    outcome.pictures.append(
        Picture(
            "Latency against cut-off rate",
            chart(
                [
                    Series("fixed silence", [(p.cut_off * 100, p.median * 1000) for p in points]),
                    Series("this agent", [(cut * 100, ours * 1000)], "points"),
                ],
                title="latency against cut-off rate",
                x_label="turns cut off, %",
                y_label="median voice to voice, ms",
                limits=[Limit(3, "3 %", upright=True), Limit(500, "500 ms")],
            ),
            "The line is what every fixed silence from 0.1 to 2 s would give on the same turns, "
            "with the same time from decision to audio; the point is what was measured.",
        )
    )


def _pictures(outcome: Outcome, turns: Sequence[Turn], answered: Sequence[float]) -> None:
    outcome.pictures.append(
        Picture(
            "Where the time goes",
            waterfall(stage_spans(turns), title="stages", unit="ms after the end of speech"),
            "Medians, from the record of the calls; the last bar ends where the first audio can "
            "be heard in the recording.",
        )
    )
    outcome.pictures.append(
        Picture(
            "Distribution",
            histogram(
                [min(1000 * value, _LONGEST_DRAWN) for value in answered],
                title="voice to voice",
                x_label="end of speech to first audio, ms",
                limits=[Limit(500, "500 ms", upright=True), Limit(1000, "1000 ms", upright=True)],
            ),
            f"{len(answered)} answered turns that were not cut off; the last bar is all that took "
            f"{_LONGEST_DRAWN:.0f} ms or longer.",
        )
    )


def stage_spans(turns: Sequence[Turn]) -> list[Span]:
    """The median moments of all stages as bars, one after the other."""
    medians = []
    for stage in STAGES:
        values = [turn.stages[stage] for turn in turns if stage in turn.stages and not turn.cut_off]
        if values:
            medians.append((statistics.median(values) * 1000, stage))
    spans, before = [], 0.0
    for value, stage in sorted(medians):
        note = f"{value:.0f} ms"
        spans.append(Span(_LABELS[stage], min(before, value), value, note))
        before = value
    return spans


def _notes(outcome: Outcome, measured: Measured) -> None:
    late = [turn.late for turn in measured.turns]
    if late:
        outcome.notes.append(f"the caller's machine was at most {max(late) * 1000:.0f} ms late")
    if measured.failures:
        outcome.notes.append(f"calls that failed: {'; '.join(sorted(set(measured.failures)))}")
    if measured.unsaid:
        outcome.notes.append(f"calls that ended early: {'; '.join(measured.unsaid)}")
    if measured.policy:
        outcome.notes.append(f"the agent's policy: {measured.policy}")


def _case(turn: Turn) -> dict[str, Any]:
    return {
        "id": turn.clip,
        "set": turn.set,
        "speech_s": round(turn.speech.end - turn.speech.start, 2),
        "response_ms": None if turn.response is None else round(turn.response * 1000),
        "cut_off": turn.cut_off,
        "over_bot": turn.over_bot,
        "stages_ms": {name: round(value * 1000) for name, value in turn.stages.items()},
        "understood": turn.text,
    }
