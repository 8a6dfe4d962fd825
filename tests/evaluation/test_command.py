from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from evaluation.runs.store import RunFolder
from evaluation.sets.heading import Heading
from evaluation.sets.model import Case, EvaluationSet, Say
from evaluation.sets.writing import write_set
from tests.evaluation.runs.fakebot import FakeBot, FastClock
from tests.evaluation.runs.test_session import recording
from voicebot.cli import app

HEADING = Heading("made", "1", "CC0-1.0", "here", synthetic=True)


def evaluate(*arguments: object, columns: int = 200) -> Result:
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(
        app, ["evaluate", *map(str, arguments)], catch_exceptions=False
    )


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EvaluationSet:
    """A set of two cases, and a bot of tones in fast time instead of any agent."""
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setattr("evaluation.steps._running", lambda _: FakeBot())
    monkeypatch.setattr("evaluation.runs.placing.RealClock", FastClock)
    monkeypatch.setattr("evaluation.runs.running.SPACING", 0.01)
    said = Say("hello", audio=recording(tmp_path), intent="greet")
    made = [Case("one", turns=(said,), tags=("first",)), Case("two", turns=(said, said))]
    return write_set(tmp_path / "set", HEADING, made)


def placed(cases: EvaluationSet, out: Path, *more: object) -> Result:
    return evaluate(cases.folder, "--agent", "http://fake", "--no-hear", "--out", out, *more)


def test_a_set_is_run_scored_and_reported_in_one_go(tmp_path: Path, cases: EvaluationSet) -> None:
    out = tmp_path / "run"
    done = placed(cases, out, "--seed", 4)
    assert done.exit_code == 0, done.output
    assert "of 2 calls were as they had to be" in done.output
    assert (out / "report.html").is_file()
    run = RunFolder(out).read()
    assert run.info.complete
    assert run.info.seed == 4
    assert len(run.calls) == 2


def test_runs_are_reported_again_compared_and_judged(tmp_path: Path, cases: EvaluationSet) -> None:
    one, other, xml = tmp_path / "one", tmp_path / "other", tmp_path / "junit.xml"
    for out in (one, other):
        arguments = ("--agent", "http://fake", "--no-hear", "--out", out)
        assert evaluate("run", cases.folder, *arguments).exit_code == 0
    again = evaluate("report", one)
    assert again.exit_code == 0
    gate = tmp_path / "gate.yaml"
    gate.write_text("calls: 40\nmargins: {turn_taking.response: 10%}\n")
    compared = evaluate("compare", one, other, "--gate", gate, "--junit", xml)
    assert compared.exit_code == 2, compared.output
    assert "the gate: not enough data" in compared.output
    assert ElementTree.parse(xml).getroot().tag == "testsuites"


def test_a_set_that_has_changed_since_is_not_scored(tmp_path: Path, cases: EvaluationSet) -> None:
    out = tmp_path / "run"
    placed(cases, out)
    listing = cases.folder / "cases.jsonl"
    first, second = listing.read_text().splitlines()
    listing.write_text(json.dumps({**json.loads(first), "tags": ["other"]}) + f"\n{second}\n")
    evaluate("hash", cases.folder)
    refused = evaluate("report", out)
    assert refused.exit_code == 1
    assert "changed since" in refused.output


def test_only_some_cases_and_going_on(tmp_path: Path, cases: EvaluationSet) -> None:
    out = tmp_path / "run"
    assert placed(cases, out, "--only", "first").exit_code == 0
    assert [call.case for call in RunFolder(out).read().calls] == ["one"]
    assert "--resume" in placed(cases, out).output
    assert "other" in placed(cases, out, "--resume").output
    assert "no case and no tag" in placed(cases, tmp_path / "x", "--only", "third").output


def test_a_call_becomes_a_review_item(tmp_path: Path, cases: EvaluationSet) -> None:
    out = tmp_path / "run"
    placed(cases, out)
    made = evaluate("review", out, "two", "--out", tmp_path / "review")
    assert made.exit_code == 0, made.output
    assert (Path(made.output.strip()) / "item.json").is_file()


def test_what_was_said_and_heard_goes_to_sclite(tmp_path: Path, cases: EvaluationSet) -> None:
    out = tmp_path / "run"
    placed(cases, out)
    made = evaluate("export", "sclite-trn", out, tmp_path / "trn")
    assert made.exit_code == 0, made.output
    for path in made.output.split():
        assert Path(path).is_file()
    assert evaluate("export", "rasa-nlu", cases.folder, tmp_path / "nlu").exit_code == 0
    assert "rasa-stories" in evaluate("export", "list").output


def test_the_shipped_set_is_known_by_its_name() -> None:
    checked = evaluate("check", "bank")
    assert checked.exit_code == 0
    assert re.search(r"bank .*: \d+ cases, \d+ by script and \d+ with a goal", checked.output)


def test_what_there_is_is_listed() -> None:
    assert "banking77" in evaluate("import", "list").output
    assert re.search(r"transfer +must know amount, source, target", evaluate("tasks").output)
    helped = evaluate("--help").output
    assert "what-if" in helped
    assert "everything" not in helped


@pytest.mark.parametrize(
    ("arguments", "said", "status"),
    [
        (["check", "/no/such/set"], "no folder", 1),
        (["report", "/no/such/run"], "no run's folder", 1),
        (["import", "wikipedia", "/a", "/b"], "no importer", 2),
        (["export", "pdf", "/a", "/b"], "no format", 2),
        (["run", "bank", "--set", "patience"], "turns.patience=1.2", 2),
        (["run", "bank", "--data", "/tmp"], "--agent", 2),
    ],
)
def test_what_is_wrong_is_said_in_a_line(arguments: list[str], said: str, status: int) -> None:
    done = evaluate(*arguments)
    assert done.exit_code == status, done.output
    assert said in done.output
