"""nlu-data/ on the path, and one Rasa with its action server for the tests of whole calls."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.nlu_data.calls import SECRET, Bot
from voicebot.config import Settings
from voicebot.rasa_project import EnvironmentMissing, RasaProject
from voicebot.server.ports import free_port
from voicebot.training import train

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "nlu-data"
TODAY = "2026-11-24"
sys.path.insert(0, str(PROJECT))


@pytest.fixture(scope="session")
def project() -> RasaProject:
    """The project with both of its environments; tests that need them are skipped without."""
    project = RasaProject()
    for name in ("rasa", "actions"):
        try:
            project.python(name)
        except EnvironmentMissing as missing:
            pytest.skip(str(missing))
    return project


@pytest.fixture(scope="session")
def model(project: RasaProject) -> Path:
    """The trained model of what nlu-data/ is now: the same file that `make run` serves."""
    return train(Settings())


@pytest.fixture(scope="session")
def bot(
    project: RasaProject, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    """Rasa and its action server on free ports, with a bank of their own."""
    folder = tmp_path_factory.mktemp("bot")
    ports = {"rasa": free_port(), "actions": free_port()}
    environment = os.environ | {
        "VOICEBOT_RASA_SECRET": SECRET,
        "VOICEBOT_ACTIONS_URL": f"http://127.0.0.1:{ports['actions']}/webhook",
        "VOICEBOT_BANK_DB": str(folder / "bank.sqlite3"),
        "VOICEBOT_TODAY": TODAY,
    }
    actions = [str(project.python("actions")), "serve_actions.py", "--port", str(ports["actions"])]
    rasa = [str(project.python("rasa")), "serve_rasa.py", "run", "--model", str(model)]
    rasa += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    rasa += ["--interface", "127.0.0.1", "--port", str(ports["rasa"])]
    log = folder / "log.txt"

    def start(command: list[str]) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            running.append(
                subprocess.Popen(
                    command, cwd=PROJECT, env=environment, stdout=output, stderr=output
                )
            )
        return running[-1]

    running: list[subprocess.Popen[bytes]] = []
    start(rasa)
    try:
        bot = Bot(
            f"http://127.0.0.1:{ports['rasa']}",
            folder / "bank.sqlite3",
            log,
            lambda: start(actions),
            environment["VOICEBOT_ACTIONS_URL"],
        )
        _wait_for(bot, running)
        yield bot
        bot.close()
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


def _wait_for(bot: Bot, running: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert all(process.poll() is None for process in running), bot.log.read_text()[-3000:]
        try:
            if bot.health().status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise AssertionError("Rasa did not start: " + bot.log.read_text()[-3000:])
