"""Speaking over the bot: real interruptions must stop it, "mm-hmm" must not.

A caller speaks at a random moment of the bot's greeting: a real recording of a sentence, or a sound
that people make while they listen. There is no free set of such sounds, so they are synthetic (see
`evaluation.backchannels`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from evaluation.backchannels import Backchannel, backchannels
from evaluation.bench.benchmark import Bench, NothingMeasured
from evaluation.bench.calls import CallLog
from evaluation.bench.clips import Clip, Wanted, clip_of
from evaluation.bench.intervals import percentile, rate
from evaluation.bench.measures import STOPPED, audio_after_clear, outgoing_until, speech_of
from evaluation.bench.place import Plan, place_all
from evaluation.bench.results import Outcome, Picture
from evaluation.bench.scenarios import Interruption
from evaluation.bench.trace import CallTrace
from evaluation.svg import Limit, histogram
from voicebot.caller.wire import FRAME_SECONDS
from voicebot.engines.base import Synthesizer
from voicebot.engines.espeak import EspeakSynthesizer
from voicebot.engines.hibari import HibariSynthesizer

NAME: Final = "interruption"
_QUICK, _FULL = 13, 130
_TRIES: Final = 3
"""Where the bot drew breath at that moment, the sound is said again at another one."""
_AT_ONCE: Final = 3
_EARLIEST, _LATEST = 0.4, 1.2
"""Seconds into the greeting, whose first sentence takes longer."""
_LISTEN: Final = {"real": 1.5, "backchannel": 3.0}
"""Seconds that a caller listens afterwards: whether the bot takes a turn of it, or goes on."""

Kind = Literal["real", "backchannel"]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of speaking over the bot; times in seconds.

    `stop` is from the beginning of the caller's sound to the last outgoing audio (None: the bot
    did not stop); `resumed` after how long it spoke again; `asked`: the dialogue got a turn of it.
    `noticed` is when the agent noticed the sound, after its beginning.
    """

    kind: Kind
    clip: str
    label: str
    stop: float | None
    resumed: float | None
    asked: bool
    sound: float
    after_clear: int
    noticed: float | None = None

    @property
    def let_speak(self) -> bool:
        """Did the bot stop and stay silent for the caller, or take what was said for a turn?"""
        if self.stop is None:
            return False
        return self.asked or self.resumed is None or self.resumed >= self.sound

    @property
    def silenced(self) -> bool:
        """Did the bot not go on with what it was saying?"""
        return self.asked or (self.stop is not None and self.resumed is None)


async def run(bench: Bench) -> Outcome:
    """The benchmark. Raises NothingMeasured, EngineError."""
    count = bench.count(_QUICK, _FULL)
    real = bench.clips.choose(count, Wanted(1.0, 4.0), NAME, bench.going_on)
    made = await asyncio.to_thread(_listening_sounds, count)
    draw = random.Random(NAME)  # noqa: S311 - a draw that can be repeated
    plans = _plans(real, made, draw)
    sounds = len(plans)
    trials: list[Trial] = []
    failures: list[str] = []
    unheard = 0
    for _ in range(_TRIES):
        missed: list[Plan] = []
        async for placed in place_all(
            bench.system, plans, bench.numbers, _AT_ONCE, bench.going_on, spacing=0.5
        ):
            if placed.log is None:
                failures.append(placed.failure)
                continue
            trace = await bench.system.trace(placed.log.number)
            trial = trial_of(placed.log, trace, placed.plan.label)
            if trial is None:
                missed.append(_at_another_moment(placed.plan, draw))
            else:
                trials.append(trial)
            bench.tell(f"{NAME}: {len(trials)} of {sounds} interruptions")
        unheard += len(missed)
        plans = missed
    if not trials:
        raise NothingMeasured(f"no interruption came about: {'; '.join(failures[:1])}")
    outcome = judged(trials, partial=not bench.going_on())
    outcome.counts |= {"bot_was_not_speaking": unheard, "calls_failed": len(failures)}
    return outcome


def _listening_sounds(count: int) -> list[tuple[Backchannel, Clip]]:
    voices: dict[str, Synthesizer] = {"hibari": HibariSynthesizer(), "espeak": EspeakSynthesizer()}
    made = []
    for number, sound in enumerate(backchannels(count, voices)):
        clip = clip_of(f"{sound.label} {number}", "backchannels", None, sound.samples)
        if clip is not None:
            made.append((sound, clip))
    return made


def _plans(
    real: Sequence[Clip], made: Sequence[tuple[Backchannel, Clip]], draw: random.Random
) -> list[Plan]:
    said = [(clip, "real") for clip in real]
    said += [(clip, f"backchannel, {sound.made_by}: {sound.label}") for sound, clip in made]
    draw.shuffle(said)
    plans = []
    for clip, label in said:
        after = draw.uniform(_EARLIEST, _LATEST)
        listen = _LISTEN[label.partition(",")[0]]
        plans.append(Plan(Interruption(clip, after, listen), clip.noise, label))
    return plans


def _at_another_moment(plan: Plan, draw: random.Random) -> Plan:
    match plan.scenario:
        case Interruption() as said:
            return replace(plan, scenario=said.again(draw.uniform(_EARLIEST, _LATEST)))
        case _:
            return plan


def trial_of(log: CallLog, trace: CallTrace | None, label: str) -> Trial | None:
    """What the recorded call says; None where the bot was not speaking at that moment."""
    said = log.said[0] if log.said else None
    speech = speech_of(said) if said is not None else None
    if said is None or speech is None:
        return None
    onset = speech.start
    if not any(log.outgoing[int(onset / FRAME_SECONDS) :][: round(STOPPED / FRAME_SECONDS)]):
        return None
    cleared = any(clear.at >= onset for clear in log.clears)
    end = outgoing_until(log.outgoing, onset) if cleared else None
    asked, noticed = _from_trace(log, trace, onset)
    return Trial(
        kind="real" if label == "real" else "backchannel",
        clip=said.clip.id,
        label=label,
        stop=None if end is None else end - onset,
        resumed=None if end is None else _resumed(log, end, onset),
        asked=asked,
        sound=speech.end - speech.start,
        after_clear=audio_after_clear(log.arrivals, log.clears, _begun(log, trace)),
        noticed=noticed,
    )


def _resumed(log: CallLog, end: float, onset: float) -> float | None:
    first = int(end / FRAME_SECONDS) + 1
    for frame in range(first, len(log.outgoing)):
        if log.outgoing[frame]:
            return frame * FRAME_SECONDS - onset
    return None


def _begun(log: CallLog, trace: CallTrace | None) -> list[float]:
    """When the agent began to say something, on the caller's clock."""
    if trace is None:
        return []
    shift = trace.began - log.began
    return [entry.at + shift for entry in trace.journal if entry.event == "PieceStarted"]


def _from_trace(log: CallLog, trace: CallTrace | None, onset: float) -> tuple[bool, float | None]:
    """Did the dialogue get a turn of it, and when was it noticed (s after its onset)?"""
    if trace is None:
        return False, None
    shift = trace.began - log.began
    asked = any(at + shift > onset for at in trace.asked())
    started = [
        entry.at + shift - onset for entry in trace.events("SpeechStarted", "party", "caller")
    ]
    return asked, min((at for at in started if at > 0), default=None)


def judged(trials: Sequence[Trial], *, partial: bool) -> Outcome:
    """Figures and pictures of the trials."""
    outcome = Outcome(NAME, partial=partial)
    real = [trial for trial in trials if trial.kind == "real"]
    sounds = [trial for trial in trials if trial.kind == "backchannel"]
    stops = [trial.stop for trial in real if trial.stop is not None]
    noticed = [
        trial.stop - trial.noticed
        for trial in real
        if trial.stop is not None and trial.noticed is not None
    ]
    for q in (50, 95):
        outcome.put(f"interruption.stop_ms_p{q}", percentile(stops, q), 1000)
        outcome.put(f"interruption.noticed_to_stop_ms_p{q}", percentile(noticed, q), 1000)
    missed = sum(not trial.let_speak for trial in real)
    silenced = sum(trial.silenced for trial in sounds)
    outcome.put("interruption.miss_rate", rate(missed, len(real)))
    outcome.put("interruption.false_stop_rate", rate(silenced, len(sounds)))
    paused = sum(trial.stop is not None for trial in sounds)
    outcome.put("interruption.pause_rate", rate(paused, len(sounds)))
    outcome.put("interruption.audio_after_clear", float(sum(t.after_clear for t in trials)))
    outcome.counts = {
        "real": len(real),
        "missed": missed,
        "backchannels": len(sounds),
        "stopped_for_good": silenced,
        "only_paused": sum(t.stop is not None and not t.silenced for t in sounds),
    }
    outcome.pictures = [
        Picture(
            "How soon the bot is silent",
            histogram(
                [1000 * stop for stop in stops],
                title="stop",
                x_label="beginning of the caller's speech to the last audio of the bot, ms",
                limits=[Limit(150, "150 ms", upright=True)],
            ),
            f"{len(stops)} real interruptions that stopped the bot.",
        )
    ]
    outcome.notes.append("the backchannels are synthetic; the interruptions are real recordings")
    outcome.cases = [_case(trial) for trial in trials]
    return outcome


def _case(trial: Trial) -> dict[str, Any]:
    return {
        "kind": trial.label,
        "id": trial.clip,
        "stop_ms": None if trial.stop is None else round(trial.stop * 1000),
        "noticed_ms": None if trial.noticed is None else round(trial.noticed * 1000),
        "resumed_ms": None if trial.resumed is None else round(trial.resumed * 1000),
        "asked": trial.asked,
        "after_clear": trial.after_clear,
        "right": trial.let_speak if trial.kind == "real" else not trial.silenced,
    }
