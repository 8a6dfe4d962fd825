"""Files in full or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.wholefiles import write_whole


def test_what_was_there_is_replaced(tmp_path: Path) -> None:
    write_whole(tmp_path / "kept", b"first")
    write_whole(tmp_path / "kept", b"second")
    assert (tmp_path / "kept").read_bytes() == b"second"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_where_writing_fails_what_was_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(tmp_path / "kept", b"first")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "kept", b"second")
    assert (tmp_path / "kept").read_bytes() == b"first"
