"""Pages are counted as far as they are whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fax.pagefile import whole_pages
from tests.gateway.fax.papers import tiff


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    return tiff(tmp_path_factory.mktemp("pages") / "three.tif", 3, 150).read_bytes()


def test_all_pages_of_a_whole_file_count(tmp_path, three):
    (tmp_path / "a.tif").write_bytes(three)
    assert whole_pages(tmp_path / "a.tif") == 3


def test_a_torn_file_has_fewer_pages_the_more_is_missing(tmp_path, three):
    counts = []
    for size in [*range(0, len(three), 200), len(three)]:
        (tmp_path / "a.tif").write_bytes(three[:size])
        counts.append(whole_pages(tmp_path / "a.tif"))
    assert counts == sorted(counts)
    assert set(counts) == {0, 1, 2, 3}


@pytest.mark.parametrize("content", [b"", b"II*\0", b"%PDF-1.7", b"II*\0\x08\0\0\0\0\0\0\0\0\0"])
def test_what_is_no_tiff_has_none(tmp_path, content):
    (tmp_path / "a.tif").write_bytes(content)
    assert whole_pages(tmp_path / "a.tif") == 0


def test_a_missing_file_has_none(tmp_path):
    assert whole_pages(tmp_path / "none.tif") == 0


@given(st.data())
def test_bytes_that_were_changed_do_no_harm(tmp_path_factory, three, data):
    broken = bytearray(three)
    for _ in range(data.draw(st.integers(1, 20))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    file = tmp_path_factory.getbasetemp() / "changed.tif"
    file.write_bytes(broken)
    assert 0 <= whole_pages(file) <= 10_000
