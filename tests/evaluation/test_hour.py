"""How the hour is put together and judged; and a quick one with real parts."""

from __future__ import annotations

import itertools
import json

import pytest
import soundfile

from evaluation.cases import read_cases
from evaluation.hour import Part, deviation, errors_of, main, put_together
from gateway.transcripts.transcript import Segment, Transcript, Word
from tests.engines.realaudio import DATA, needs_data
from tests.gateway.transcripts.conftest import needs_tiny


@needs_data
def test_every_recording_once_before_one_comes_again(tmp_path):
    cases = read_cases(DATA / "an4")[:5]
    file = tmp_path / "hour.flac"
    parts = put_together(cases, 30, file)
    assert parts == put_together(cases, 30, file)
    assert {part.text for part in parts[:5]} == {case.text for case in cases}
    assert all(a.end + 0.3 <= b.start for a, b in itertools.pairwise(parts))
    assert soundfile.info(file).duration == pytest.approx(parts[-1].end, abs=0.001)
    assert 30 <= parts[-1].end < 40


def test_words_count_where_they_are_said():
    parts = [Part(1, 3, "GOOD MORNING"), Part(4, 5, None), Part(6, 8, "NINE")]
    words = (
        *(Word("Good", 0.9, 1.4, 1), Word("evening", 1.4, 2, 1)),
        *(Word("whatever", 4.1, 4.9, 1), Word("9", 6.5, 7, 1)),
    )
    found = errors_of(parts, Transcript("en", 1, 9, 5, "m", (Segment(words),)))
    assert (found.errors, found.words) == (1, 3)


def test_two_names_spelled_in_a_row_may_be_one_word():
    parts = [Part(1, 2, "A M Y"), Part(3, 4, "J O E"), Part(5, 6, None)]
    words = (Word("A-M-Y-J-O-E", 1.1, 3.9, 1), Word("whatever", 5.1, 5.5, 1))
    found = errors_of(parts, Transcript("en", 1, 9, 5, "m", (Segment(words),)))
    assert (found.errors, found.words) == (0, 6)


def test_progress_that_jumps_is_not_honest():
    assert deviation([(0, 0.0), (1, 0.25), (2, 0.5), (3, 0.75), (4, 1.0)]) == 0.25
    assert deviation([(10, 0.0), (18, 0.1), (20, 1.0)]) == pytest.approx(0.9)
    assert deviation([(0, 0.0), (0, 1.0)]) == 0


@needs_data
@needs_tiny
@pytest.mark.real
@pytest.mark.slow
def test_a_minute_with_real_parts(tmp_path, capsys):
    given = ["--set", str(DATA / "an4"), "--minutes", "1", "--model", "tiny.en"]
    assert main([*given, "--out", str(tmp_path)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result == json.loads((tmp_path / "result.json").read_text())
    assert result["factor_per_core"] > 2.5
    assert result["word_errors"] < 0.25
    assert result["words"] > 50


def test_what_is_no_set_is_named(tmp_path, capsys):
    assert main(["--set", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "no set of recordings" in capsys.readouterr().err
