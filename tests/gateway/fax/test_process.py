"""The fax process: it does what the terminal does, and its death is a clear error."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from gateway.errors import UnavailableError
from gateway.fax.process import FaxProcess, pieces
from gateway.fax.settings import FaxSettings
from tests.gateway.fax.papers import page, pixels, receive, send, talk, tiff


def nothing(_):
    return None


@pytest.fixture
def quick():
    return FaxSettings(answer_seconds=3.0)


def test_two_processes_send_and_receive(tmp_path, quick):
    heard = []
    sent = tiff(tmp_path / "sent.tif", 2, 200)
    with (
        FaxProcess(send(sent), quick, nothing) as sender,
        FaxProcess(receive(tmp_path / "got.tif"), quick, heard.append) as receiver,
    ):
        talk(sender, receiver)
        assert sender.result.complete
        assert receiver.result.complete
        assert receiver.exchange(b"", 160) == bytes(320)  # over is over
        assert receiver.hang_up() is receiver.result
    assert len(heard) == 2
    got = pixels(tmp_path / "got.tif")
    assert all(np.array_equal(g, np.array(page(n, 200))) for n, g in enumerate(got, 1))


def test_a_hang_up_is_answered_with_how_far_it_got(tmp_path, quick):
    with FaxProcess(receive(tmp_path / "got.tif"), quick, nothing) as receiver:
        receiver.exchange(bytes(320), 160)
        assert not receiver.hang_up().complete
        assert receiver.result.pages == ()


@pytest.mark.parametrize("stage", [0, 100, 400, 800])
def test_a_killed_process_is_a_clear_error_at_every_stage(tmp_path, quick, stage):
    sent = tiff(tmp_path / "sent.tif", 2, 200)
    with (
        FaxProcess(send(sent), quick, nothing) as sender,
        FaxProcess(receive(tmp_path / "got.tif"), quick, nothing) as receiver,
    ):
        said = answered = bytes(320)
        for _ in range(stage):
            said, answered = sender.exchange(answered, 160), receiver.exchange(said, 160)
        os.kill(receiver.pid, signal.SIGKILL)
        with pytest.raises(UnavailableError, match="the fax process ended in the middle"):
            receiver.exchange(said, 160)
        with pytest.raises(UnavailableError, match="ended"):
            receiver.hang_up()


def test_a_process_that_hangs_is_ended(tmp_path):
    with FaxProcess(receive(tmp_path / "x"), FaxSettings(answer_seconds=0.3), nothing) as hung:
        os.kill(hung.pid, signal.SIGSTOP)
        with pytest.raises(UnavailableError, match=r"said nothing for 0\.3 s"):
            hung.exchange(bytes(320), 160)


def test_it_is_gone_when_its_session_is_closed(tmp_path, quick):
    process = FaxProcess(receive(tmp_path / "got.tif"), quick, nothing)
    process.exchange(bytes(320), 160)
    process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_it_knows_nothing_of_our_environment(tmp_path, quick, monkeypatch):
    monkeypatch.setenv("VOICEBOT_SECRET", "x")
    with FaxProcess(receive(tmp_path / "got.tif"), quick, nothing) as process:
        process.exchange(bytes(320), 160)
        with open(f"/proc/{process.pid}/environ", "rb") as environment:  # noqa: PTH123
            assert b"VOICEBOT_SECRET" not in environment.read()


def test_long_audio_is_cut_into_seconds():
    assert pieces(b"") == [b""]
    assert [len(p) for p in pieces(bytes(33_000))] == [16_000, 16_000, 1000]
