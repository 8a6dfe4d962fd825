"""Faxes go out: drawn, called, retried from the page that is missing."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from gateway.content import Content, Kind
from gateway.errors import CancelledError, MissingPartError, RefusedError, UnavailableError
from gateway.fax import spandsp
from gateway.fax.send import transforms
from gateway.fax.settings import FaxSettings
from gateway.fax.spandsp import FaxTerminal
from gateway.pages.settings import PageSettings
from gateway.transform import Wishes
from tests.gateway.fax.lines import Exchange, TerminalLine
from tests.gateway.fax.papers import page, pixels, receive, tiff

TO = Wishes(recipient="+49 30 123-456")


@dataclass
class Work:
    folder: Path
    key: str = "job-1/fax"
    done: list[float] = field(default_factory=list)

    def progress(self, done: float) -> None:
        self.done.append(done)


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return Work(folder)


def pages(tmp_path, count=2):
    return Content(Kind.FAX, tiff(tmp_path / "given.tif", count, 150), "image/tiff", {"from": "x"})


def machine(tmp_path, name="got.tif"):
    return TerminalLine(FaxTerminal(receive(tmp_path / name)))


def fax(exchange, **settings):
    (transform,) = transforms(
        FaxSettings(ident="+15550100", answer_seconds=5.0, **settings), PageSettings(), exchange
    )
    return transform


def test_pages_arrive_as_they_were(tmp_path, work):
    exchange = Exchange(machine(tmp_path))
    transform = fax(exchange)
    assert transform.delivers
    assert transform.missing() == ""
    sent = transform.run(pages(tmp_path), TO, work)
    assert exchange.called == [("+4930123456", "job-1/fax")]
    assert exchange.hung_up == 1
    assert sent.details["to"] == "+4930123456"
    assert sent.details["pages"] == 2
    assert sent.details["ident"] == "+15550199"
    assert sent.details["from"] == "x"
    assert work.done == sorted(work.done)
    assert work.done[-1] == 1.0
    assert len([done for done in work.done if 0.1 < done < 1.0]) > 5
    got = pixels(tmp_path / "got.tif")
    assert all(np.array_equal(image, np.array(page(n, 150))) for n, image in enumerate(got, 1))


def test_busy_may_be_tried_again(tmp_path, work):
    exchange = Exchange(None, machine(tmp_path))
    with pytest.raises(UnavailableError, match="is busy"):
        fax(exchange).run(pages(tmp_path), TO, work)
    assert fax(exchange).run(pages(tmp_path), TO, work).details["pages"] == 2


def test_after_a_drop_on_page_two_the_rest_is_sent(tmp_path, work):
    first = machine(tmp_path, "first.tif")
    second = machine(tmp_path, "second.tif")

    @dataclass
    class Dropping(Work):
        def progress(self, done: float) -> None:
            first.drop = (self.folder / "sent.json").exists()

    exchange = Exchange(first, second)
    with pytest.raises(UnavailableError, match=r"1 of 3 pages arrived; .* from page 2"):
        fax(exchange).run(pages(tmp_path, 3), TO, Dropping(work.folder))
    assert exchange.hung_up == 1
    sent = fax(exchange).run(pages(tmp_path, 3), TO, work)
    assert sent.details["pages"] == 3
    got = pixels(tmp_path / "second.tif")
    assert [np.array_equal(i, np.array(page(n, 150))) for n, i in enumerate(got, 2)] == [True] * 2


def test_nobody_is_called_again_when_all_pages_had_arrived(tmp_path, work):
    fax(Exchange(machine(tmp_path))).run(pages(tmp_path), TO, work)
    silent = Exchange()
    assert fax(silent).run(pages(tmp_path), TO, work).details["pages"] == 2
    assert silent.called == []


def test_where_no_fax_machine_answers_no_page_arrives(tmp_path, work):
    class Quiet:
        def exchange(self, frame):
            return bytes(320)

    with pytest.raises(UnavailableError, match="no page arrived") as caught:
        fax(Exchange(Quiet())).run(pages(tmp_path, 1), TO, work)
    assert caught.value.retry


@pytest.mark.parametrize("recipient", [None, "", "bob", "12", "+49'; drop"])
def test_what_is_no_number_is_not_called(tmp_path, work, recipient):
    exchange = Exchange()
    with pytest.raises(RefusedError, match="no telephone number"):
        fax(exchange).run(pages(tmp_path), Wishes(recipient=recipient), work)
    assert exchange.called == []


def test_it_can_be_called_off(tmp_path, work):
    @dataclass
    class Unwanted(Work):
        def progress(self, done: float) -> None:
            if done > 0.1:
                raise CancelledError("not wanted any more")

    exchange = Exchange(machine(tmp_path))
    with pytest.raises(CancelledError):
        fax(exchange).run(pages(tmp_path), TO, Unwanted(work.folder))
    assert exchange.hung_up == 1


def bomb(width: int, rows: int) -> bytes:
    """A TIFF of so many pixels in a few bytes."""
    entries = [(256, 4, width), (257, 4, rows), (258, 3, 1), (259, 3, 4), (262, 3, 0)]
    entries += [(273, 4, 8), (277, 3, 1), (278, 4, rows), (279, 4, 4)]
    packed = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0\x0c\0\0\0\0\0\0\0" + struct.pack("<H", len(entries)) + packed + bytes(4)


@pytest.mark.parametrize(
    "made",
    [
        lambda: b"",
        lambda: b"II*\0\x08\0\0\0\0\0\0\0\0\0",
        lambda: bomb(1728, 4_000_000_000),
        lambda: bomb(400_000, 400_000),
        lambda: b"%PDF-1.7 nothing",
        lambda: b"\0" * 5000,
    ],
    ids=["nothing", "no pages", "endless page", "bomb", "broken PDF", "zeroes"],
)
def test_bad_files_are_refused_before_anybody_is_called(tmp_path, work, made):
    file = tmp_path / "bad.tif"
    file.write_bytes(made())
    exchange = Exchange()
    with pytest.raises(RefusedError):
        fax(exchange).run(Content(Kind.FAX, file, "image/tiff"), TO, work)
    assert exchange.called == []


@pytest.mark.parametrize("part", [0.1, 0.5, 0.8])
def test_torn_files_are_refused_before_anybody_is_called(tmp_path, work, part):
    whole = tiff(tmp_path / "whole.tif", 2, 150).read_bytes()
    torn = tmp_path / "torn.tif"
    torn.write_bytes(whole[: round(len(whole) * part)])
    exchange = Exchange()
    with pytest.raises(RefusedError):
        fax(exchange).run(Content(Kind.FAX, torn, "image/tiff"), TO, work)
    assert exchange.called == []


def test_too_many_pages_are_refused(tmp_path, work):
    with pytest.raises(RefusedError):
        fax(Exchange(), pages=1).run(pages(tmp_path, 2), TO, work)


def test_what_is_missing_is_named(tmp_path, work, monkeypatch):
    without_line = fax(None)
    assert "no telephone line to fax by" in without_line.missing()
    with pytest.raises(MissingPartError):
        without_line.run(pages(tmp_path), TO, work)
    monkeypatch.setattr(spandsp, "LIBRARY", "libspandsp-that-is-not-here.so")
    assert "libspandsp2 is not installed" in fax(Exchange()).missing()
