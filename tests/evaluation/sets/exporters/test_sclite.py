from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from evaluation.runs.model import CallerTurn, CallRecord, Run, RunInfo
from evaluation.sets.exporters.registry import RUN_EXPORTERS, SET_EXPORTERS, write_exported
from evaluation.sets.exporters.sclite import as_written, stm, trn
from evaluation.sets.model import Case, EvaluationSet, Say
from evaluation.sets.problems import SetError
from tests.evaluation.scoring.sclite import PROGRAM, needed

INFO = RunInfo("bank", "1", "0" * 64, "agent", 1, 2, 2, "2026-11-24T15:00:00Z")


def turn(
    number: int, said: str, heard: str, start: float | None = None, **more: bool
) -> CallerTurn:
    end = None if start is None else start + 2.0
    return CallerTurn(number, "say", said, heard, start=start, end=end, **more)


RUN = Run(
    INFO,
    (
        CallRecord(
            "b_2-x",
            0,
            1,
            turns=(
                turn(0, "move fifty dollars (now)", "Move 15 dollars, now.", 9.0),
                CallerTurn(1, "keys", "6283", secret=True),
                turn(2, "mm-hmm", "", 13.0, backchannel=True),
                turn(3, "yes", "", 20.0),
                turn(4, "six two eight three", "6283", 30.0, secret=True),
                turn(5, "", "thank you", 40.0),
            ),
        ),
        CallRecord(
            "b_2-x",
            1,
            2,
            turns=(turn(0, "hello there", "well hello there", 9.0), turn(1, "goodbye", "")),
        ),
        CallRecord("a", 0, 3, failure="the agent died"),
        CallRecord("A.1", 0, 3, turns=(turn(0, "help", "help", 5.0),)),
    ),
)


def test_trn() -> None:
    assert trn(RUN) == {
        "ref.trn": (
            "move 5 0 dollars now (b_2-x.1-0)\nyes (b_2-x.1-3)\n"
            "hello there (b_2-x.2-0)\ngoodbye (b_2-x.2-1)\nhelp (A.1.1-0)\n"
        ),
        "hyp.trn": (
            "move 1 5 dollars now (b_2-x.1-0)\n(b_2-x.1-3)\n"
            "well hello there (b_2-x.2-0)\n(b_2-x.2-1)\nhelp (A.1.1-0)\n"
        ),
    }
    written = trn(RUN, as_written)
    assert written["ref.trn"].startswith("move fifty dollars now (b_2-x.1-0)\n")
    assert written["hyp.trn"].startswith("Move 15 dollars, now. (b_2-x.1-0)\n")


def test_stm_and_ctm() -> None:
    assert stm(RUN) == {
        "ref.stm": (
            ";; left out: turn 1 of b_2-x.2 was never audible\n"
            "A.1.1 A A.1.1 5.000 7.000 help\n"
            "b_2-x.1 A b_2-x.1 9.000 11.000 move 5 0 dollars now\n"
            "b_2-x.1 A b_2-x.1 20.000 22.000 yes\n"
            "b_2-x.2 A b_2-x.2 9.000 11.000 hello there\n"
        ),
        "hyp.ctm": (
            "A.1.1 A 5.000 2.000 help\n"
            "b_2-x.1 A 9.000 0.400 move\n"
            "b_2-x.1 A 9.400 0.400 1\n"
            "b_2-x.1 A 9.800 0.400 5\n"
            "b_2-x.1 A 10.200 0.400 dollars\n"
            "b_2-x.1 A 10.600 0.400 now\n"
            "b_2-x.2 A 9.000 0.667 well\n"
            "b_2-x.2 A 9.667 0.667 hello\n"
            "b_2-x.2 A 10.333 0.667 there\n"
        ),
    }


def test_nothing_secret_is_exported() -> None:
    for make in RUN_EXPORTERS.values():
        assert "6 2 8 3" not in "".join(make(RUN).values())


@needed
@pytest.mark.parametrize(
    ("name", "files", "expected"),
    [
        ("sclite-trn", "-r ref.trn trn -h hyp.trn trn -i wsj", (7, 0, 3, 2)),
        ("sclite-stm", "-r ref.stm stm -h hyp.ctm ctm", (7, 0, 2, 2)),
    ],
)
def test_sclite_reads_and_scores_them(
    tmp_path: Path, name: str, files: str, expected: tuple[int, int, int, int]
) -> None:
    write_exported(RUN_EXPORTERS[name](RUN), tmp_path)
    done = subprocess.run(
        [str(PROGRAM), *files.split(), "-o", "pralign", "stdout"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    scores = re.findall(r"Scores: \(#C #S #D #I\) (\d+) (\d+) (\d+) (\d+)", done.stdout)
    totals = tuple(sum(int(one[at]) for one in scores) for at in range(4))
    assert totals == expected, done.stdout + done.stderr


def test_files_are_not_written_over(tmp_path: Path) -> None:
    cases = EvaluationSet(
        tmp_path, "s", "1", "", "", "test", True, (Case("a", (Say("hi", intent="greet"),)),), ""
    )
    for name in ("rasa-nlu", "rasa-stories"):
        (path,) = write_exported(SET_EXPORTERS[name](cases), tmp_path / "out")
        assert "hi" in path.read_text()
    with pytest.raises(SetError, match=r"test_nlu.yml: exists already"):
        write_exported(SET_EXPORTERS["rasa-nlu"](cases), tmp_path / "out")
