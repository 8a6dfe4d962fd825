"""The agent passes the gate of the set that comes with it: real calls of every task."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from voicebot.config import ROOT, Settings
from voicebot.training import train

pytestmark = pytest.mark.rasa

GATE = ROOT / "evaluation" / "shipped" / "gate-ci.yaml"


def test_the_agent_passes_the_gate(tmp_path: Path) -> None:
    train(Settings())
    evaluate = [sys.executable, "-m", "voicebot.cli", "evaluate", "bank", "--only", "gate"]
    where = ["--gate", str(GATE), "--out", str(tmp_path / "run"), "--no-hear", "--parallel", "3"]
    ended = subprocess.run(
        [*evaluate, *where], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr[-3000:]
    assert "the gate: passed" in ended.stdout
    assert (tmp_path / "run" / "report.html").is_file()
