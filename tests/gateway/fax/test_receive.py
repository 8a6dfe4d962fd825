"""Faxes come in, survive crashes, and are handed on exactly as they came."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from gateway.content import Kind
from gateway.fax import process, receive, spandsp
from gateway.fax.pagefile import whole_pages
from gateway.fax.receive import FaxInbox, open_inbox
from gateway.fax.settings import FaxSettings
from gateway.fax.spandsp import FaxTerminal
from tests.gateway.fax.lines import TerminalLine
from tests.gateway.fax.papers import page, pixels, send, tiff
from voicebot.server.faxline import FaxCall

CALL = FaxCall("call-1", "+4930777", "+15550199")


@pytest.fixture
def accepted():
    return []


@pytest.fixture
def inbox(tmp_path, accepted):
    inbox = FaxInbox(FaxSettings(ident="+15550199"), tmp_path / "in", accepted.append)
    yield inbox
    inbox.close()


def sender(tmp_path: Path, pages: int = 2) -> FaxTerminal:
    return FaxTerminal(send(tiff(tmp_path / "sent.tif", pages, 150)))


async def test_a_fax_is_handed_on_with_its_pages_and_numbers(tmp_path, inbox, accepted):
    report = await inbox.receive(CALL, TerminalLine(sender(tmp_path)))
    assert (report.pages, report.complete) == (2, True)
    (content,) = accepted
    assert content.kind is Kind.FAX
    assert content.media_type == "image/tiff"
    assert content.details["from"] == "+4930777"
    assert content.details["to"] == "+15550199"
    assert content.details["ident"] == "+4930123456"
    assert content.details["pages"] == 2
    assert content.details["complete"] is True
    got = pixels(content.path)
    assert all(np.array_equal(image, np.array(page(n, 150))) for n, image in enumerate(got, 1))
    assert (content.path.parent / "accepted").exists()
    assert inbox.recover() == 0


async def test_without_a_number_the_sender_is_who_it_says(tmp_path, inbox, accepted):
    await inbox.receive(FaxCall("call-2"), TerminalLine(sender(tmp_path, 1)))
    assert accepted[0].details["from"] == "+4930123456"


async def test_of_a_dropped_call_the_pages_that_were_confirmed_are_kept(tmp_path, inbox, accepted):
    far = sender(tmp_path, 3)
    line = TerminalLine(far)
    crossing = FaxTerminal.exchange

    def until_page_one(self, heard, samples):
        line.drop = bool(far._pages)
        return crossing(self, heard, samples)

    far.exchange = until_page_one.__get__(far)
    report = await inbox.receive(CALL, line)
    assert (report.pages, report.complete) == (1, False)
    assert "dropped" in report.reason
    assert accepted[0].details["pages"] == 1
    assert accepted[0].details["complete"] is False
    assert np.array_equal(pixels(accepted[0].path)[0], np.array(page(1, 150)))


async def test_an_endless_fax_is_cut_off_and_its_pages_are_kept(tmp_path, accepted):
    inbox = FaxInbox(FaxSettings(pages=1), tmp_path / "in", accepted.append)
    report = await inbox.receive(CALL, TerminalLine(sender(tmp_path, 3)))
    inbox.close()
    assert report.reason == "more than 1 pages"
    assert accepted[0].details["pages"] == report.pages == 2  # the second was already there


async def test_a_call_without_pages_leaves_nothing(tmp_path, inbox, accepted):
    report = await inbox.receive(CALL, TerminalLine(sender(tmp_path), most=100))
    assert (report.pages, report.complete) == (0, False)
    assert accepted == []
    assert list((tmp_path / "in").iterdir()) == []


async def test_a_killed_process_loses_no_confirmed_page(tmp_path, inbox, accepted, monkeypatch):
    started = []
    real = process.FaxProcess

    class Watched(real):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            started.append(self)

    monkeypatch.setattr(receive, "FaxProcess", Watched)
    far = sender(tmp_path, 3)
    line = TerminalLine(far)
    crossing = FaxTerminal.exchange

    def until_page_one(self, heard, samples):
        if far._pages:
            os.kill(started[0].pid, signal.SIGKILL)
        return crossing(self, heard, samples)

    far.exchange = until_page_one.__get__(far)
    report = await inbox.receive(CALL, line)
    assert report.pages >= 1
    assert not report.complete
    assert "ended in the middle" in report.reason
    assert accepted[0].details["complete"] is False
    assert np.array_equal(pixels(accepted[0].path)[0], np.array(page(1, 150)))


async def test_what_is_not_taken_over_is_offered_again(tmp_path, accepted):
    def full(_):
        raise OSError("the disk is full")

    inbox = FaxInbox(FaxSettings(), tmp_path / "in", full)
    report = await inbox.receive(CALL, TerminalLine(sender(tmp_path, 1)))
    inbox.close()
    assert report.complete  # it is safe here
    later = FaxInbox(FaxSettings(), tmp_path / "in", accepted.append)
    assert later.recover() == 1
    assert later.recover() == 0
    assert accepted[0].details["complete"] is True
    assert accepted[0].details["from"] == "+4930777"


def test_a_crash_in_the_middle_of_a_fax_loses_no_page(tmp_path, accepted):
    folder = tmp_path / "in" / "call-9"
    folder.mkdir(parents=True)
    tiff(folder / "pages.tiff", 2, 150)
    (tmp_path / "in" / "empty").mkdir()
    broken = tmp_path / "in" / "broken"
    broken.mkdir()
    (broken / "pages.tiff").write_bytes(b"II*\0")
    torn = tmp_path / "in" / "torn"
    torn.mkdir()
    tiff(torn / "pages.tiff", 1, 150)
    (torn / "fax.json").write_text("{")
    inbox = FaxInbox(FaxSettings(), tmp_path / "in", accepted.append)
    assert inbox.recover() == 1
    inbox.close()
    assert accepted[0].details["fax"] == "call-9"
    assert accepted[0].details["pages"] == 2
    assert accepted[0].details["complete"] is False
    assert json.loads((folder / "fax.json").read_text())["details"]["pages"] == 2


async def test_one_fax_too_many_is_told_so(tmp_path, accepted):
    inbox = FaxInbox(FaxSettings(lines=1), tmp_path / "in", accepted.append)
    first = asyncio.create_task(inbox.receive(CALL, TerminalLine(sender(tmp_path, 1))))
    await asyncio.sleep(0)
    report = await inbox.receive(FaxCall("call-2"), TerminalLine(sender(tmp_path, 1)))
    assert (report.pages, report.reason) == (0, "all fax lines are busy")
    assert (await first).complete
    assert (await inbox.receive(FaxCall("call-3"), TerminalLine(sender(tmp_path, 1)))).complete
    inbox.close()


@pytest.mark.parametrize("room", [0, 1, 2])
async def test_a_full_disk_confirms_no_page_that_is_not_kept(tmp_path, accepted, room):
    # The limit on the file stands for the disk: only so many pages fit.
    far = FaxTerminal(send(noisy(tmp_path / "noisy.tif")))
    settings = FaxSettings().model_copy(update={"file_bytes": 80_000 * room + 20_000})
    inbox = FaxInbox(settings, tmp_path / "in", accepted.append)
    report = await inbox.receive(CALL, TerminalLine(far))
    inbox.close()
    assert not report.complete
    kept = whole_pages(accepted[0].path) if accepted else 0
    assert len(far.hang_up().pages) == report.pages == kept == room
    assert "could not be kept" in report.reason


def noisy(path: Path) -> Path:
    """Pages that can't be compressed: some 70 kB each."""
    from PIL import Image

    random = np.random.default_rng(5)
    pages = [Image.fromarray(random.random((150, 1728)) > 0.5) for _ in range(3)]
    pages[0].save(
        path, save_all=True, append_images=pages[1:], compression="group4", dpi=(204, 196)
    )
    return path


def test_an_inbox_is_opened_only_where_faxes_can_come(tmp_path, monkeypatch):
    assert open_inbox(FaxSettings(receive=False), tmp_path) is None
    assert open_inbox(FaxSettings(), tmp_path) is not None
    monkeypatch.setattr(spandsp, "LIBRARY", "libspandsp-that-is-not-here.so")
    assert open_inbox(FaxSettings(), tmp_path) is None
