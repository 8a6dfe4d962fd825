from __future__ import annotations

from evaluation.runs.running import STEADY, Pace, default_parallel


def test_fewer_calls_at_once_when_the_machine_runs_late_and_more_when_it_does_not() -> None:
    pace = Pace(4)
    assert not pace.ended(0.02)
    assert pace.ended(0.3)
    assert pace.now == 3
    for _ in range(5):
        pace.ended(1.0)
    assert pace.now == 1
    changes = [pace.ended(0.0) for _ in range(4 * STEADY)]
    assert changes.count(True) == 3
    assert pace.now == 4


def test_the_number_of_calls_at_once_goes_by_the_machine() -> None:
    assert 1 <= default_parallel() <= 10
