"""The question from the command line to the kept answer."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from evaluation.whatif.answers import AnswerError, keep, kept, read
from evaluation.whatif.asking import Question, QuestionError, ask, cases_of, place_of
from evaluation.whatif.changes import parsed
from evaluation.whatif.command import what_if
from evaluation.whatif.recorded import RecordedError
from tests.evaluation.whatif.calls import lines_of, played
from voicebot.config import Settings

SET = Question((parsed("turns.patience=1.5"),))


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    stage = played([(4.0, 1.0, "one two three"), (9.0, 1.0, "four five six")])
    folder = tmp_path / "2026-11" / "call-1"
    folder.mkdir(parents=True)
    text = "".join(lines_of(stage.policy, stage.steps, stage.secret))
    (folder / "journal.jsonl").write_text(text, "utf-8")
    return tmp_path


def test_an_answer_is_kept_and_read(calls: Path) -> None:
    answer = ask(calls, SET, Settings())
    path = place_of(calls, answer)
    keep(answer, path)
    assert path.name == "policy-turns.patience=1.5.json"
    assert read(path) == answer
    assert kept(calls) == [answer]


def test_a_broken_answer_is_named(tmp_path: Path) -> None:
    (tmp_path / "what-if").mkdir()
    (tmp_path / "what-if" / "x.json").write_text("{}", "utf-8")
    with pytest.raises(AnswerError, match=r"x\.json is no answer"):
        kept(tmp_path)


@pytest.mark.parametrize(
    "question", [Question(), Question(SET.changes, "base"), Question((), "base", "http://x")]
)
def test_one_thing_at_a_time(calls: Path, question: Question) -> None:
    with pytest.raises(QuestionError, match="one thing at a time"):
        ask(calls, question, Settings())


def test_a_recognizer_that_there_is_not(calls: Path) -> None:
    with pytest.raises(QuestionError, match=r"only tiny\.en, base"):
        ask(calls, Question((), "huge"), Settings())


def test_nothing_recorded(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="holds no recorded call"):
        ask(tmp_path, SET, Settings())
    with pytest.raises(RecordedError, match="there is no folder"):
        ask(tmp_path / "none", SET, Settings())


def test_the_command(calls: Path) -> None:
    app = typer.Typer()
    app.command()(what_if)
    done = CliRunner().invoke(app, [str(calls), "--with", "turns.patience=1.5", "--most", "1"])
    assert done.exit_code == 0, done.output
    assert "What if turns.patience=1.5?" in done.output
    assert "2 of 2 turns in 1 calls can be told" in done.output
    assert "and 1 more" in done.output
    assert "policy-turns.patience=1.5.json" in done.output


def test_an_agents_own_calls_have_no_cases(calls: Path) -> None:
    assert cases_of(calls, None) == {}
