from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from evaluation.sets.importers.options import Options
from evaluation.sets.model import Entity, Say
from evaluation.sets.problems import SetError
from tests.evaluation.sets.importers.originals import Import, said, slurp, slurp_entry, write


def test_slurp_without_recordings(tmp_path: Path, bring: Import) -> None:
    found = bring("slurp", slurp(tmp_path / "repo"), Options(split="validation"))
    assert said(found) == {
        "slurp-4489": Say(
            "wake me up at eight o'clock on next monday",
            intent="alarm_set",
            entities=(
                Entity("time", "eight", "eight"),
                Entity("date", "next monday", "next monday"),
            ),
        ),
        "slurp-12": Say("any alarms", intent="alarm_query"),
    }
    assert (found.licence, found.synthetic) == ("CC-BY-4.0", True)
    assert found.cases[0].tags == ("alarm",)


def test_slurp_with_recordings(tmp_path: Path, bring: Import) -> None:
    root = slurp(tmp_path / "repo")
    for name in ("audio-4489.flac", "audio-4489-headset.flac"):
        path = root / "audio" / "slurp_real" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.sin(np.arange(8000)), 16000)
    found = bring("slurp", root, Options(split="validation"))
    # what nobody spoke is left out
    assert [turn.audio for turn in said(found).values()] == [
        found.folder / "audio" / "audio-4489-headset.flac"
    ]
    assert (found.licence, found.synthetic) == (
        "CC-BY-4.0 (text), CC-BY-NC-4.0 (recordings)",
        False,
    )


def test_what_is_wrong_with_slurp(tmp_path: Path, bring: Import) -> None:
    lines = [slurp_entry(1, "x", "set", scenario=""), {"scenario": "a"}]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    path = write(tmp_path / "repo" / "test.jsonl", text)
    with pytest.raises(SetError) as caught:
        bring("slurp", tmp_path / "repo")
    assert [str(one).removeprefix(f"{path}:") for one in caught.value.problems] == [
        "1: lacks scenario",
        "2: lacks action, sentence",
    ]
    write(path, "[]\n")
    with pytest.raises(SetError, match=r"test.jsonl:1: is no JSON object"):
        bring("slurp", tmp_path / "repo")
