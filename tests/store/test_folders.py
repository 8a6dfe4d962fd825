"""No call id leads out of the data directory, and no two share a folder."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.store.folders import call_folder, safe_name

START = datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
tricky = st.one_of(st.text(), st.text("./\\-_aA0", max_size=8))


def test_an_ordinary_id_is_its_own_name(tmp_path: Path) -> None:
    folder = call_folder(tmp_path, "CA12ab-3_4", START)
    assert folder == tmp_path / "calls" / "2026-02" / "CA12ab-3_4"


@given(tricky)
def test_no_id_leaves_the_folder(call_id: str) -> None:
    root = Path("/data")
    folder = call_folder(root, call_id, START)
    assert folder.parent == root / "calls" / "2026-02"
    assert folder.resolve() == folder
    assert 0 < len(folder.name.encode()) <= 80


@given(tricky, tricky)
def test_two_ids_never_share_a_folder(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) == (one == other)


def test_a_time_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        call_folder(Path("/data"), "c", datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))
