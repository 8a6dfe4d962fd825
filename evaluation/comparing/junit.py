"""Calls and the gate's rules as a JUnit file, which every CI shows.

Source: the schema of Jenkins' xUnit plugin, which CI systems agree on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as Xml

from evaluation.comparing.model import Call, Comparison
from evaluation.runs.model import Run
from evaluation.scoring.model import Scores, Verdict

_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may contain, not even escaped."""


def junit(scores: Scores, comparison: Comparison, run: Run | None = None) -> str:
    """The file's text: a suite "calls" with a case a call, and a suite "gate" with one a rule.

    `run` gives the calls' seconds and the set's name. A rule without enough data is an error: no
    answer is not a good answer.
    """
    name = f"{run.info.set_name} {run.info.set_version}" if run else "evaluation"
    seconds = {(call.case, call.attempt): call.seconds for call in run.calls} if run else {}
    root = Xml.Element("testsuites", {"name": _clean(name)})
    _calls(root, scores, seconds)
    _gate(root, comparison)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def write_junit(path: Path, scores: Scores, comparison: Comparison, run: Run | None = None) -> None:
    """Write the file, making its folder if it is not there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(junit(scores, comparison, run), encoding="utf-8")


def _calls(root: Xml.Element, scores: Scores, seconds: Mapping[Call, float]) -> None:
    failed = sum(not verdict.passed for verdict in scores.verdicts)
    suite = _suite(root, "calls", len(scores.verdicts), failed, 0)
    for verdict in scores.verdicts:
        time = seconds.get((verdict.case, verdict.attempt), 0.0)
        case = _case(suite, "calls", _name(verdict), time)
        if not verdict.passed:
            _problem(case, "failure", "\n".join(verdict.reasons) or "not as it had to be")


def _gate(root: Xml.Element, comparison: Comparison) -> None:
    rules = comparison.rules
    failed = sum(rule.status == "failed" for rule in rules)
    undecided = sum(rule.status == "not enough data" for rule in rules)
    suite = _suite(root, "gate", len(rules), failed, undecided)
    for rule in rules:
        case = _case(suite, f"gate.{rule.kind}", rule.name, 0.0)
        if rule.status == "failed":
            _problem(case, "failure", rule.reason)
        elif rule.status == "not enough data":
            _problem(case, "error", f"not enough data: {rule.reason}")
        else:
            Xml.SubElement(case, "system-out").text = _clean(rule.reason)


def _suite(root: Xml.Element, name: str, tests: int, failures: int, errors: int) -> Xml.Element:
    counts = {"tests": tests, "failures": failures, "errors": errors}
    return Xml.SubElement(
        root, "testsuite", {"name": name, **{key: str(count) for key, count in counts.items()}}
    )


def _case(suite: Xml.Element, classname: str, name: str, seconds: float) -> Xml.Element:
    attributes = {"classname": classname, "name": _clean(name), "time": f"{seconds:.3f}"}
    return Xml.SubElement(suite, "testcase", attributes)


def _problem(case: Xml.Element, kind: str, text: str) -> None:
    found = Xml.SubElement(case, kind, {"message": _clean(text.partition("\n")[0])})
    found.text = _clean(text)


def _name(verdict: Verdict) -> str:
    return (
        verdict.case if not verdict.attempt else f"{verdict.case} (attempt {verdict.attempt + 1})"
    )


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
