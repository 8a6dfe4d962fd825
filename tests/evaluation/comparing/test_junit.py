from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

from hypothesis import given
from hypothesis import strategies as st

from evaluation.comparing.junit import junit, write_junit
from evaluation.comparing.model import Comparison, Rule
from evaluation.runs.model import CallRecord, Run, RunInfo
from evaluation.scoring.model import Scores, Verdict

SCORES = Scores(
    metrics=(),
    verdicts=(
        Verdict("balance", 0, passed=True),
        Verdict("balance", 1, passed=False, reasons=("transfers: found none", "said <nothing>")),
    ),
)
RULES = (
    Rule("enough calls", "calls", "passed", "2 calls"),
    Rule("success is worse by no more than 0.05", "margin", "failed", "Dialogue got worse"),
    Rule("wer is at most 20 %", "floor", "not enough data", "no words"),
)


def parsed(text: str) -> dict[str, Xml.Element]:
    root = Xml.fromstring(text)
    return {suite.attrib["name"]: suite for suite in root}


def test_a_case_a_call_and_one_a_rule(tmp_path: Path) -> None:
    call = CallRecord("balance", 1, 0, seconds=31.5)
    run = Run(RunInfo("bank", "1.0", "", "", 0, 2, 2, ""), (call,))
    write_junit(tmp_path / "new" / "out.xml", SCORES, Comparison((), RULES, 0.05), run)
    suites = parsed((tmp_path / "new" / "out.xml").read_text("utf-8"))
    calls, gate = suites["calls"], suites["gate"]
    assert calls.attrib | {"failures": "1", "tests": "2"} == calls.attrib
    assert [case.attrib["name"] for case in calls] == ["balance", "balance (attempt 2)"]
    assert calls[1].attrib["time"] == "31.500"
    assert calls[1][0].text == "transfers: found none\nsaid <nothing>"
    assert gate.attrib | {"failures": "1", "errors": "1", "tests": "3"} == gate.attrib
    assert [case[0].tag for case in gate] == ["system-out", "failure", "error"]


@given(st.text())
def test_any_text_makes_a_file_that_can_be_read(text: str) -> None:
    verdict = Verdict(text, 0, passed=False, reasons=(text,))
    rule = replace(RULES[1], name=text, reason=text)
    written = junit(Scores((), (verdict,)), Comparison((), (rule,), 0.05))
    assert set(parsed(written)) == {"calls", "gate"}
