"""A whole run over a real websocket, in fast time, with a bot that speaks in tones."""

from __future__ import annotations

import asyncio
import os
import signal
import wave
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from evaluation.callers.studio import Unspeakable
from evaluation.runs.model import CallRecord, Run
from evaluation.runs.progress import RunProgress
from evaluation.runs.running import SystemDown
from evaluation.runs.session import NothingToRun, Session, Wish, chosen
from evaluation.runs.store import RunError, RunFolder
from evaluation.sets.model import Case, EvaluationSet, Keys, Limits, Line, Say, Silence
from tests.evaluation.bench.tracks import tone
from tests.evaluation.runs.fakebot import FakeBot, FastClock

BAD = Line(snr=12.0, loss=0.05, jitter=0.02, echo=25.0)


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setattr("evaluation.runs.running.SPACING", 0.01)
    monkeypatch.setattr("evaluation.runs.running.BUSY_SECONDS", 0.05)


def recording(folder: Path, name: str = "hello.wav") -> Path:
    path = folder / name
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(1600) + tone(0.5, 700.0).tobytes() + bytes(1600))
    return path


def cases_of(folder: Path, *cases: Case) -> EvaluationSet:
    return EvaluationSet(folder, "made", "1", "CC0-1.0", "here", "test", True, cases, "d" * 64)


@pytest.fixture
def three(tmp_path: Path) -> EvaluationSet:
    said = Say("hello there", audio=recording(tmp_path))
    return cases_of(
        tmp_path,
        Case("talks", turns=(said, said), tags=("plain",)),
        Case("keys", turns=(said, Keys("42", secret=True)), tags=("plain",)),
        Case("bad", turns=(Silence(1.0), replace(said, secret=True)), line=BAD),
    )


def session(
    cases: EvaluationSet,
    system: FakeBot,
    out: Path,
    judge: Callable[[CallRecord], bool] | None = None,
    **wish: object,
) -> tuple[Session, StringIO]:
    shown = StringIO()
    progress = RunProgress(Console(file=shown, width=200))
    wanted = Wish(out, hear=False, **wish)  # type: ignore[arg-type]
    return Session(wanted, cases, progress, system, judge, FastClock()), shown


def run(cases: EvaluationSet, system: FakeBot, out: Path, **wish: object) -> Run:
    return asyncio.run(session(cases, system, out, **wish)[0].run())


def test_every_case_becomes_a_call_with_its_turns_its_sound_and_its_failures(
    tmp_path: Path, three: EvaluationSet
) -> None:
    system = FakeBot()
    done = run(three, system, tmp_path / "run", parallel=3)
    assert done.info.complete
    assert [call.case for call in done.calls] == ["talks", "keys", "bad"]
    assert [call.failure for call in done.calls] == [""] * 3
    assert [call.ended for call in done.calls] == ["caller"] * 3
    talks, keys, bad = done.calls
    assert [turn.kind for turn in talks.turns] == ["say", "say"]
    for turn in talks.turns:
        assert turn.end is not None
        assert turn.start is not None
        assert turn.end - turn.start == pytest.approx(0.5, abs=0.05)
        assert turn.answered is not None
        assert 0.3 < turn.answered - turn.end < 3.0
        assert turn.by_reference is not None
        assert turn.by_reference.intent == "intent of hello there"
    assert system.keys == "42"
    assert (keys.turns[1].kind, keys.turns[1].reference) == ("keys", "••")
    assert [turn.kind for turn in bad.turns] == ["silence", "say"]
    assert bad.turns[1].reference == "••••• •••••"
    assert len(set(system.numbers)) == 3
    for call in done.calls:
        with wave.open(str(tmp_path / "run" / call.audio)) as file:
            assert (file.getnchannels(), file.getframerate()) == (2, 8000)
            assert file.getnframes() / 8000 == pytest.approx(call.seconds)


def test_what_nobody_may_keep_is_not_in_the_recording(tmp_path: Path, three: EvaluationSet) -> None:
    (bad,) = run(chosen(three, ["bad"]), FakeBot(), tmp_path / "run").calls
    start, end = bad.turns[1].start, bad.turns[1].end
    assert start is not None
    assert end is not None
    with wave.open(str(tmp_path / "run" / bad.audio)) as file:
        file.setpos(round(start * 8000))
        left = file.readframes(round((end - start) * 8000))[::4]
    assert not any(left)


def test_the_same_seed_says_the_same_and_another_does_not(
    tmp_path: Path, three: EvaluationSet
) -> None:
    sounds = [
        [call.sound for call in run(three, FakeBot(), tmp_path / str(n), seed=seed).calls]
        for n, seed in enumerate((5, 5, 6))
    ]
    assert sounds[0] == sounds[1]
    assert all(one != other for one, other in zip(sounds[0], sounds[2], strict=True))


def test_repeats_of_a_case_with_a_number_take_turns(tmp_path: Path, three: EvaluationSet) -> None:
    (talks, *_) = three.cases
    cases = replace(three, cases=(replace(talks, caller="+15550100"),))
    system = FakeBot()
    done = run(cases, system, tmp_path / "run", repeats=3, parallel=3)
    assert [call.attempt for call in done.calls] == [0, 1, 2]
    assert len({call.seed for call in done.calls}) == 3
    assert system.most_at_once == 1


def test_a_run_that_stopped_goes_on_where_it_was(tmp_path: Path, three: EvaluationSet) -> None:
    out = tmp_path / "run"
    first, shown = session(three, FakeBot(), out, parallel=1, judge=interrupting())
    stopped = asyncio.run(first.run())
    assert not stopped.info.complete
    kept = len(stopped.calls)
    assert 1 <= kept < 3
    assert "what was measured is kept" in shown.getvalue()
    with pytest.raises(RunError, match="--resume"):
        run(three, FakeBot(), out)
    system = FakeBot()
    done = run(three, system, out, resume=True)
    assert done.info.complete
    assert len(done.calls) == 3
    assert len(system.numbers) == 3 - kept


def interrupting() -> Callable[[CallRecord], bool]:
    pressed: list[CallRecord] = []

    def judge(record: CallRecord) -> bool:
        if not pressed:  # once: a second time ends the program
            os.kill(os.getpid(), signal.SIGINT)
        pressed.append(record)
        return True

    return judge


def test_a_system_that_dies_stops_the_run_and_is_said_to_be_gone(
    tmp_path: Path, three: EvaluationSet
) -> None:
    out = tmp_path / "run"
    with pytest.raises(SystemDown, match="fell over"):
        run(three, FakeBot(dies_after=1), out, parallel=1)
    kept = RunFolder(out).read()
    assert not kept.info.complete
    talks, keys = kept.calls
    assert talks.failure == ""
    assert "lost" in keys.failure
    assert keys.ended == "lost"
    assert run(three, FakeBot(), out, resume=True, parallel=1).info.complete


def test_a_system_that_hangs_stops_the_run(tmp_path: Path, three: EvaluationSet) -> None:
    (talks, *_) = three.cases
    four = [replace(talks, id=str(n), limits=Limits(seconds=6.0)) for n in range(4)]
    with pytest.raises(SystemDown, match="never said anything in 3 calls"):
        run(replace(three, cases=tuple(four)), FakeBot(mute=True), tmp_path / "run", parallel=1)
    assert len(RunFolder(tmp_path / "run").read().calls) == 3


def test_busy_lines_are_tried_again_with_fewer_calls(tmp_path: Path, three: EvaluationSet) -> None:
    made, shown = session(three, FakeBot(busy=2), tmp_path / "run", parallel=3)
    done = asyncio.run(made.run())
    assert [call.failure for call in done.calls] == [""] * 3
    assert "the lines are busy" in shown.getvalue()


def test_limits_end_a_call_and_are_its_failure(tmp_path: Path, three: EvaluationSet) -> None:
    (talks, *_) = three.cases
    cases = (
        replace(talks, id="long", limits=Limits(seconds=3.0)),
        replace(talks, id="many", limits=Limits(turns=1)),
    )
    long, many = run(replace(three, cases=cases), FakeBot(), tmp_path / "run").calls
    assert (long.ended, many.ended) == ("limit", "limit")
    assert "more than 3 s" in long.failure
    assert "more than 1 turns" in many.failure
    assert long.seconds == pytest.approx(3.0, abs=0.05)


def test_a_bot_that_hangs_up_leaves_the_rest_unsaid(tmp_path: Path, three: EvaluationSet) -> None:
    (talks, *_) = three.cases
    cases = replace(three, cases=(talks,))
    (call,) = run(cases, FakeBot(answers=1), tmp_path / "run").calls
    assert call.ended == "bot"
    assert call.failure == ""
    assert [turn.number for turn in call.turns] == [0]


def test_only_what_is_named_is_run(tmp_path: Path, three: EvaluationSet) -> None:
    assert [case.id for case in chosen(three, ["plain"]).cases] == ["talks", "keys"]
    assert [case.id for case in chosen(three, ["bad"]).cases] == ["bad"]
    assert chosen(three, []) == three
    with pytest.raises(NothingToRun, match="'nobody'"):
        chosen(three, ["bad", "nobody"])


def test_what_cannot_be_said_is_known_before_anybody_is_called(
    tmp_path: Path, three: EvaluationSet
) -> None:
    (tmp_path / "empty.wav").write_bytes(b"no audio")
    broken = [
        Case("a", turns=(Say("x", audio=tmp_path / "empty.wav"),), where="cases.jsonl:1"),
        Case("b", turns=(Say("x", audio=tmp_path / "absent.wav"),), where="cases.jsonl:2"),
    ]
    system = FakeBot()
    with pytest.raises(Unspeakable) as refused:
        run(replace(three, cases=(*three.cases, *broken)), system, tmp_path / "run")
    assert "cases.jsonl:1, turn 1" in str(refused.value)
    assert "cases.jsonl:2, turn 1" in str(refused.value)
    assert system.numbers == []
