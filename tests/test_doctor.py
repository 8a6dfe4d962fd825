"""The doctor: what it prints, and that nothing stops it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from voicebot import doctor
from voicebot.checks.finding import Finding, Level, fail, ok, warn
from voicebot.config import Settings
from voicebot.doctor import examine, run, shown
from voicebot.engines.base import EngineError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("VOICEBOT_MODELS_DIR", str(tmp_path / "models"))
    yield
    structlog.reset_defaults()


def well(_settings: Settings) -> Iterator[Finding]:
    yield ok("a", "fine")


def doubtful(_settings: Settings) -> Iterator[Finding]:
    yield warn("b", "old", "renew it")


def broken(_settings: Settings) -> Iterator[Finding]:
    yield ok("c", "half of it")
    raise EngineError("the model is missing; fetch it")


def test_all_is_well() -> None:
    lines: list[str] = []
    assert run(lines.append, checks=[well]) == 0
    assert lines == ["ok    a                   fine", "\nall is well"]


def test_a_warning_is_no_failure() -> None:
    lines: list[str] = []
    assert run(lines.append, checks=[doubtful, well]) == 0
    assert lines[1].strip() == "→ renew it"
    assert lines[-1] == "\n0 broken, 1 to look at"


def test_a_check_that_breaks_off_is_a_failure_and_the_others_go_on() -> None:
    lines: list[str] = []
    assert run(lines.append, as_json=True, checks=[broken, well]) == 1
    found = json.loads(lines[0])
    assert [(f["part"], f["level"]) for f in found["findings"]] == [
        ("c", "ok"),
        ("broken", "fail"),
        ("a", "ok"),
    ]
    assert found["findings"][1]["what"] == "EngineError: the model is missing; fetch it"


def test_wrong_settings_are_the_only_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_RASA_PORT", "no port")
    lines: list[str] = []
    assert run(lines.append, checks=[well]) == 1
    assert "VOICEBOT_RASA_PORT" in lines[0]
    assert len(lines) == 3


def test_findings_of_several_lines_stay_in_their_column() -> None:
    lines = shown(fail("x", "one\ntwo", "mend"))
    assert lines[0].splitlines()[1] == " " * 26 + "two"


def test_a_fresh_checkout_is_told_what_to_do(tmp_path: Path) -> None:
    lines: list[str] = []
    assert run(lines.append, quick=True, as_json=True) == 1
    found = {f["part"]: f for f in json.loads(lines[0])["findings"]}
    assert found["model whisper-tiny.en"]["mend"] == "run `voicebot models fetch whisper-tiny.en`"
    assert found["dialogue model"]["mend"] == "run `voicebot train`"
    assert found["database"]["level"] == "ok"
    assert not (tmp_path / "var").exists()  # looking changes nothing
    assert not (tmp_path / "models").exists()


def test_every_check_of_the_quick_list_is_in_the_full_one_or_replaced_by_a_deeper_one() -> None:
    missing = {check.__name__ for check in doctor.QUICK} - {c.__name__ for c in doctor.FULL}
    assert missing == {"models_present", "dialogue_running"}
    assert {"models_right", "dialogue_working", "speech"} <= {c.__name__ for c in doctor.FULL}


def test_examine_names_the_check() -> None:
    (_, finding) = examine(broken, Settings())
    assert (finding.part, finding.level) == ("broken", Level.FAIL)
