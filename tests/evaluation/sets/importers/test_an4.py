from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from evaluation.sets.importers.options import Options
from evaluation.sets.problems import SetError
from tests.evaluation.sets.importers.originals import DATA, Import, an4, real, said


@pytest.mark.parametrize("suffix", [".sph", ".wav", ".raw"])
def test_an4(tmp_path: Path, bring: Import, suffix: str) -> None:
    root = an4(tmp_path / "an4", suffix)
    found = bring("an4", tmp_path if suffix == ".raw" else root)
    turns = said(found)
    assert {name: turn.text for name, turn in turns.items()} == {
        "an406-fcaw-b": "RUBOUT G M E",
        "cen8-menk-b": "YES",
        "an1-menk-b": "HELP",
    }
    assert not found.synthetic
    for name, turn in turns.items():
        original = root / "wav" / "an4test_clstk" / name.split("-")[1] / f"{name}{suffix}"
        kept, rate = soundfile.read(turn.audio, dtype="int16")
        given = (
            np.fromfile(original, "<i2")
            if suffix == ".raw"
            else soundfile.read(original, dtype="int16")[0]
        )
        assert rate == 16000
        assert np.array_equal(kept, given)


def test_lists_that_name_files(tmp_path: Path, bring: Import) -> None:
    root = an4(tmp_path / "an4", ".wav")
    listing = root / "etc" / "an4_test.fileids"
    listing.write_text("".join(f"{line}.wav\n" for line in listing.read_text().splitlines()))
    assert list(said(bring("an4", root))) == ["an406-fcaw-b", "cen8-menk-b", "an1-menk-b"]


def test_what_is_missing_of_an4(tmp_path: Path, bring: Import) -> None:
    root = an4(tmp_path / "an4", ".wav")
    next((root / "wav").rglob("an406*")).unlink()
    transcription = root / "etc" / "an4_test.transcription"
    transcription.write_text("".join(transcription.read_text().splitlines(keepends=True)[:2]))
    with pytest.raises(SetError) as caught:
        bring("an4", root)
    assert [one.text for one in caught.value.problems] == [
        "wav/an4test_clstk/fcaw/an406-fcaw-b is missing (.sph, .wav, .flac, .raw)",
        "an1-menk-b has no transcription",
    ]
    transcription.write_text("<s> YES </s>\n")
    with pytest.raises(SetError, match=r"transcription:1: has to be `WORDS \(name\)`"):
        bring("an4", root)
    with pytest.raises(SetError, match="only a train and a test split"):
        bring("an4", root, Options(split="validation"))
    with pytest.raises(SetError, match="has no list of recordings"):
        bring("an4", root, Options(split="train"))
    (root / "etc" / "an4_test.fileids").write_text("../../../etc/passwd\n")
    transcription.write_text("YES (passwd)\n")
    with pytest.raises(SetError, match="is missing"):
        bring("an4", root)


@real
def test_an4_with_real_recordings(tmp_path: Path, bring: Import) -> None:
    spoken = {
        name: soundfile.read(file, dtype="int16")[0]
        for name, file in zip(
            ("an406-fcaw-b", "cen8-menk-b", "an1-menk-b"),
            sorted((DATA / "an4" / "audio").glob("*.flac")),
            strict=False,
        )
    }
    turns = said(bring("an4", an4(tmp_path / "an4", ".raw", spoken)))
    for name, wave in spoken.items():
        assert np.array_equal(soundfile.read(turns[name].audio, dtype="int16")[0], wave)
