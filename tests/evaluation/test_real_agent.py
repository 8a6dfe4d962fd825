"""A few cases against a real agent: what a run keeps of a call is what happened in it."""

from __future__ import annotations

import asyncio
import wave
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from evaluation.reporting.page import write_report
from evaluation.runs.model import CallRecord, Run
from evaluation.runs.progress import RunProgress
from evaluation.runs.session import Session, Wish
from evaluation.scoring.scores import score
from evaluation.sets.model import (
    Action,
    Case,
    EvaluationSet,
    Expected,
    Keys,
    Line,
    Rows,
    Say,
)
from voicebot.config import Settings
from voicebot.conversation.journal import read
from voicebot.conversation.masking import MASK
from voicebot.training import train

pytestmark = pytest.mark.slow

MOVED = {"customer": "480193", "source": "checking", "target": "savings", "amount_cents": 5000}
BYE = Say("No, thank you. Goodbye.", intent="goodbye")
TRANSFER = Case(
    "transfer",
    caller="+15550102",
    line=Line(snr=25.0),
    turns=(
        Say("I'd like to move two hundred dollars from checking to savings."),
        Keys("2764", secret=True),
        Say("Actually, no, make it fifty."),
        Say("Yes, please.", intent="affirm"),
        BYE,
    ),
    expected=Expected(outcome="contained", database=(Rows("transfers", (MOVED,)),)),
)
HOURS = Case(
    "hours",
    turns=(
        Say("mm-hmm", backchannel=True),
        Say("Is the Old Town branch open on Friday?", intent="branch_hours"),
        BYE,
    ),
    expected=Expected(outcome="contained", actions=(Action("hours"),), says=("Old Town",)),
)
PERSON = Case(
    "person",
    turns=(Say("I want to talk to a person.", intent="talk_to_person"),),
    expected=Expected(outcome="callback", actions=(Action("callback"),)),
)
CASES = (TRANSFER, HOURS, PERSON)


@pytest.fixture(scope="module")
def placed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, EvaluationSet, Run]:
    """Each case twice: the bank must not remember the first time."""
    train(Settings())
    folder = tmp_path_factory.mktemp("run")
    cases = EvaluationSet(
        folder, "made", "1", "", "", "test", True, CASES, "d" * 64, today="2026-11-24"
    )
    progress = RunProgress(Console(file=StringIO()))
    wish = Wish(folder / "run", repeats=2, parallel=3, settings={"CONFIG": str(_empty(folder))})
    return folder / "run", cases, asyncio.run(Session(wish, cases, progress).run())


def _empty(folder: Path) -> Path:
    """A settings file that changes nothing, whatever stands in a checkout's own."""
    path = folder / "voicebot.toml"
    path.touch()
    return path


@pytest.fixture
def calls(placed: tuple[Path, EvaluationSet, Run]) -> dict[tuple[str, int], CallRecord]:
    _, _, run = placed
    return {(call.case, call.attempt): call for call in run.calls}


Calls = dict[tuple[str, int], CallRecord]


def test_the_run_is_whole_and_every_call_is_as_it_had_to_be(
    placed: tuple[Path, EvaluationSet, Run],
) -> None:
    folder, cases, run = placed
    assert run.info.complete
    scores = score(run, cases, folder=folder)
    assert [(v.case, v.attempt, v.reasons) for v in scores.verdicts if not v.passed] == []
    assert len(scores.verdicts) == 6
    assert write_report(folder, run, cases, scores, None).stat().st_size > 10_000


@pytest.mark.parametrize("attempt", [0, 1])
def test_a_transfer_is_known_from_the_line_to_the_bank(calls: Calls, attempt: int) -> None:
    call = calls["transfer", attempt]
    assert call.database["transfers"] == (MOVED,)
    assert [action.name for action in call.actions] == ["identity", "transfer"]
    (account, *_) = [a for a in call.database["accounts"] if a["kind"] == "checking"]
    assert account["balance_cents"] == 301075 - 5000
    first, keys, *_, bye = call.turns
    assert first.start is not None
    assert first.end is not None
    assert first.onset is not None
    assert first.decided is not None
    assert first.answered is not None
    assert first.start < first.onset < first.end < first.decided < first.answered
    assert "200" in first.heard or "two hundred" in first.heard.lower()
    assert first.understood is not None
    assert first.understood.intent == "transfer_money"
    assert first.by_reference is not None
    assert len(first.by_reference.ranking) > 1
    assert set(keys.heard) <= {MASK, "[", "]", " "}
    assert bye.heard
    assert all(turn.start < turn.end for turn in call.bot)


def test_what_the_bot_said_is_heard_back(calls: Calls) -> None:
    call = calls["transfer", 0]
    assert "50" in " ".join(turn.text for turn in call.bot).replace("fifty", "50")
    assert all(turn.heard for turn in call.bot)


def test_a_sound_of_listening_is_not_a_turn(calls: Calls) -> None:
    listening, question, _ = calls["hours", 0].turns
    assert listening.backchannel
    assert listening.start is not None
    assert "old town" in question.heard.lower()


def test_recordings_journals_and_seeds(
    placed: tuple[Path, EvaluationSet, Run], calls: Calls
) -> None:
    folder, _, _ = placed
    for call in calls.values():
        with (folder / call.journal).open(encoding="utf-8") as lines:
            assert read(lines).steps
        with wave.open(str(folder / call.audio)) as file:
            assert file.getnframes() / 8000 == pytest.approx(call.seconds)
        assert call.late < 1.0
    assert calls["transfer", 0].sound != calls["transfer", 1].sound, "another seed"
    assert calls["person", 0].outcome == "callback"
