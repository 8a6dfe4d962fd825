"""Checks of the machine, with parts that are missing, old or in the way."""

from __future__ import annotations

import hashlib
import shutil
import socket
import threading
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from voicebot.checks import machine
from voicebot.checks.finding import Finding, Level
from voicebot.config import Settings
from voicebot.server.ports import free_port

Usage = namedtuple("Usage", ["total", "used", "free"])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var", control_port=0, edge_port=0)


def levels(findings: Iterator[Finding]) -> dict[str, Level]:
    return {finding.part: finding.level for finding in findings}


def test_settings_that_nobody_reads(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_RASAPORT", "1")
    (_, finding) = machine.settings_read(settings)
    assert finding.level is Level.WARN
    assert "VOICEBOT_RASAPORT" in finding.what


def test_python(settings: Settings) -> None:
    assert levels(machine.python(settings)) == {"python": Level.OK}


def test_environments(settings: Settings, tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    for name in ("rasa", "actions"):
        python = root / f".venv-{name}" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.touch()
    lock = root / "requirements" / "rasa.txt"
    lock.parent.mkdir()
    lock.write_text("rasa==3.6.21")
    folder = root / ".venv-rasa"
    stamp = folder / ".built-rasa"
    stamp.write_text(f"{folder} {hashlib.sha256(lock.read_bytes()).hexdigest()}")

    def found() -> dict[str, Level]:
        return levels(machine.environments(settings, root))

    assert found() == {"environment rasa": Level.OK, "environment actions": Level.WARN}
    lock.write_text("rasa==3.6.22")
    assert found()["environment rasa"] is Level.WARN
    (folder / ".incomplete").touch()
    assert found()["environment rasa"] is Level.FAIL
    shutil.rmtree(root / ".venv-actions")
    assert found()["environment actions"] is Level.FAIL
    external = settings.model_copy(update={"rasa_url": "http://rasa:5005"})
    assert list(machine.environments(external, root)) == []


@pytest.mark.parametrize(("voice", "level"), [("hibari", Level.WARN), ("espeak", Level.FAIL)])
def test_programs_that_are_missing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, voice: str, level: Level
) -> None:
    def none() -> str:
        raise RuntimeError("none")

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", none)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    found = levels(machine.programs(settings.model_copy(update={"voice": voice})))
    assert found == {"ffmpeg": Level.WARN, "espeak-ng": level}


@pytest.mark.parametrize(
    ("free", "level"), [(1e6, Level.FAIL), (1e9, Level.WARN), (1e11, Level.OK)]
)
def test_room(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free: float, level: Level
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1e12, 0, free))
    assert levels(machine.room(settings)) == {"data_dir": Level.OK, "disk": level}
    assert not settings.data_dir.exists()


def test_a_data_dir_that_cannot_be_written(settings: Settings) -> None:
    blocked = settings.model_copy(update={"data_dir": Path("/proc/voicebot")})
    assert levels(machine.room(blocked))["data_dir"] is Level.FAIL


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server that answers every GET with `status`; its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "level"), [(200, Level.OK), (503, Level.WARN), (404, Level.FAIL)]
)
def test_a_port_that_something_answers_on(settings: Settings, status: int, level: Level) -> None:
    with answering(status) as port:
        used = settings.model_copy(update={"edge_port": port})
        assert levels(machine.doors(used)) == {"pages": Level.OK, "edge": level}


def test_ports_free_and_taken(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        other.close()
        free = settings.model_copy(update={"control_port": port, "edge_port": free_port()})
        assert set(levels(machine.doors(free)).values()) == {Level.OK}
    with answering(404) as port:
        used = settings.model_copy(update={"control_port": port})
        finding = next(machine.doors(used))
    assert finding.level is Level.FAIL
    assert f"port {port} is in use by" in finding.what
    assert "VOICEBOT_CONTROL_PORT" in finding.mend


def test_the_way_in_from_outside(settings: Settings) -> None:
    with answering(200) as port:
        public = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}/"})
        assert levels(machine.doors(public))["public_url"] is Level.OK
    away = settings.model_copy(update={"public_url": f"http://127.0.0.1:{free_port()}"})
    assert levels(machine.doors(away))["public_url"] is Level.WARN
    odd = settings.model_copy(update={"public_url": "http://[broken"})
    assert levels(machine.doors(odd))["public_url"] is Level.WARN
