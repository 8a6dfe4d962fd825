"""A run of a few calls with everything that a report can show, and texts that nobody may trust."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from evaluation.bench.intervals import Figure
from evaluation.comparing.model import Change, Comparison, Rule
from evaluation.runs.model import (
    BotTurn,
    CallerTurn,
    CallRecord,
    DoneAction,
    HeardEntity,
    Run,
    RunInfo,
    Understood,
)
from evaluation.scoring.model import (
    Aligned,
    CalibrationBin,
    Confusion,
    Metric,
    Scores,
    Verdict,
)
from evaluation.sets.model import Case, Entity, EvaluationSet, Expected, Keys, Line, Say

HOSTILE = """<script>alert('x')</script><img src=x onerror="alert(1)">"'&{{7*7}}</title>"""
PIN = "4821"
RATE = 8000
STAGES = {
    "noticed": 0.1,
    "transcribed": 0.3,
    "decided": 0.35,
    "replied": 0.4,
    "first_audio": 0.45,
    "audible": 0.6,
}


def a_set(folder: Path) -> EvaluationSet:
    cases = (
        Case(
            "move-money",
            (
                Say(
                    "move fifty dollars",
                    intent="transfer",
                    entities=(Entity("amount", 5000, "fifty dollars"),),
                ),
                Say("four eight two one", secret=True),
                Keys(PIN, secret=True),
                Say("mm-hmm", backchannel=True),
            ),
            line=Line(snr=10.0, loss=0.02, jitter=0.02, echo=20.0),
            expected=Expected(outcome="contained"),
            tags=("task:transfer", "noisy"),
        ),
        Case(
            "hours", (Say("when do you close", intent="hours"),), tags=("task:hours", 'a"b<i>tag')
        ),
        Case("hostile", (Say(HOSTILE, intent=HOSTILE),), tags=(HOSTILE,)),
    )
    return EvaluationSet(
        folder, "bank", "1.2", "Apache-2.0", "made up", "test", True, cases, digest="d" * 64
    )


def turns_of_move() -> tuple[CallerTurn, ...]:
    return (
        CallerTurn(
            0,
            "say",
            "move fifty dollars",
            "move fifteen dollars",
            0.8,
            start=1.0,
            end=2.0,
            decided=1.8,
            answered=2.6,
            cut_off=True,
            stages=STAGES,
            understood=Understood(
                "pay_bill",
                0.62,
                (HeardEntity("amount", 1500),),
                (("pay_bill", 0.62), ("transfer", 0.3)),
            ),
            by_reference=Understood("transfer", 0.9),
        ),
        CallerTurn(
            1,
            "say",
            "four eight two one",
            "four eight too one",
            start=3.0,
            end=4.0,
            decided=4.2,
            answered=4.5,
            secret=True,
        ),
        CallerTurn(2, "keys", PIN, PIN, decided=5.0, answered=5.4, secret=True),
        CallerTurn(3, "say", "mm-hmm", start=6.0, end=6.3, backchannel=True, yielded=0.2),
    )


def a_run() -> Run:
    info = RunInfo(
        "bank",
        "1.2",
        "d" * 64,
        "voicebot serve",
        7,
        1,
        3,
        "2026-11-24T10:00:00Z",
        settings={"turns": {"patience": 1.0}, "rasa_secret": "hush", "note": HOSTILE},
        models={"whisper": "abc"},
        machine={"cores": 2},
        complete=True,
    )
    calls = (
        CallRecord(
            "hours",
            0,
            11,
            seconds=4.0,
            ended="caller",
            outcome="contained",
            turns=(
                CallerTurn(
                    0,
                    "say",
                    "when do you close",
                    "when do you close",
                    start=1.0,
                    end=2.0,
                    decided=2.2,
                    answered=2.5,
                    stages={**STAGES, "audible": 0.5},
                    understood=Understood("hours", 0.97),
                ),
            ),
            bot=(BotTurn("Hello.", 0.1, 0.8), BotTurn("At five.", 2.5, 3.2, "at five")),
            audio="audio/hours.wav",
        ),
        CallRecord(
            "move-money",
            0,
            12,
            seconds=8.0,
            ended="bot",
            outcome="escalated",
            turns=turns_of_move(),
            bot=(BotTurn("Your PIN four eight two one is right.", 4.5, 5.9),),
            actions=(DoneAction("transfer", {"pin": PIN, "amount": 1500}),),
            audio="audio/move.wav",
        ),
        CallRecord(
            "hostile",
            0,
            13,
            seconds=2.0,
            ended="lost",
            failure=HOSTILE,
            outcome=HOSTILE,
            turns=(
                CallerTurn(
                    0,
                    "say",
                    HOSTILE,
                    HOSTILE,
                    start=0.5,
                    end=1.0,
                    decided=1.2,
                    understood=Understood(HOSTILE, 0.4),
                ),
            ),
            bot=(BotTurn(HOSTILE, 1.2, 1.9),),
            audio="../../etc/passwd",
        ),
    )
    return Run(info, calls)


def metric(key: str, title: str, unit: str, value: float, width: float, **rest: object) -> Metric:
    stage = key.partition(".")[0]
    figure = Figure(value, value - width, value + width)
    plain = Metric(key, title, stage, unit, "lower", "ratio", figure)  # type: ignore[arg-type]
    return replace(plain, **rest)  # type: ignore[arg-type]


def some_scores() -> Scores:
    tags = {"noisy": Figure(0.3, 0.2, 0.4), 'a"b<i>tag': Figure(0.0, 0.0, 0.1)}
    return Scores(
        metrics=(
            metric("dialogue.success", "Calls as they had to be", "share", 0.33, 0.2),
            metric("recognition.wer", "Word errors", "share", 0.125, 0.05, by_tag=tags),
            metric("understanding.accuracy_heard", "Intents right", "share", 0.5, 0.2),
            metric("activity.cut_off", "Callers cut off", "share", 0.2, 0.1),
            metric(
                "whole.voice_to_voice",
                "Voice to voice",
                "ms",
                550.0,
                60.0,
                kind="p50",
                samples={("hours", 0): (500.0,), ("move-money", 0): (600.0, 480.0)},
            ),
            Metric(
                "speech_output.dnsmos",
                "Sound of the voice",
                "speech_output",
                "points",
                "higher",
                "mean",
                None,
                because="no DNSMOS model is installed",
            ),
        ),
        verdicts=(
            Verdict("hours", 0, True),
            Verdict(
                "move-money",
                0,
                False,
                ("transfers: expected one row amount=5000, found none", f"PIN {PIN} was said"),
            ),
            Verdict("hostile", 0, False, (HOSTILE,)),
        ),
        alignments=(
            Aligned(
                "move-money",
                0,
                0,
                1,
                3,
                (("=", "move", "move"), ("S", "fifty", "fifteen"), ("=", "dollars", "dollars")),
            ),
            Aligned(
                "move-money",
                0,
                1,
                1,
                4,
                (
                    ("=", "four", "four"),
                    ("=", "eight", "eight"),
                    ("S", "two", "too"),
                    ("=", "one", "one"),
                ),
            ),
            Aligned("hours", 0, 0, 0, 4, (("=", "when", "when"),)),
            Aligned(
                "hostile", 0, 0, 2, 2, (("S", HOSTILE, HOSTILE), ("D", HOSTILE, ""), ("I", "", "x"))
            ),
        ),
        confusions=(
            Confusion("reference", {("transfer", "transfer"): 2}),
            Confusion(
                "heard", {("transfer", "pay_bill"): 1, ("hours", "hours"): 1, (HOSTILE, "x"): 1}
            ),
        ),
        calibration=(CalibrationBin(0.6, 0.7, 4, 0.65, 0.5), CalibrationBin(0.9, 1.0, 9, 0.97, 1)),
        latencies={HOSTILE: (10.0, 20.0)},
        notes=("The gap can't be told: " + HOSTILE,),
    )


def a_comparison() -> Comparison:
    return Comparison(
        changes=(
            Change(
                "recognition.wer",
                "Word errors",
                "recognition",
                "share",
                "lower",
                40,
                "worse",
                0.05,
                0.125,
                Figure(0.075, 0.03, 0.12),
                "matched pairs",
                0.0004,
                0.0008,
                primary=True,
                details=(HOSTILE,),
            ),
            Change(
                "whole.voice_to_voice",
                "Voice to voice",
                "whole",
                "ms",
                "lower",
                2,
                "not enough data",
                because="only 2 calls",
            ),
        ),
        rules=(
            Rule(
                "words", "margin", "failed", "word errors rose by 7.5 %, more than 2 %", stage=None
            ),
            Rule("calls", "calls", "passed", HOSTILE),
        ),
        level=0.05,
        paired=(("hours", 0),),
        broken=(("move-money", 0), ("gone", 0)),
        after_only=(("hostile", 0),),
    )


def sounds(folder: Path) -> None:
    """The recordings: a tone in either channel, the caller's loud all the time."""
    (folder / "audio").mkdir(parents=True, exist_ok=True)
    for name, seconds in (("hours", 4.0), ("move", 8.0)):
        at = np.arange(round(seconds * RATE)) / RATE
        caller = 8000 * np.sin(2 * np.pi * 300 * at)
        bot = 4000 * np.sin(2 * np.pi * 500 * at) * (at > 0.5)
        both = np.column_stack([caller, bot]).astype(np.int16)
        soundfile.write(folder / f"audio/{name}.wav", both, RATE)
