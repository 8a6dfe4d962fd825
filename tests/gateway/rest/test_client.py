"""The Python client against a real gateway."""

from __future__ import annotations

import pytest

from gateway.client import GatewayClient, NotDoneError
from gateway.content import Kind
from gateway.errors import RefusedError
from gateway.jobs.job import State
from tests.gateway.rest.conftest import TOKEN
from tests.gateway.rest.test_server import WAV


@pytest.fixture
def client(site):
    with GatewayClient(site.url, TOKEN) as client:
        yield client


def test_a_text_is_converted(client, tmp_path):
    path = client.convert("hello", Kind.FAX, tmp_path / "out.txt")
    assert path.read_text() == "OLLEH"


def test_a_file_is_converted_with_progress(client, site, tmp_path):
    source = tmp_path / "speech.wav"
    source.write_bytes(WAV)
    job = client.submit(source, Kind.TEXT)
    told = []

    def progress(now):
        told.append(now.progress)
        if now.state is State.RUNNING:
            site.gate.set()

    assert client.wait(job.id, progress).state is State.DONE
    assert told == sorted(told)
    assert client.save(job.id, tmp_path / "out").read_bytes() == WAV
    assert client.newest(1)[0].id == job.id


def test_waiting_can_be_cut_short_and_the_conversion_called_off(client, site, tmp_path):
    source = tmp_path / "speech.wav"
    source.write_bytes(WAV)
    job = client.submit(source)
    assert client.wait(job.id, seconds=0.1).state in (State.ACCEPTED, State.RUNNING)
    client.cancel(job.id)
    assert client.wait(job.id).state is State.CANCELLED
    with pytest.raises(NotDoneError):
        client.save(job.id, tmp_path / "out")


def test_the_wrong_token_is_refused(site):
    with GatewayClient(site.url, "wrong") as client, pytest.raises(RefusedError, match="token"):
        client.newest()
