"""The measurement of text to fax and back."""

from __future__ import annotations

import shutil

import pytest

from evaluation import roundtrip_fax
from evaluation.roundtrip_fax import LETTERS, Score, main, measure, texts


def test_errors_are_counted_and_shown():
    score = Score("fine")
    roundtrip_fax._compare("You owe\n  $12.50 today", "You owe $17.50  today\n", score)
    assert (score.errors, score.characters) == (1, 20)
    assert score.rate == 0.05
    assert score.wrong == [("You owe $12.50 today", "You owe $17.50 today")]


def test_a_text_that_was_not_read_at_all_is_all_wrong():
    score = Score("fine")
    roundtrip_fax._compare("hello", "", score)
    assert score.rate == 1


def test_sentences_of_a_file_are_put_on_pages(tmp_path):
    file = tmp_path / "sentences.csv"
    file.write_text("text,label\n" + "".join(f"Sentence {n}.,x\n" for n in range(50)))
    found = list(texts(False, [file]))
    assert found[: len(LETTERS)] == list(LETTERS)
    lines = "\n".join(found[-2:]).split("\n")
    assert sorted(lines) == sorted(f"Sentence {n}." for n in range(50))
    assert found == list(texts(False, [file]))
    assert len(list(texts(True, [file]))) == 3


@pytest.mark.parametrize(("errors", "status"), [(4, 0), (5, 1)])
def test_a_missed_limit_is_the_exit_status(monkeypatch, tmp_path, capsys, errors, status):
    def measured(text, score, folder):
        score.characters, score.errors, score.pages = 1000, errors, 1

    monkeypatch.setattr(roundtrip_fax, "measure", measured)
    assert main(["--quick", "--json", str(tmp_path / "scores.json")]) == status
    assert f"{errors} of 1000 characters wrong" in capsys.readouterr().out
    assert '"resolution": "standard"' in (tmp_path / "scores.json").read_text()


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
@pytest.mark.parametrize("resolution", ["fine", "standard"])
def test_a_letter_is_faxed_and_read(tmp_path, resolution):
    score = Score(resolution)
    measure(
        "Dear Ms Whitfield,\nthe amount of $1,284.50 is due on 19 October 2026.", score, tmp_path
    )
    assert score.pages == 1
    assert score.characters == 69
    assert score.rate <= (0 if resolution == "fine" else 0.1)
    assert score.cpu > 0.1
