from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.comparing.model import ComparingError
from evaluation.comparing.pairing import (
    differing_settings,
    paired_samples,
    paired_segments,
    same_set,
)
from evaluation.runs.model import RunInfo
from evaluation.scoring.model import Aligned
from evaluation.statistics.segments import Segment
from tests.evaluation.comparing.made import metric

INFO = RunInfo("bank", "1.0", "abc", "agent", 1, 1, 60, "", complete=True)
RIGHT, WRONG = ("=", "a", "a"), ("S", "a", "b")


def test_runs_of_another_set_are_no_pair() -> None:
    same_set(INFO, replace(INFO, seed=2))
    with pytest.raises(ComparingError, match=r"bank 1\.0 and of bank 1\.1"):
        same_set(INFO, replace(INFO, set_version="1.1", set_digest="def"))
    with pytest.raises(ComparingError, match="files of bank"):
        same_set(INFO, replace(INFO, set_digest="def"))


def test_what_differs_between_the_systems_is_noted() -> None:
    other = replace(
        INFO, seed=2, settings={"turns.patience": 0.5}, models={"nlu": "x"}, complete=False
    )
    notes = differing_settings(INFO, other)
    assert differing_settings(INFO, INFO) == ()
    assert len(notes) == 4
    assert "Setting turns.patience: None before, 0.5 after." in notes
    assert "The run after is not complete." in notes


def test_only_calls_that_say_something_in_both_runs_are_paired() -> None:
    before = metric("recognition.wer", {("a", 0): (1, 4), ("b", 0): (0, 0), ("c", 0): (0, 5)})
    after = metric("recognition.wer", {("c", 0): (2, 5), ("a", 0): (0, 4), ("d", 0): (0, 5)})
    assert paired_samples(before, after) == (
        [("a", 0), ("c", 0)],
        [(1, 4), (0, 5)],
        [(0, 4), (2, 5)],
    )
    assert paired_samples(before, after, {("c", 0)})[0] == [("c", 0)]


def test_turns_are_paired_and_one_with_other_words_is_a_segment_of_its_own() -> None:
    before = [
        Aligned("a", 0, 0, 1, 4, (WRONG, RIGHT, RIGHT, RIGHT)),
        Aligned("a", 0, 1, 1, 2, (WRONG, RIGHT)),
        Aligned("a", 0, 2, 0, 1, (RIGHT,)),
    ]
    after = [
        Aligned("a", 0, 0, 0, 4, (RIGHT, RIGHT, RIGHT, RIGHT)),
        Aligned("a", 0, 1, 2, 1, (WRONG, ("I", "", "x"))),
        Aligned("b", 0, 0, 1, 1, (WRONG,)),
    ]
    assert paired_segments(before, after, {("a", 0)}) == [Segment(3, 1, 0), Segment(2, 1, 2)]
    assert paired_segments(before, after, set()) == []
