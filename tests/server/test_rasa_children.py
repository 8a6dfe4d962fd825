"""The processes of the dialogue: their commands, and their checks against real small servers."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from voicebot.config import ROOT, Settings
from voicebot.dialogue.rasa import RasaDialogue
from voicebot.rasa_project import EnvironmentMissing, RasaProject
from voicebot.server.children import Child, Supervisor, Unhealthy
from voicebot.server.lifecycle import State
from voicebot.server.ports import free_port
from voicebot.server.rasa_children import (
    actions_health,
    rasa_children,
    rasa_health,
    rasa_url,
    serving,
    with_ports,
)
from voicebot.server.secrets import Secrets, load_secrets
from voicebot.training import ModelNotTrained, current_model, models_folder

SECRET = "harbour-master"


@pytest.fixture
def project(tmp_path: Path) -> RasaProject:
    root = tmp_path / "checkout"
    (root / "nlu-data").mkdir(parents=True)
    (root / "requirements").mkdir()
    (root / "requirements" / "rasa.txt").write_text("rasa==3.6.21")
    for name in ("rasa", "actions"):
        (root / f".venv-{name}" / "bin").mkdir(parents=True)
        (root / f".venv-{name}" / "bin" / "python").symlink_to(sys.executable)
    return RasaProject(root)


@pytest.fixture
def settings(tmp_path: Path, project: RasaProject) -> Settings:
    settings = Settings(
        data_dir=tmp_path / "var",
        models_dir=tmp_path / "models",
        rasa_port=15005,
        actions_port=15055,
        rasa_secret=SecretStr(SECRET),
    )
    models_folder(settings).mkdir(parents=True)
    (models_folder(settings) / f"{project.content_hash()}.tar.gz").touch()
    return settings


def children(settings: Settings, project: RasaProject) -> tuple[Child, Child]:
    actions, rasa = rasa_children(settings, load_secrets(settings), project)
    return actions, rasa


def test_commands_and_environment(settings: Settings, project: RasaProject) -> None:
    actions, rasa = children(settings, project)
    root = project.root
    assert actions.argv == (
        str(root / ".venv-actions/bin/python"),
        str(root / "nlu-data/serve_actions.py"),
        "--host",
        "127.0.0.1",
        "--port",
        "15055",
    )
    name = f"{os.getpid()}-{project.content_hash()}.tar.gz"
    model = settings.data_dir / "serving" / name
    assert " ".join(rasa.argv).startswith(
        f"{root}/.venv-rasa/bin/python {root}/nlu-data/serve_rasa.py run --model {model} "
        "--interface 127.0.0.1 --port 15005"
    )
    for child in (actions, rasa):
        assert child.cwd == project.sources
        assert child.env["VOICEBOT_RASA_SECRET"] == SECRET
        assert SECRET not in " ".join(child.argv)  # everybody can read command lines
        assert child.env["VOICEBOT_BANK_DB"] == str(settings.data_dir / "bank.sqlite")
        assert child.env["VOICEBOT_ACTIONS_URL"] == "http://127.0.0.1:15055/webhook"
        assert child.env["OMP_NUM_THREADS"] == "1"
        assert child.env["RASA_TELEMETRY_ENABLED"] == "false"
    assert (actions.port, rasa.port) == (15055, 15005)
    assert rasa.port_setting == "VOICEBOT_RASA_PORT"


def test_the_model_that_serves_outlives_its_pruning(
    settings: Settings, project: RasaProject
) -> None:
    folder = settings.data_dir / "serving"
    folder.mkdir(parents=True)
    for owner in ("1", "99999999", "odd"):
        (folder / f"{owner}-old.tar.gz").touch()
    model = current_model(settings, project)
    model.write_text("a model")
    kept = serving(settings, model)
    assert serving(settings, model) == kept
    model.unlink()
    assert kept.read_text() == "a model"
    # Process 1 runs; of the others there is none.
    assert {path.name for path in folder.iterdir()} == {"1-old.tar.gz", kept.name}


def test_a_disk_without_links(
    settings: Settings, project: RasaProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", link)
    model = current_model(settings, project)
    model.write_text("a model")
    assert serving(settings, model).read_text() == "a model"


def test_a_fixed_day_is_handed_on(
    settings: Settings, project: RasaProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEBOT_TODAY", "2026-03-02")
    assert {child.env["VOICEBOT_TODAY"] for child in children(settings, project)} == {"2026-03-02"}


def test_an_external_rasa_needs_no_children(settings: Settings, project: RasaProject) -> None:
    external = settings.model_copy(update={"rasa_url": "http://rasa.internal:5005"})
    assert rasa_children(external, load_secrets(settings), project) == []
    assert rasa_url(external) == "http://rasa.internal:5005"
    assert rasa_url(settings) == "http://127.0.0.1:15005"


def test_what_is_missing_is_said(settings: Settings, project: RasaProject) -> None:
    project.lock.write_text("rasa==3.6.22")
    with pytest.raises(ModelNotTrained, match="voicebot train"):
        children(settings, project)
    project.python("actions").unlink()
    with pytest.raises(EnvironmentMissing, match=r"environments\.py actions"):
        children(settings, project)


def test_ports_that_are_left_open_are_chosen(settings: Settings) -> None:
    assert with_ports(settings) == settings
    chosen = with_ports(settings.model_copy(update={"rasa_port": 0}))
    assert chosen.rasa_port > 0
    assert chosen.actions_port == 15055


async def answering(status: int, body: object) -> tuple[asyncio.Server, str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        content = json.dumps(body).encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n\r\n".encode())
        writer.write(content)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_checks_pass() -> None:
    server, url = await answering(200, {"status": "ok", "model_id": "m"})
    async with server:
        await rasa_health(url, SECRET)()
        await actions_health(url)()


async def test_checks_say_what_is_wrong() -> None:
    server, url = await answering(401, {})
    async with server:
        with pytest.raises(Unhealthy, match="refuses our secret"):
            await rasa_health(url, SECRET)()
        with pytest.raises(Unhealthy, match="answered 401"):
            await actions_health(url)()
    nobody = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Unhealthy, match="no connection"):
        await rasa_health(nobody, SECRET)()
    with pytest.raises(Unhealthy, match="no answer"):
        await actions_health(nobody)()


def real_secrets(tmp_path: Path) -> Secrets:
    return load_secrets(Settings(data_dir=tmp_path))


@pytest.mark.rasa
@pytest.mark.slow
async def test_the_real_rasa_answers_under_supervision(tmp_path: Path) -> None:
    settings = with_ports(Settings(data_dir=tmp_path, rasa_port=0, actions_port=0))
    try:
        current_model(settings)
        RasaProject(ROOT).python("actions")
    except (ModelNotTrained, EnvironmentMissing) as error:
        pytest.skip(str(error))
    secrets = real_secrets(tmp_path)
    lines: list[str] = []
    async with (
        Supervisor(rasa_children(settings, secrets), progress=lines.append) as supervisor,
        RasaDialogue(rasa_url(settings), secrets.rasa_secret, 20) as dialogue,
    ):
        assert all(status.state is State.READY for status in supervisor.status())
        assert await dialogue.health()
        assert (await dialogue.event("c1", 0, "start", {})).texts
        reply = await dialogue.turn("c1", 1, "what are your opening hours", confidence=0.9)
        assert reply.texts
        assert reply.intent
        assert (await dialogue.parse("what is my balance"))["intent"]["name"]
        keys = await dialogue.event("c1", 2, "dtmf", {"digits": "1"})
        assert keys.texts or keys.handoff
        await dialogue.end("c1")
    assert (tmp_path / "bank.sqlite").exists()
