from __future__ import annotations

import pytest

from evaluation.statistics.coverage import POPULATIONS, coverage, main

NAMES = sorted(POPULATIONS)


@pytest.mark.parametrize("name", ["words", "turns", "calls", "p50"])
def test_intervals_hold_the_truth_as_often_as_they_say(name: str) -> None:
    found = coverage(POPULATIONS[name], times=200)
    assert 0.93 <= found.inside <= 0.97
    # and miss it on both sides
    assert found.below < 0.05
    assert found.above < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_intervals_hold_the_truth_in_many_runs(name: str) -> None:
    assert 0.93 <= coverage(POPULATIONS[name], times=3000).inside <= 0.97


def test_the_table_names_every_population(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--times", "2", "--calls", "10"])
    table = capsys.readouterr().out
    assert all(population.title in table for population in POPULATIONS.values())
