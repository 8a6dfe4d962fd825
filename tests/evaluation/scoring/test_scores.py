from __future__ import annotations

import json
import wave
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from evaluation.runs.model import BotTurn, CallerTurn, Run
from evaluation.scoring import conversions, speech_output
from evaluation.scoring.dnsmos import Dnsmos, DnsmosError
from evaluation.scoring.gathered import ScoringError
from evaluation.scoring.model import Metric, Scores, Stage
from evaluation.scoring.scores import score
from evaluation.sets.model import Entity, EvaluationSet, Expected, Keys, Say, Silence
from evaluation.statistics.bootstrap import statistic_of
from tests.engines.realaudio import MODELS
from tests.evaluation.scoring.calls import a_run, a_set, call, case, gathered, said, understood

MODEL = MODELS / "dnsmos" / "sig_bak_ovr.onnx"
needs_dnsmos = pytest.mark.skipif(
    not MODEL.is_file(), reason="no DNSMOS here; run `python -m voicebot.models --fetch dnsmos`"
)
PIN = "4821"


def world(**info: object) -> tuple[Run, EvaluationSet]:
    """Two cases, each called twice, with everything that can be measured without audio."""
    script = (
        Say("move fifty dollars", intent="transfer_money", entities=(Entity("amount", 50.0),)),
        Keys(PIN, secret=True),
        Say("mm-hmm", backchannel=True),
        Say("stop", intent="out_of_scope", barge_in=0.5),
        Silence(4.0),
    )
    turns = (
        said(
            0, "move fifty dollars", "move $50", start=1.0, end=2.0, onset=1.2, decided=2.5,
            answered=2.9, stages={"noticed": 0.2, "decided": 0.5, "first_audio": 0.8},
            understood=understood("transfer_money", amount=50),
            by_reference=understood("transfer_money", amount=50.0),
        ),
        CallerTurn(1, "keys", "••••", answered=6.0, secret=True),
        said(2, "mm-hmm", "", start=7.0, end=7.4, backchannel=True),
        said(
            3, "stop", start=8.0, end=8.5, onset=8.1, decided=9.0, answered=9.5, barge_in=True,
            yielded=0.4, understood=understood("out_of_scope"),
            by_reference=understood("out_of_scope"),
        ),
        CallerTurn(4, "silence", ""),
    )  # fmt: skip
    bot = (BotTurn("How much?", 0.0, 0.9, heard="How much?"), BotTurn("Done.", 9.5, 10.0, "Don."))
    cases = [
        case("a", *script, expected=Expected(outcome="escalated"), tags=("noisy",)),
        case("b", *script, expected=Expected(outcome="contained"), tags=("clean",)),
    ]
    calls = [
        call(name, *turns, attempt=attempt, bot=bot, outcome=outcome)
        for name, outcome in (("a", "expert"), ("b", "contained"))
        for attempt in (0, 1)
    ]
    return a_run(calls, **({"cases": 2, "repeats": 2} | info)), a_set(cases)


@cache
def scored() -> Scores:
    return score(*world())


def test_every_metric_is_there_with_a_figure_or_a_reason() -> None:
    scores = scored()
    keys = [metric.key for metric in scores.metrics]
    assert len(set(keys)) == len(keys)
    assert {metric.stage for metric in scores.metrics} == set(get_args(Stage))
    for metric in scores.metrics:
        assert (metric.figure is None) == bool(metric.because)
        assert metric.key.startswith(f"{metric.stage}.")
        if metric.figure is not None:
            assert metric.figure.low <= metric.figure.value <= metric.figure.high
    missing = {metric.key for metric in scores.metrics if metric.figure is None}
    assert {key for key in missing if not key.startswith("conversions.")} == {
        "dialogue.database",
        "speech_output.dnsmos",
    }


def test_samples_make_the_figure() -> None:
    for metric in scored().metrics:
        if metric.figure is None or not metric.samples:
            continue
        assert set(metric.samples) <= {(name, at) for name in "ab" for at in (0, 1)}
        columns = list(metric.samples.values())
        if metric.kind == "ratio":
            value = sum(top for top, _ in columns) / sum(bottom for _, bottom in columns)
        elif metric.kind in ("macro_f1", "calibration"):
            value = float(statistic_of(metric.kind, columns)(np.arange(len(columns))))
        else:
            values = [value for column in columns for value in column]
            q = {"mean": None, "p50": 50, "p95": 95}[metric.kind]
            value = float(np.mean(values) if q is None else np.percentile(values, q))
        assert value == pytest.approx(metric.figure.value)


def test_the_same_run_has_the_same_scores() -> None:
    assert score(*world()) == scored()


def test_tags_are_those_of_the_case() -> None:
    figures = scored().metric("recognition.wer").by_tag
    assert set(figures) == {"noisy", "clean"}


def test_waits_are_given_one_by_one_in_ms() -> None:
    scores = scored()
    assert scores.latencies["voice_to_voice"] == pytest.approx((900.0,) * 4)
    assert scores.latencies["yield"] == pytest.approx((400.0,) * 4)
    assert scores.latencies["stage.audible"] == pytest.approx((100.0,) * 4)


def test_nothing_secret_is_in_the_scores() -> None:
    assert PIN not in repr(scored())


def test_notes_say_what_a_reader_must_know() -> None:
    assert scored().notes == ()
    notes = score(*world(complete=False, set_digest="e")).notes
    assert any("not complete" in note for note in notes)
    assert any("not those" in note for note in notes)
    run, cases = world()
    calls = (replace(run.calls[0], failure="the agent is gone", late=0.4), *run.calls[1:])
    free = replace(cases, cases=tuple(replace(c, expected=Expected()) for c in cases.cases))
    notes = score(replace(run, calls=calls), replace(free, synthetic=True)).notes
    assert any(note.startswith("1 call could not be made") for note in notes)
    assert any("0.40 s behind" in note for note in notes)
    assert any(note.startswith("4 calls had nothing to fulfil") for note in notes)
    assert any(note.startswith("Nobody real") for note in notes)
    short = replace(run, calls=run.calls[:3])
    assert "The run is not complete: 3 of 4 calls." in score(short, cases).notes


def test_of_a_system_without_a_record_only_what_can_be_heard_is_scored() -> None:
    turn = said(0, "what is my balance", "", start=1.0, end=2.0, answered=2.5)
    silence = CallerTurn(1, "silence", "")
    calls = [call("a", turn, silence, outcome="", recorded=False)]
    cases = [
        case(
            "a",
            Say("what is my balance", "check_balance"),
            Silence(2.0),
            expected=Expected(outcome="contained"),
        )
    ]
    scores = score(a_run(calls), a_set(cases))
    figures = {metric.key: metric.figure for metric in scores.metrics}
    assert figures["turn_taking.response"] is not None
    blind = [
        "recognition.wer",
        "recognition.hallucination",
        "understanding.accuracy_heard",
        "activity.false_starts",
        "dialogue.success",
        "dialogue.database",
        "dialogue.repair",
    ]
    assert [key for key in blind if figures[key] is not None] == []
    assert "--data" in scores.verdicts[0].reasons[0]
    assert any("no record of the agent" in note for note in scores.notes)


def test_a_run_of_another_set_is_refused() -> None:
    run, cases = world()
    with pytest.raises(ScoringError, match=r"call b \(attempt 0\) belongs to no case of small 1"):
        score(run, replace(cases, cases=cases.cases[:1]))
    shorter = replace(cases.cases[0], turns=cases.cases[0].turns[:2])
    with pytest.raises(ScoringError, match=r"has a turn 2, but cases\.jsonl:1 has 2 turns"):
        score(run, replace(cases, cases=(shorter, cases.cases[1])))
    with pytest.raises(ScoringError, match="twice"):
        score(replace(run, calls=run.calls + run.calls[:1]), cases)


def test_an_empty_run_is_scored() -> None:
    scores = score(a_run([]), a_set([case("a")]))
    assert all(metric.figure is None for metric in scores.metrics)
    assert scores.verdicts == ()


def test_what_the_caller_cut_short_is_not_held_against_the_voice() -> None:
    bot = (
        BotTurn("You have a hundred dollars.", 1.0, 4.0, heard="You have a"),
        BotTurn("Anything else?", 6.0, 7.0, heard="Anything else"),
    )
    turn = said(0, "stop", start=2.0, end=2.5, barge_in=True, yielded=0.3)
    found = gathered([case("a")], [call("a", turn, bot=bot)])
    wer, dnsmos = speech_output.metrics(found, None, None)
    assert wer.samples == {("a", 0): (0.0, 2.0)}
    assert "--fetch dnsmos" in dnsmos.because


def speech(seconds: float) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """A sound with the syllables and the pitch of a voice at 8 kHz."""
    t = np.arange(round(8000 * seconds)) / 8000
    pitch = np.cumsum(120 + 30 * np.sin(2 * np.pi * 0.7 * t)) / 8000
    voice = sum(np.sin(2 * np.pi * n * pitch) / n for n in range(1, 20))
    return np.asarray(6000 * voice * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * t)), np.int16)


@needs_dnsmos
def test_noise_sounds_worse() -> None:
    judge = Dnsmos(MODEL)
    clean = speech(3.0)
    noise = np.random.default_rng(1).normal(0, 3000, len(clean)).astype(np.int16)
    assert 1.0 <= judge.overall(clean + noise, 8000) < judge.overall(clean, 8000) <= 5.0
    with pytest.raises(DnsmosError, match="no audio"):
        judge.overall(clean[:0], 8000)


@needs_dnsmos
def test_the_bots_channel_is_judged_where_it_speaks(tmp_path: Path) -> None:
    left = np.random.default_rng(1).normal(0, 5000, 8000 * 10).astype(np.int16)
    right = np.concatenate([np.zeros(8000, np.int16), speech(3.0), np.zeros(8000 * 6, np.int16)])
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(np.column_stack([left, right]).astype("<i2").tobytes())
    bot = (BotTurn("Hello.", 1.0, 4.0),)
    records = [call("a", bot=bot, audio="a.wav"), call("b", bot=bot, audio="missing.wav")]
    found = gathered([case("a"), case("b")], records)
    (metric,) = [m for m in speech_output.metrics(found, tmp_path, MODEL) if "dnsmos" in m.key]
    expected = Dnsmos(MODEL).overall(right[8000:32000], 8000)
    assert metric.samples == {("a", 0): pytest.approx((expected,))}


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "model.onnx"
    wrong.write_bytes(b"no model")
    with pytest.raises(DnsmosError, match="--fetch dnsmos"):
        Dnsmos(wrong)
    with pytest.raises(DnsmosError, match="--fetch dnsmos"):
        Dnsmos(tmp_path / "missing.onnx")


def round_trips(*files: Path) -> dict[str, Metric]:
    return {metric.key: metric for metric in conversions.metrics(files)}


def test_round_trips_are_taken_from_the_gateways_evaluations(tmp_path: Path) -> None:
    speech_file, fax = tmp_path / "speech.json", tmp_path / "fax.json"
    forms = [{"form": "wide-band", "errors": 8, "words": 800, "wrong": []}]
    speech_file.write_text(json.dumps({"voice": None, "own sentences": forms, "speed": {}}))
    fax.write_text(json.dumps([{"resolution": "fine", "errors": 0, "characters": 5000}]))
    found = round_trips(speech_file, fax)
    wide, fine = found["conversions.speech_wide_band"].figure, found["conversions.fax_fine"].figure
    assert wide is not None
    assert fine is not None
    assert (wide.value, fine.value) == (0.01, 0.0)
    assert 0.0 == fine.low < fine.high < 0.001
    assert "roundtrip_speech" in found["conversions.speech_mu_law"].because
    assert "roundtrip_fax" in found["conversions.fax_standard"].because


@pytest.mark.parametrize("content", ["", "{}", "[]", "7", '[{"form": "mu-law"}]', '[{"a": 1}]'])
def test_other_files_are_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(ScoringError, match=r"x\.json"):
        round_trips(tmp_path / "x.json")
    with pytest.raises(ScoringError, match=r"missing\.json"):
        round_trips(tmp_path / "missing.json")
