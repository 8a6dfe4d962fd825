from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evaluation.bench.merge import main, merged
from evaluation.bench.results import Outcome, as_json


def run(outcome: Outcome, mode: str) -> dict[str, Any]:
    about = {"finished": mode, "sets": [mode], "seed": 1, "machine": {}, "versions": {}}
    return as_json([outcome], about | {"settings": {"voice": mode}}, mode)


def outcome(name: str, key: str, value: float) -> Outcome:
    found = Outcome(name)
    found.put(key, value)
    return found


def test_the_figures_of_both_runs_stand_side_by_side() -> None:
    into = run(outcome("soak", "soak.growth_mb", 3.0), "full")
    found = run(outcome("peer", "peer.calls_ratio", 6.0), "quick")
    result = merged(into, found)
    assert result["soak"]["growth_mb"] == 3.0
    assert result["peer"] == {"calls_ratio": 6.0, "voice_to_voice_ratio": None}
    assert result["reached"] == {"soak.growth_mb": True, "peer.calls_ratio": True}
    assert result["mode"] == "full"
    assert result["settings"] == {"voice": "full"}
    assert result["benchmarks"]["peer"]["run"]["mode"] == "quick"
    assert "peer.calls_ratio" not in result["null_because"]
    assert "soak.growth_mb" not in result["null_because"]
    assert "cut_off_rate" in result["null_because"]


def test_without_an_earlier_run_there_is_only_the_new_one(tmp_path: Path) -> None:
    found = run(outcome("peer", "peer.calls_ratio", 6.0), "quick")
    (tmp_path / "found.json").write_text(json.dumps(found))
    target = tmp_path / "build" / "bench.json"
    assert main([str(tmp_path / "found.json"), str(target)]) == 0
    assert json.loads(target.read_text()) == found
    assert main([str(tmp_path / "found.json"), str(target)]) == 0
    assert json.loads(target.read_text())["peer"]["calls_ratio"] == 6.0
    assert main([]) == 2
