"""TIFF files as fax senders like them."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from PIL import Image, ImageDraw

from gateway.pages import faxtiff


def page(height: int, mark: int) -> Image.Image:
    made = Image.new("1", (faxtiff.WIDTH, height), 1)
    ImageDraw.Draw(made).rectangle((10 * mark, 20, 10 * mark + 300, 60), fill=0)
    return made


def test_what_is_written_is_read_again(tmp_path):
    pages = [page(2291, 1), page(100, 2), page(1143, 3)]
    pages[2].info["dpi"] = (196, 204)
    target = tmp_path / "fax.tif"
    assert faxtiff.write(iter(pages), target) == 3
    with Image.open(target) as found:
        assert found.n_frames == 3
        for number, wanted in enumerate(pages):
            found.seek(number)
            assert found.convert("1").tobytes() == wanted.tobytes()
            assert found.info["compression"] == "group4"
            assert found.info["dpi"] == ((204, 196) if number < 2 else (196, 204))
            assert found.tag_v2[262] == 0  # white is 0
            assert len(found.tag_v2[273]) == 1  # strip


@pytest.mark.skipif(shutil.which("tiffinfo") is None, reason="libtiff-tools is not installed")
def test_another_reader_agrees(tmp_path):
    target = tmp_path / "fax.tif"
    faxtiff.write([page(2291, 1), page(2291, 2)], target)
    told = subprocess.run(
        ["tiffinfo", str(target)], capture_output=True, text=True, check=True
    ).stdout
    assert told.count("CCITT Group 4") == 2
    assert told.count("Photometric Interpretation: min-is-white") == 2
