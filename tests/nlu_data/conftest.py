"""nlu-data/ on the path, and one Rasa with its action server for the tests of whole calls."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.nlu_data.calls import SECRET, Bot

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "nlu-data"
TODAY = "2026-11-24"
sys.path.insert(0, str(PROJECT))


def _python(name: str) -> str:
    python = ROOT / f".venv-{name}" / "bin" / "python"
    if not python.exists():
        pytest.skip(f"the environment .venv-{name} is not built (make test does it)")
    return str(python)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(PROJECT.rglob("*")):
        inside = path.relative_to(PROJECT)
        made = {"__pycache__", "tests", ".rasa", "models", "results"} & set(inside.parts)
        if path.is_file() and not made and path.suffix in (".py", ".yml"):
            digest.update(str(inside).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model of what nlu-data/ is now; trained once, then taken from build/rasa."""
    made = ROOT / "build" / "rasa" / f"{_fingerprint()}.tar.gz"
    if not made.exists():
        command = [_python("rasa"), "serve_rasa.py", "train", "--domain", "domain"]
        command += ["--data", "data", "--config", "config.yml"]
        command += ["--out", str(made.parent), "--fixed-model-name", made.name.split(".")[0]]
        done = subprocess.run(
            command, cwd=PROJECT, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return made


@pytest.fixture(scope="session")
def bot(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Rasa and its action server on free ports, with a bank of their own."""
    folder = tmp_path_factory.mktemp("bot")
    ports = {"rasa": _free_port(), "actions": _free_port()}
    environment = os.environ | {
        "VOICEBOT_RASA_SECRET": SECRET,
        "VOICEBOT_ACTIONS_URL": f"http://127.0.0.1:{ports['actions']}/webhook",
        "VOICEBOT_BANK_DB": str(folder / "bank.sqlite3"),
        "VOICEBOT_TODAY": TODAY,
    }
    actions = [_python("actions"), "serve_actions.py", "--port", str(ports["actions"])]
    rasa = [_python("rasa"), "serve_rasa.py", "run", "--model", str(model)]
    rasa += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    rasa += ["--interface", "127.0.0.1", "--port", str(ports["rasa"])]
    log = folder / "log.txt"
    with log.open("wb") as output:
        running = [
            subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=output)
            for command in (actions, rasa)
        ]
    try:
        bot = Bot(f"http://127.0.0.1:{ports['rasa']}", folder / "bank.sqlite3", log, running[0])
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
