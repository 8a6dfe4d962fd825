"""Our fax terminal and `efax`, an independent implementation of T.30, over mu-law audio."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from gateway.fax.spandsp import FaxTerminal
from tests.gateway.fax.class1 import Class1Modem
from tests.gateway.fax.papers import over_ulaw, page, pixels, receive, send, tiff
from voicebot.server.faxline import FRAME

pytestmark = pytest.mark.skipif(
    shutil.which("efax") is None, reason="efax is not installed; `make system` installs it"
)
SILENCE = bytes(2 * FRAME)


def call(terminal: FaxTerminal, modem: Class1Modem, most: float = 200.0) -> None:
    """Connect the two until ours is over, and a moment longer."""
    modem.wait_for_call()
    said, answered = SILENCE, SILENCE
    left = int(most * 50)
    after = 50
    while left and after:
        left -= 1
        after -= terminal.result is not None
        ours = terminal.exchange(over_ulaw(answered), FRAME)
        answered = modem.exchange(over_ulaw(said), FRAME)
        said = ours
    terminal.close()


def single(folder: Path, number: int, rows: int) -> Path:
    """A page as efax wants it: a file of its own."""
    file = folder / f"page{number}.tif"
    page(number, rows).save(file, dpi=(204, 196))
    return file


def is_below_the_header(got: np.ndarray, wanted: np.ndarray) -> bool:
    """Above the page is only the empty line in which efax prints its header."""
    header = len(got) - len(wanted)
    return np.array_equal(got[header:], wanted) and bool(got[:header].all()) and header < 30


def efax_sends(tmp_path: Path, pages: int, rows: int) -> None:
    files = [single(tmp_path, number, rows).name for number in range(1, pages + 1)]
    modem = Class1Modem(["-l", "+4930111", "-h", " ", "-t", "T123", *files], tmp_path)
    ours = FaxTerminal(receive(tmp_path / "got.tif"))
    call(ours, modem)
    status = modem.finish()
    log = modem.log.read_text(errors="replace")
    assert ours.result is not None, log
    assert ours.result.complete, (ours.result, log)
    assert status == 0, log
    assert ours.result.remote == "+4930111"
    assert not ours.result.ecm  # class 1 efax knows none
    got = pixels(tmp_path / "got.tif")
    assert len(got) == pages
    for number, image in enumerate(got, 1):
        assert is_below_the_header(image, np.array(page(number, rows)))


def efax_receives(tmp_path: Path, pages: int, rows: int) -> None:
    modem = Class1Modem(["-l", "+4930111", "-r", "got"], tmp_path)
    ours = FaxTerminal(send(tiff(tmp_path / "sent.tif", pages, rows)))
    call(ours, modem)
    status = modem.finish()
    log = modem.log.read_text(errors="replace")
    assert ours.result is not None, log
    assert ours.result.complete, (ours.result, log)
    assert len(ours.result.pages) == pages
    assert status == 0, log
    assert ours.result.remote == "+4930111"
    for number in range(1, pages + 1):
        (got,) = pixels(tmp_path / f"got.{number:03d}")
        assert np.array_equal(got, np.array(page(number, rows)))


def test_efax_sends_and_we_receive(tmp_path):
    efax_sends(tmp_path, 2, 600)


def test_we_send_and_efax_receives(tmp_path):
    efax_receives(tmp_path, 2, 120)


@pytest.mark.slow
def test_efax_sends_two_whole_sheets(tmp_path):
    efax_sends(tmp_path, 2, 2200)


@pytest.mark.slow
def test_we_send_two_whole_sheets(tmp_path):
    efax_receives(tmp_path, 2, 2200)
