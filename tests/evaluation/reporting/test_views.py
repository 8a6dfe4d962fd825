"""What stands behind the page: figures as people read them, turns, confusions, stages of a wait."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from evaluation.bench.intervals import Figure
from evaluation.reporting.confusions import MOST, matrix
from evaluation.reporting.figures import clock, interval, number, shown
from evaluation.reporting.pictures import stage_times
from evaluation.reporting.secrets import Secrets
from evaluation.reporting.summary import passed_rate
from evaluation.reporting.transcript import told
from evaluation.runs.model import CallerTurn, CallRecord
from evaluation.scoring.model import Confusion, Verdict
from tests.evaluation.reporting.world import a_run


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.125, "share", "12.5 %"),
        (1.0, "share", "100 %"),
        (0.0004, "share", "0.04 %"),
        (0.3, "share", "30 %"),
        (812.4, "ms", "812 ms"),
        (-3.0, "ms", "−3 ms"),
        (2.345, "turns", "2.3 turns"),
        (3.9, "points", "3.9 points"),
        (math.inf, "ms", "unbounded"),
    ],
)
def test_numbers(value: float, unit: str, text: str) -> None:
    assert number(value, unit) == text


def test_a_difference_has_its_sign() -> None:
    assert number(0.02, "share", sign=True) == "+2 %"
    assert number(-0.02, "share", sign=True) == "−2 %"


def test_intervals_and_bars() -> None:
    assert interval(Figure(0.5, 0.41, 0.6), "share") == "41 to 60 %"
    assert interval(Figure(0.5, -math.inf, 0.6), "share") == "too few calls to tell"
    bar = shown(Figure(0.5, -0.1, 1.2), "share")
    assert (bar.at, bar.low, bar.high) == (0.5, 0.0, 1.0)
    assert shown(Figure(300.0, 200.0, 400.0), "ms").at is None
    assert shown(Figure(300.0, 200.0, 400.0), "ms", 600.0).at == 0.5


def test_moments() -> None:
    assert [clock(at) for at in (0.0, 7.26, 59.97, 61.5, -1.0)] == [
        "0:00.0",
        "0:07.3",
        "1:00.0",
        "1:01.5",
        "0:00.0",
    ]


def test_turns_stand_where_they_were_said() -> None:
    turns = told(a_run().calls[1], None, (), Secrets([]))
    assert [(turn.who, turn.kind) for turn in turns] == [
        ("caller", "say"),
        ("caller", "say"),
        ("bot", "say"),
        ("caller", "keys"),
        ("caller", "say"),
    ]
    assert turns[0].wait == pytest.approx(0.6)


def wrong(turn: CallerTurn) -> tuple[str, ...]:
    return told(CallRecord("c", 0, 1, turns=(turn,)), None, (), Secrets([]))[0].wrong


def test_what_went_wrong_in_a_turn() -> None:
    fine = CallerTurn(0, "say", "hello", "hello", start=1, end=2, decided=2.2, answered=2.5)
    assert wrong(fine) == ()
    assert wrong(replace(fine, heard="")) == ("not heard",)
    assert wrong(replace(fine, cut_off=True)) == ("cut off",)
    assert wrong(replace(fine, decided=None)) == ("never taken",)
    assert wrong(replace(fine, answered=None)) == ("not answered",)
    assert wrong(CallerTurn(0, "silence", "", "Thank you.")) == ("words heard in silence",)
    hum = CallerTurn(0, "say", "mm-hmm", "", start=1, end=2, backchannel=True, yielded=0.1)
    assert wrong(hum) == ("stopped by a backchannel",)
    assert wrong(replace(hum, resumed=True)) == ()


def test_nothing_is_blamed_where_the_record_is_lost() -> None:
    turn = CallerTurn(0, "say", "hello", "", start=1, end=2)
    lost = CallRecord("c", 0, 1, turns=(turn,), failure="no record")
    assert told(lost, None, (), Secrets([]))[0].wrong == ()


def test_confusions_in_a_table() -> None:
    counts = {("a", "a"): 3, ("a", "b"): 1, ("c", "b"): 2, ("d", "d"): 0}
    table = matrix(Confusion("heard", counts))
    assert table is not None
    assert table.columns == ("a", "b", "c")
    assert [(row.intent, row.right, row.total) for row in table.rows] == [("a", 3, 4), ("c", 0, 2)]
    assert [cell.count for cell in table.rows[0].cells] == [3, 1, 0]
    assert table.mistakes == (("c", "b", 2), ("a", "b", 1))
    assert (table.right, table.total) == (3, 6)
    assert matrix(Confusion("heard", {})) is None


def test_a_large_table_shows_what_is_confused() -> None:
    counts = {(f"i{n}", f"i{n}"): 9 for n in range(40)} | {("i39", "odd"): 1}
    table = matrix(Confusion("reference", counts))
    assert table is not None
    assert len(table.columns) == MOST
    assert {"i39", "odd"} <= set(table.columns)
    assert table.left_out == 11
    assert table.total == 361


def test_the_stages_of_the_wait_add_up_to_it() -> None:
    stages = stage_times(a_run())
    assert [name for name, _, _ in stages] == [
        "noticed",
        "transcribed",
        "decided",
        "replied",
        "first_audio",
        "audible",
    ]
    begins = [begin for _, begin, _ in stages]
    ends = [end for _, _, end in stages]
    assert begins == pytest.approx([0.0, *ends[:-1]])
    assert ends[-1] == pytest.approx(500)  # the cut-off turn is left out


def test_repetitions_of_a_case_are_no_other_callers() -> None:
    cases = [Verdict(f"c{n % 10}", n // 10, n % 10 < 5) for n in range(100)]
    repeated = passed_rate(cases)
    independent = passed_rate([Verdict(f"c{n}", 0, n % 10 < 5) for n in range(100)])
    assert repeated is not None
    assert independent is not None
    assert repeated.value == independent.value == 0.5
    assert repeated.high - repeated.low > 2 * (independent.high - independent.low)
    assert passed_rate([]) is None
