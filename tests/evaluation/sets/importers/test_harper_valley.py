from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from evaluation.sets.importers.options import Options
from evaluation.sets.model import Say
from evaluation.sets.problems import SetError
from tests.evaluation.sets.importers.originals import (
    Import,
    harper_valley,
    hvb_segment,
    said,
    write,
)


def sound_of(turn: Say) -> tuple[np.ndarray, int]:
    assert turn.audio is not None
    return soundfile.read(turn.audio)


def test_harper_valley(tmp_path: Path, bring: Import) -> None:
    found = bring("harper-valley", harper_valley(tmp_path / "hvb"))
    assert (found.licence, found.synthetic, found.split) == ("CC-BY-4.0", False, "test")
    assert "2 segments without words that were understood are left out" in found.source
    turns = said(found)
    assert {name: turn.text for name, turn in turns.items()} == {
        "00aa-001": "i lost my card",
        "00aa-002": "send a new one",
        "00bb-001": "i lost my card",
    }
    assert [case.tags for case in found.cases] == [
        ("replace-card",),
        ("replace-card",),
        ("check-balance",),
    ]
    # the first tone lasts from 2.0 to 3.0 s; the next begins 0.1 s later: half of that is kept
    samples, rate = sound_of(turns["00aa-001"])
    assert rate == 8000
    assert len(samples) / rate == pytest.approx(1.25)
    assert np.flatnonzero(samples)[0] / rate == pytest.approx(0.2, abs=0.001)
    samples, _ = sound_of(turns["00aa-002"])
    loud = np.flatnonzero(samples) / rate
    assert (loud[0], loud[-1]) == pytest.approx((0.05, 0.55), abs=0.001)


def test_harper_valley_by_task(tmp_path: Path, bring: Import) -> None:
    wanted = Options(only=frozenset({"check balance"}), split="train")
    found = bring("harper-valley", harper_valley(tmp_path / "hvb") / "data", wanted)
    assert [case.id for case in found.cases] == ["00bb-001"]
    assert found.split == "train"


def test_what_is_missing_of_harper_valley_is_said_at_once(tmp_path: Path, bring: Import) -> None:
    root = harper_valley(tmp_path / "hvb") / "data"
    (root / "audio" / "caller" / "00aa.wav").unlink()
    (root / "metadata" / "00bb.json").unlink()
    broken = hvb_segment("caller", "yes", 1, 1) | {"offset_ms": None}
    write(root / "transcript" / "00cc.json", ["x", broken])
    with pytest.raises(SetError) as caught:
        bring("harper-valley", root)
    assert [str(one).replace(f"{root}/", "") for one in caught.value.problems] == [
        "transcript/00aa.json: audio/caller/00aa.wav is missing",
        "metadata/00bb.json: is missing",
        "metadata/00cc.json: is missing",
        "transcript/00cc.json: audio/caller/00cc.wav is missing",
        "transcript/00cc.json: has something that is no segment",
        "transcript/00cc.json: segment 1 has no offset_ms and duration_ms",
    ]
    assert not (tmp_path / "sets").exists()


def test_a_segment_behind_the_end_of_its_recording(tmp_path: Path, bring: Import) -> None:
    root = harper_valley(tmp_path / "hvb") / "data"
    write(root / "transcript" / "00bb.json", [hvb_segment("caller", "yes", 9000, 500)])
    with pytest.raises(SetError, match=r"00bb.wav: ends at 5.00 s, before 8.80 s"):
        bring("harper-valley", root)
    assert list((tmp_path / "sets").iterdir()) == []
