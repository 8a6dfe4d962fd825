from __future__ import annotations

from evaluation.runs.running import STEADY, Pace, default_parallel


def test_fewer_calls_at_once_when_the_machine_runs_late_and_more_when_it_does_not() -> None:
    pace = Pace(4)
    assert not pace.ended(0.02, 0.0, 30.0)
    assert pace.ended(0.3, 0.0, 31.0)
    assert pace.now == 3
    for number in range(5):
        pace.ended(1.0, 100.0 * (number + 1), 100.0 * (number + 1) + 30)
    assert pace.now == 1
    changes = [pace.ended(0.0, 1000.0 + n, 1030.0 + n) for n in range(4 * STEADY)]
    assert changes.count(True) == 3
    assert pace.now == 4


def test_calls_that_were_late_together_count_once() -> None:
    pace = Pace(6)
    for number in range(4):
        pace.ended(0.5, 10.0 + number, 40.0 + number)
    assert pace.now == 5


def test_the_number_of_calls_at_once_goes_by_the_machine() -> None:
    assert 1 <= default_parallel() <= 10
