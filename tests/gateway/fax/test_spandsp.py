"""Our fax terminal talks to itself over mu-law; every pixel arrives."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.fax.spandsp import FaxTerminal
from tests.gateway.fax.papers import Losing, page, pixels, receive, send, talk, tiff


def same(got, sent_pages, rows=500):
    assert len(got) == sent_pages
    return all(
        np.array_equal(image, np.array(page(number, rows)))
        for number, image in enumerate(got, start=1)
    )


@pytest.mark.parametrize("ecm", [True, False])
def test_two_pages_arrive_pixel_by_pixel(tmp_path, ecm):
    heard = []
    sender = FaxTerminal(send(tiff(tmp_path / "sent.tif"), ecm=ecm))
    receiver = FaxTerminal(receive(tmp_path / "got.tif", ecm=ecm), heard.append)
    talk(sender, receiver)
    sender.close()
    receiver.close()
    assert sender.result.complete
    assert receiver.result.complete
    assert receiver.result.text == "OK"
    assert receiver.result.ecm is ecm
    assert receiver.result.bit_rate == 14400
    assert receiver.result.remote == "+4930123456"
    assert sender.result.remote == "+15550199"
    assert [(p.width, p.length, p.bad_rows) for p in heard] == [(1728, 500, 0)] * 2
    assert receiver.result.pages == tuple(heard)
    assert same(pixels(tmp_path / "got.tif"), 2)


def calls_with_losses(folder, calls, silent):
    """How many calls bring both sheets whole, while one frame of 1,000 gets lost."""
    sent, arrived = tiff(folder / "sent.tif", 2, 2200), 0
    for seed in range(calls):
        losing = Losing(0.001, seed, silent=silent)
        got = folder / f"got{seed}.tif"
        sender, receiver = FaxTerminal(send(sent)), FaxTerminal(receive(got))
        talk(sender, receiver, losing, seconds=600.0)
        sender.close()
        receiver.close()
        assert losing.lost
        arrived += receiver.result.complete and same(pixels(got), 2, 2200)
    return arrived


def test_lost_frames_cost_time_only_if_they_are_not_filled_with_silence(tmp_path):
    assert calls_with_losses(tmp_path, 6, silent=False) == 6
    assert calls_with_losses(tmp_path, 4, silent=True) <= 1


def test_a_slower_modem_may_be_asked_for(tmp_path):
    sender = FaxTerminal(send(tiff(tmp_path / "sent.tif", 1, 120), fastest=9600))
    receiver = FaxTerminal(receive(tmp_path / "got.tif"))
    talk(sender, receiver)
    assert receiver.result.bit_rate == 9600
    with pytest.raises(ValueError, match="no fax modem is as slow as 300"):
        FaxTerminal(send(tmp_path / "sent.tif", fastest=300))


def test_a_call_that_drops_on_page_two_leaves_page_one(tmp_path):
    pages = []
    sender = FaxTerminal(send(tiff(tmp_path / "sent.tif", 3)))
    receiver = FaxTerminal(receive(tmp_path / "got.tif"), pages.append)

    def until_page_one(session, frame):
        return b"" if pages else frame

    with pytest.raises(AssertionError, match="not over"):
        talk(sender, receiver, until_page_one, seconds=40.0)
    result = receiver.hang_up()
    receiver.close()
    assert not result.complete
    assert "dropped" in result.text
    assert len(result.pages) == 1
    assert same(pixels(tmp_path / "got.tif")[:1], 1)
    assert len(sender.hang_up().pages) <= 1


@pytest.mark.parametrize(
    "content", [b"", b"II*\0\x08\0\0\0", b"no image at all" * 50], ids=["empty", "bare", "text"]
)
def test_what_is_no_tiff_is_not_sent(tmp_path, content):
    (tmp_path / "sent.tif").write_bytes(content)
    sender = FaxTerminal(send(tmp_path / "sent.tif"))
    receiver = FaxTerminal(receive(tmp_path / "got.tif"))
    talk(sender, receiver)
    assert not sender.result.complete
    assert not receiver.result.complete
    assert receiver.result.pages == ()


@pytest.mark.parametrize("missed", [160, 400, 8000])
def test_what_is_missed_passes_time_whether_anything_came_before_or_not(tmp_path, missed):
    receiver = FaxTerminal(receive(tmp_path / "got.tif"))
    for _ in range(8000 * 120 // missed):
        receiver.miss(missed)
        receiver.speak(missed)
    assert receiver.result is not None
    assert not receiver.result.complete


def test_a_fax_calls_in_vain_where_nobody_answers_as_a_fax(tmp_path):
    sender = FaxTerminal(send(tiff(tmp_path / "sent.tif", 1, 120)))
    for _ in range(50 * 90):
        sender.exchange(bytes(320), 160)
    assert sender.result is not None
    assert not sender.result.complete
    assert sender.result.pages == ()
