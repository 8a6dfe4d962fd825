"""Recorded calls: out of a run, out of the agent's data, and on one clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from evaluation.runs.model import CallerTurn, CallRecord
from evaluation.whatif.recorded import (
    Recorded,
    RecordedError,
    caller_audio,
    of_agent,
    of_run,
    shift_between,
)
from tests.evaluation.whatif.calls import kept, lines_of, played
from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party

SAID = [(4.0, 1.0, "one two three"), (9.0, 1.0, "four five six")]


def write(path: Path) -> None:
    stage = played(SAID)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines_of(stage.policy, stage.steps, stage.secret)), "utf-8")


def decided() -> list[float]:
    return [
        c.times["decided"]
        for step in kept(played(SAID)).steps
        for c in step.commands
        if isinstance(c, RecordTurn) and c.party is Party.CALLER and not c.intent
    ]


def turns(shift: float, *, jitter: float = 0.0) -> tuple[CallerTurn, ...]:
    return tuple(
        CallerTurn(n, "say", "x", decided=at + shift + jitter * n)
        for n, at in enumerate(decided())
        if at < 15
    )


def test_the_clocks_are_brought_together() -> None:
    journal = kept(played(SAID))
    assert shift_between(journal, turns(0.137)) == pytest.approx(0.137, abs=1e-3)
    assert shift_between(journal, ()) is None


def test_moments_that_dont_agree_give_no_clock() -> None:
    assert shift_between(kept(played(SAID)), turns(0.1, jitter=1.7)) is None


def test_the_turn_of_a_decision() -> None:
    call = Recorded("c", kept(played(SAID)), None, 0.137, turns(0.137))
    found = call.turn_at(decided()[1])
    assert found is not None
    assert found.number == 1
    assert call.turn_at(1.0) is None
    hums = tuple(replace(turn, backchannel=True) for turn in call.turns)
    assert replace(call, turns=hums).turn_at(decided()[1]) is None


def test_calls_of_a_run(tmp_path: Path) -> None:
    write(tmp_path / "journals/a.jsonl")
    calls = [
        CallRecord("a", 0, 1, turns=turns(0.2), journal="journals/a.jsonl", audio="audio/a.wav"),
        CallRecord("b", 0, 1, failure="the system died"),
        CallRecord("c", 0, 1, journal="../elsewhere.jsonl"),
        CallRecord("d", 1, 1, journal="journals/none.jsonl"),
    ]
    found = list(of_run(tmp_path, calls))
    assert isinstance(found[0], Recorded)
    assert found[0].audio is None
    assert found[0].shift == pytest.approx(0.2, abs=1e-3)
    assert found[1] == "b: it has no journal (the system died)"
    assert found[2] == "c: its files lie outside the run's folder"
    assert "none.jsonl" in str(found[3])


def test_calls_of_an_agent(tmp_path: Path) -> None:
    write(tmp_path / "2026-11/call-1/journal.jsonl")
    (tmp_path / "2026-11/call-2").mkdir()
    (tmp_path / "2026-11/call-2/journal.jsonl").write_text("nonsense\n", "utf-8")
    (tmp_path / "2026-11/call-3").mkdir()
    (tmp_path / "2026-11/call-3/journal.jsonl").write_text("", "utf-8")
    found = list(of_agent(tmp_path))
    assert isinstance(found[0], Recorded)
    assert found[0].name == "call-1"
    assert "line 1 of the journal" in str(found[1])
    assert "holds no event" in str(found[2])


def test_the_audio_between_two_times(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    ramp = np.arange(16000, dtype=np.int16)
    soundfile.write(path, np.column_stack([ramp, np.zeros_like(ramp)]), 8000)
    call = Recorded("c", kept(played(SAID)), path, 0.5)
    found = caller_audio(call, 0.25, 0.5)
    assert found is not None
    assert found[1] == 8000
    assert np.array_equal(found[0], ramp[6000:8000])
    assert caller_audio(call, 5.0, 6.0) is None
    assert caller_audio(Recorded("c", call.journal, None, 0.5), 0.0, 1.0) is None
    path.write_bytes(b"no sound")
    with pytest.raises(RecordedError, match="can't be read"):
        caller_audio(call, 0.0, 1.0)
