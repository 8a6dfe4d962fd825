"""The command line: help, errors in one line, exit statuses."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest
import structlog
from typer.testing import CliRunner

from voicebot import cli, training
from voicebot.config import Settings
from voicebot.training import TrainingFailed

runner = CliRunner()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No command touches the installation that the tests run in."""
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("VOICEBOT_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("TERM", "dumb")
    yield
    structlog.reset_defaults()


def run(*words: str) -> tuple[int, str]:
    """Exit status and all output of `voicebot words...`."""
    result = runner.invoke(cli.app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_help_names_all_commands() -> None:
    status, output = run("--help")
    assert status == 0
    for command in ("serve", "call", "talk", "convert", "train", "models", "doctor", "calls"):
        assert re.search(rf"\b{command}\b", output)
    for words in (
        ["serve"],
        ["call"],
        ["convert"],
        ["models", "fetch"],
        ["calls", "prune"],
        ["record", "prune"],
    ):
        assert run(*words, "--help")[0] == 0


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['voicebot', '--help']\n"
        "from voicebot.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'sqlalchemy', 'faster_whisper', 'pydantic', 'httpx', 'hibari'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    begun = perf_counter()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "HEAVY []" in done.stdout
    # Half a second on a free machine; the bound leaves room for a busy one.
    assert perf_counter() - begun < 5


@pytest.mark.parametrize(
    "words", [["frobnicate"], ["serve", "--nonsense"], ["call"], ["serve", "--port", "many"]]
)
def test_wrong_usage_is_status_2(words: list[str]) -> None:
    assert run(*words)[0] == 2


def test_wrong_settings_are_status_2_and_one_line() -> None:
    status, output = run("serve", "--port", "70000")
    assert status == 2
    assert output.strip().count("\n") == 0
    assert output.startswith("error: setting control_port (VOICEBOT_CONTROL_PORT)")


def test_a_settings_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_CONFIG", "set, so that it is restored")
    status, output = run("--config", str(tmp_path / "none.toml"), "talk")
    assert status == 2
    assert "none.toml, which is no file" in output


def test_serve_hands_its_settings_to_the_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    from voicebot.server import agent

    seen: list[Settings] = []

    async def serve(settings: Settings) -> int:
        seen.append(settings)
        return 3

    monkeypatch.setattr(agent, "serve", serve)
    assert run("serve", "--host", "0.0.0.0", "--port", "0", "--edge-port", "9")[0] == 3
    assert (seen[0].host, seen[0].control_port, seen[0].edge_port) == ("0.0.0.0", 0, 9)


def test_train(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def train(_settings: Settings, *, force: bool, progress: object, note: object) -> Path:
        if not force:
            raise TrainingFailed("the training failed: it ended with status 1")
        return tmp_path / "model.tar.gz"

    monkeypatch.setattr(training, "train", train)
    assert run("train") == (1, "error: the training failed: it ended with status 1\n")
    status, output = run("train", "--force")
    assert status == 0
    assert output.startswith("the dialogue is trained: ")


def test_an_unexpected_error_is_one_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(*_: object, **__: object) -> Path:
        raise KeyError("a mistake")

    monkeypatch.setattr(training, "train", train)
    status, output = run("train")
    assert status == 1
    assert output.startswith("error: unexpected KeyError")
    assert "--debug" in output
    with pytest.raises(KeyError):
        run("--debug", "train")


def test_interrupted_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(*_: object, **__: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", train)
    assert run("train") == (130, "")


def test_models(tmp_path: Path) -> None:
    status, output = run("models", "list")
    assert status == 0
    assert "whisper-tiny.en" in output
    assert run("models", "verify", "no-such-model")[0] == 1


def test_prune(tmp_path: Path) -> None:
    old = tmp_path / "var" / "calls" / "2001-09" / "c1"
    old.mkdir(parents=True)
    (old / "journal.jsonl").write_text("{}")
    for path in (old / "journal.jsonl", old):
        os.utime(path, (1e9, 1e9))
    status, output = run("calls", "prune", "--days", "30")
    assert status == 0
    assert output == (
        "removed what is older than 30 days: 0 calls, 1 folders of recordings and journals\n"
    )
    assert not old.exists()


def test_prune_when_everything_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_RECORD__RETENTION_DAYS", "0")
    assert "nothing is removed" in run("calls", "prune")[1]
    assert run("calls", "prune", "--days", "0")[0] == 2


def test_doctor_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    from voicebot import doctor
    from voicebot.checks.finding import fail, ok

    monkeypatch.setattr(
        doctor,
        "QUICK",
        (lambda _settings: iter([ok("a", "fine"), fail("b", "broken", "mend it")]),),
    )
    status, output = run("doctor", "--quick", "--json")
    assert status == 1
    found = json.loads(output)
    assert found["ok"] is False
    assert found["findings"][1] == {
        "part": "b",
        "level": "fail",
        "what": "broken",
        "mend": "mend it",
    }


def test_ctrl_c_ends_a_real_process_cleanly(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from voicebot import cli, training\n"
        "def train(*_, **__):\n"
        "    print('training', flush=True); time.sleep(60)\n"
        "training.train = train\n"
        "sys.argv = ['voicebot', 'train']; cli.main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"training\n"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in told
